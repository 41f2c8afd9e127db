import WireTypes

/// The pipeline that holds a project's work.
enum WorkProgram {
  static let name = "workflows"

  static let description = "Work of the cargo, batch and orchestration dialects. Made by the server."
  /// While another program is being replaced by this one.
  static let changing = description + " Its program is being changed."

  /// Work is shown from memory, so the views need no step for every append: many small steps would cost more than the
  /// records in them.
  static let settings: JSONValue = [
    "workers": 1, "min_batch_size_records": 5_000, "max_buffering_delay_usecs": 25_000,
  ]

  /// `records` is the only table that is written; the views are for whoever queries the work with SQL, and for lists.
  static let code = """
    -- Every creation and every event of a cargo, run, job or batch, as one row each; written once, never changed.
    CREATE TABLE records (
      subject VARCHAR NOT NULL,
      sequence BIGINT NOT NULL,
      kind VARCHAR NOT NULL,
      dialect VARCHAR NOT NULL,
      group_id VARCHAR,
      place BIGINT NOT NULL,
      status VARCHAR NOT NULL,
      at_us BIGINT NOT NULL,
      body VARCHAR NOT NULL,
      PRIMARY KEY (subject, sequence)
    ) WITH ('materialized' = 'true');

    -- The newest status of each subject.
    CREATE MATERIALIZED VIEW subjects AS
    SELECT
      subject,
      MIN(CASE WHEN sequence = 0 THEN kind END) AS kind,
      MIN(dialect) AS dialect,
      ARG_MAX(group_id, CASE WHEN group_id IS NOT NULL THEN sequence END) AS group_id,
      ARG_MAX(status, sequence) AS status,
      MAX(sequence) AS sequence,
      MIN(at_us) AS created_us,
      MAX(at_us) AS updated_us
    FROM records
    GROUP BY subject;

    -- Items of each group by status.
    CREATE MATERIALIZED VIEW progress AS
    SELECT group_id, status, COUNT(*) AS items
    FROM subjects
    WHERE kind = 'item' AND group_id IS NOT NULL
    GROUP BY group_id, status;
    """

  /// Subjects that are not closed, each with the group it belongs to.
  static let openRoots = """
    SELECT DISTINCT COALESCE(group_id, subject) AS root
    FROM subjects
    WHERE status IN (
        'pending', 'batched', 'processing', 'cancelling', 'callback_pending', 'created', 'running', 'paused')
      OR (status = 'completed' AND kind = 'item' AND dialect = 'cargo')
    """

  static let memberships = "SELECT subject, COALESCE(group_id, subject) AS root FROM subjects"

  static func records(of subject: String) -> String {
    "SELECT \(columns) FROM records AS r WHERE r.subject = \(quoted(subject)) ORDER BY r.sequence"
  }

  static func records(ofAll subjects: ArraySlice<String>) -> String {
    "SELECT \(columns) FROM records AS r WHERE r.subject IN (\(subjects.map(quoted).joined(separator: ", ")))"
  }

  static func items(ofGroup group: String) -> String {
    "SELECT subject FROM subjects WHERE group_id = \(quoted(group)) AND kind = 'item'"
  }

  static func firstEvents(of subjects: [String]) -> String {
    let list = subjects.map(quoted).joined(separator: ", ")
    return "SELECT \(columns) FROM records AS r WHERE r.subject IN (\(list)) AND r.sequence = 1"
  }

  private static let columns = """
    r.subject, r.sequence, r.kind, r.dialect, r.group_id, r.place, r.status, r.at_us, r.body
    """

  static func quoted(_ text: String) -> String { QuotedText.literal(text) }
}
