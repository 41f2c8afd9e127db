import PipelineModel
import PipelineRuntime
import WireTypes
import Workflows

extension PipelineWorkStore {
  /// Roots or subjects that are asked for at once.
  private static let askedMax = 250
  /// Records that are removed by one append.
  private static let deletesMax = 5000

  func ended(before time: WallTime, limit: Int) async throws(WorkError) -> [EndedWork] {
    let rows = try await json(WorkProgram.endedRoots(before: time, limit: limit))
    let roots = rows.compactMap { $0["root"]?.stringValue }
    var members: [String: [String]] = [:]
    for part in parts(of: roots) {
      for row in try await json(WorkProgram.members(ofRoots: part)) {
        guard let root = row["root"]?.stringValue, let subject = row["subject"]?.stringValue else { continue }
        members[root, default: []].append(subject)
      }
    }
    return roots.map { EndedWork(root: $0, subjects: members[$0] ?? []) }
  }

  func remove(_ subjects: [String]) async throws(WorkError) {
    var (body, count, token): ([UInt8], Int, String?) = ([], 0, nil)
    for part in parts(of: subjects) {
      for row in try await json(WorkProgram.keys(of: part)) {
        guard let subject = row["subject"]?.stringValue, let sequence = row["sequence"]?.integerValue else { continue }
        body += WorkRow.deletion(subject: subject, sequence: sequence).encodedBytes + [0x0A]
        count += 1
      }
      guard count >= PipelineWorkStore.deletesMax else { continue }
      token = try await append(body, updateFormat: "insert_delete")
      (body, count) = ([], 0)
    }
    if !body.isEmpty { token = try await append(body, updateFormat: "insert_delete") }
    if let token { try await settle(token) }
  }

  private func parts(of all: [String]) -> [[String]] {
    stride(from: 0, to: all.count, by: PipelineWorkStore.askedMax).map { start in
      Array(all[start..<min(all.count, start + PipelineWorkStore.askedMax)])
    }
  }
}

extension WorkProgram {
  /// Groups and single items that have ended with all that belongs to them and have not changed since; marks of
  /// contents that were processed before, and files. Longest ago first.
  static func endedRoots(before time: WallTime, limit: Int) -> String {
    """
    SELECT root, MAX(updated_us) AS newest FROM (
      SELECT COALESCE(group_id, subject) AS root, updated_us,
        CASE
          WHEN kind = 'group' AND status IN (
            'completed', 'failed', 'cancelled', 'skipped', 'callback_delivered', 'callback_failed') THEN 0
          WHEN kind = 'item' AND status IN (
            'callback_delivered', 'callback_failed', 'failed', 'cancelled', 'skipped') THEN 0
          WHEN kind = 'item' AND status = 'completed' AND dialect <> 'cargo' THEN 0
          WHEN kind IS NULL AND dialect = 'batches' THEN 0
          WHEN kind = 'definition' AND status = 'file' THEN 0
          ELSE 1
        END AS is_open
      FROM subjects) AS roots
    GROUP BY root HAVING MAX(is_open) = 0 AND MAX(updated_us) < \(time.microseconds)
    ORDER BY newest LIMIT \(max(0, limit))
    """
  }

  static func members(ofRoots roots: [String]) -> String {
    let list = roots.map(quoted).joined(separator: ", ")
    return "SELECT COALESCE(group_id, subject) AS root, subject FROM subjects "
      + "WHERE COALESCE(group_id, subject) IN (\(list))"
  }

  static func keys(of subjects: [String]) -> String {
    let list = subjects.map(quoted).joined(separator: ", ")
    return "SELECT r.subject, r.sequence FROM records AS r WHERE r.subject IN (\(list))"
  }
}
