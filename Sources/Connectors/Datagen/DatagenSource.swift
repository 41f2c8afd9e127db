package import ConnectorKit
package import DataModel

/// Generates records by a plan. Record n of an entry is a function of the settings and n, so a source that
/// resumes
/// goes on exactly as if it had never stopped.
package final class DatagenSource: Source {
  /// Keeps one call short whatever the caller asks for.
  static let chunkRecordsMax = 65_536

  private let plan: DatagenPlan
  private var position = DatagenPosition.start
  private var pacer = RatePacer(rate: nil)
  private var stopped = false

  /// Errors: fatal, naming the setting that is wrong or does not fit the table.
  package init(_ config: ConnectorJSON, schema: Schema) throws(ConnectorError) {
    plan = try DatagenPlan(config, schema: schema)
  }

  package func start(from resume: ResumePoint?) throws(ConnectorError) {
    position = try resume.map { point throws(ConnectorError) in try DatagenPosition(point) } ?? .start
    stopped = false
    passFinished()
    restartPacer()
  }

  package func next(recordsMax: Int, now: UInt64) throws(ConnectorError) -> SourcePoll {
    guard !stopped, position.plan < plan.entries.count else { return .ended }
    let entry = plan.entries[position.plan]
    let due = pacer.due(at: now)
    guard due > 0 else { return .idle(nanoseconds: pacer.idleNanoseconds) }
    let room = min(max(1, recordsMax), DatagenSource.chunkRecordsMax, due)
    let count = Int(min(UInt64(room), entry.limit - position.record))
    let first = position.record
    let columns = entry.fields.map { $0.column(first: first, count: count) }
    pacer.took(count)
    position.record += UInt64(count)
    if position.record == entry.limit {
      passFinished()
      restartPacer()
    }
    return .chunk(
      SourceChunk(
        rows: ChangeBatch(columns: columns, kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: count)),
        sizeBytes: columns.reduce(0) { $0 + DatagenSource.size($1) },
        resume: position.resumePoint, endOfInput: position.plan >= plan.entries.count))
  }

  package func stop() { stopped = true }

  /// Moves to the first entry that has records left.
  private func passFinished() {
    while position.plan < plan.entries.count, position.record >= plan.entries[position.plan].limit {
      position = DatagenPosition(plan: position.plan + 1, record: 0)
    }
  }

  private func restartPacer() {
    guard position.plan < plan.entries.count else { return }
    pacer = RatePacer(rate: plan.entries[position.plan].rate)
  }

  /// 8 bytes a number, the length of a text.
  private static func size(_ column: ColumnVector) -> Int {
    if case .bytes(let values) = column.storage { return values.bytes.count }
    return column.count * 8
  }
}
