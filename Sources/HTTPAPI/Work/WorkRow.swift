import PipelineModel
import WireTypes
import Workflows

/// A record of work as a row of the table `records`.
enum WorkRow {
  static func json(_ record: WorkRecord) -> JSONValue {
    [
      "subject": .string(record.subject), "sequence": .integer(record.sequence),
      "kind": .string(record.kind.rawValue), "dialect": .string(record.dialect.rawValue),
      "group_id": .text(record.group), "place": .integer(record.position), "status": .string(record.status),
      "at_us": .integer(record.at.microseconds), "body": .string(record.body),
    ]
  }

  /// Takes the record of this key back.
  static func deletion(subject: String, sequence: Int64) -> JSONValue {
    ["delete": ["subject": .string(subject), "sequence": .integer(sequence)]]
  }

  /// Nil for a row that is no record of ours: the table is open to whoever may write to the pipeline.
  static func record(_ row: JSONValue) -> WorkRecord? {
    guard let subject = row["subject"]?.stringValue, let sequence = row["sequence"]?.integerValue, sequence >= 0,
      let kind = row["kind"]?.stringValue.flatMap(WorkRecord.Kind.init(rawValue:)),
      let dialect = row["dialect"]?.stringValue.flatMap(WorkDialect.init(rawValue:)),
      let status = row["status"]?.stringValue, let at = row["at_us"]?.integerValue, let body = row["body"]?.stringValue
    else { return nil }
    var record = WorkRecord(
      subject: subject, sequence: sequence, kind: kind, dialect: dialect, status: status,
      at: WallTime(microseconds: at), body: body)
    record.group = row["group_id"]?.stringValue
    record.position = row["place"]?.integerValue ?? 0
    return record
  }
}
