package import ConnectorKit
package import DataModel

/// Generates the rows of one Nexmark table. A row is a function of the settings and its number, so a source
/// that resumes goes on exactly as if it had never stopped, and sources of several tables fit each other.
package final class NexmarkSource: Source {
  /// Keeps one call short whatever the caller asks for.
  static let chunkRecordsMax = 65_536

  private let settings: NexmarkSettings
  private let generator: NexmarkGenerator
  private let rows: UInt64
  private var nextRow: UInt64 = 0
  private var pacer = RatePacer(rate: nil)
  private var stopped = false

  /// Errors: fatal, naming the setting that is wrong or the column that does not fit.
  package init(_ config: ConnectorJSON, schema: Schema) throws(ConnectorError) {
    settings = try NexmarkSettings(config, schema: schema)
    generator = NexmarkGenerator(settings.model)
    rows = generator.rowCount(settings.table)
  }

  package func start(from resume: ResumePoint?) throws(ConnectorError) {
    nextRow = try resume.map { point throws(ConnectorError) in try NexmarkSource.row(point) } ?? 0
    stopped = false
    pacer = RatePacer(rate: settings.rate)
  }

  package func next(recordsMax: Int, now: UInt64) throws(ConnectorError) -> SourcePoll {
    guard !stopped, nextRow < rows else { return .ended }
    let due = pacer.due(at: now)
    guard due > 0 else { return .idle(nanoseconds: pacer.idleNanoseconds) }
    let room = min(max(1, recordsMax), NexmarkSource.chunkRecordsMax, due)
    let end = nextRow + min(UInt64(room), rows - nextRow)
    let made = generator.columns(settings.table, rows: nextRow..<end)
    let columns = settings.columns.map { made[$0] }
    let count = Int(end - nextRow)
    pacer.took(count)
    nextRow = end
    return .chunk(
      SourceChunk(
        rows: ChangeBatch(
          columns: columns, kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: count)),
        sizeBytes: columns.reduce(0) { $0 + NexmarkSource.size($1) },
        resume: ResumePoint(bytes: Array("{\"row\":\(end)}".utf8)), endOfInput: end == rows))
  }

  package func stop() { stopped = true }

  /// 8 bytes a number, the length of a text.
  private static func size(_ column: ColumnVector) -> Int {
    if case .bytes(let values) = column.storage { return values.bytes.count }
    return column.count * 8
  }

  /// Errors: fatal when the bytes are no position.
  private static func row(_ point: ResumePoint) throws(ConnectorError) -> UInt64 {
    guard let text = String(validating: point.bytes, as: UTF8.self) else {
      throw ConnectorError(.fatal, "nexmark: the stored position is no text")
    }
    let position = try ConnectorSettings(try ConnectorJSON.parse(text), at: "nexmark position")
    guard let row = try position.integer("row", least: 0) else {
      throw ConnectorError(.fatal, "nexmark: the stored position '\(text.prefix(100))' lacks row")
    }
    return UInt64(row)
  }
}
