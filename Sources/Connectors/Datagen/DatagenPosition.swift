import ConnectorKit

/// The next record: an entry of the plan and a record number in it. Beyond the last entry: all has been
/// generated.
struct DatagenPosition: Hashable, Sendable {
  var plan: Int
  var record: UInt64

  static let start = DatagenPosition(plan: 0, record: 0)

  /// `{"plan":0,"record":12}`.
  var resumePoint: ResumePoint { ResumePoint(bytes: Array("{\"plan\":\(plan),\"record\":\(record)}".utf8)) }
}

extension DatagenPosition {
  /// Errors: fatal when the bytes are no position.
  init(_ point: ResumePoint) throws(ConnectorError) {
    guard let text = String(validating: point.bytes, as: UTF8.self) else {
      throw ConnectorError(.fatal, "datagen: the stored position is no text")
    }
    let settings = try ConnectorSettings(try ConnectorJSON.parse(text), at: "datagen position")
    guard let plan = try settings.integer("plan", least: 0), let record = try settings.integer("record", least: 0)
    else { throw ConnectorError(.fatal, "datagen: the stored position '\(text.prefix(100))' lacks plan or record") }
    self.init(plan: Int(plan), record: UInt64(record))
  }
}
