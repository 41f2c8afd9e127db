import ConnectorKit
import DataModel

/// Settings of the `nexmark` source: `{"table": …, "options": {…}}`.
struct NexmarkSettings: Sendable {
  static let eventsDefault: Int64 = 100_000_000

  let table: NexmarkTable
  let model: NexmarkModel
  /// Rows a second; nil: as fast as they are taken.
  let rate: Double?
  /// For each column of the SQL table the one of the Nexmark table.
  let columns: [Int]

  /// Errors: fatal, naming the setting that is wrong or the column that does not fit.
  init(_ config: ConnectorJSON, schema: Schema) throws(ConnectorError) {
    let settings = try ConnectorSettings(config, at: "nexmark")
    try settings.onlyKnown(["table", "options"])
    let names = NexmarkTable.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = try settings.string("table") else {
      throw ConnectorError(.fatal, "nexmark: 'table' is missing; it is one of \(names)")
    }
    guard let table = NexmarkTable(rawValue: name.lowercased()) else {
      throw ConnectorError(.fatal, "nexmark: table '\(name.prefix(100))' is none of \(names)")
    }
    self.table = table
    let options = try ConnectorSettings(settings["options"] ?? .null, at: "nexmark.options")
    try options.onlyKnown([
      "events", "seed", "rate", "first_event_rate", "first_event_time", "threads", "batch_size_per_thread",
      "max_step_size_per_thread",
    ])
    // Accepted so that a program of the reference runs; one thread makes the rows, and steps take what they
    // want.
    for key in ["threads", "batch_size_per_thread", "max_step_size_per_thread"] {
      _ = try options.integer(key, least: 1)
    }
    model = try NexmarkModel(
      seed: UInt64(bitPattern: try options.integer("seed", least: .min) ?? 1),
      events: UInt64(try options.integer("events", least: 0) ?? NexmarkSettings.eventsDefault),
      rate: try options.integer("first_event_rate", least: 1) ?? NexmarkModel.rateDefault,
      startMilliseconds: try options.integer("first_event_time", least: 0) ?? NexmarkModel.startDefault)
    rate = try NexmarkSettings.rate(options)
    columns = try NexmarkSettings.columns(of: schema, in: table)
  }

  private static func rate(_ options: ConnectorSettings) throws(ConnectorError) -> Double? {
    guard let value = options["rate"] else { return nil }
    guard let number = value.double, number > 0 else {
      throw options.wrong("rate", "a positive number", value)
    }
    return number
  }

  private static func columns(of schema: Schema, in table: NexmarkTable) throws(ConnectorError) -> [Int] {
    let known = table.schema.fields
    var columns: [Int] = []
    for field in schema.fields {
      guard
        let index = known.firstIndex(where: {
          $0.name.spelled.lowercased() == field.name.spelled.lowercased()
        })
      else {
        throw ConnectorError(
          .fatal,
          "nexmark: table '\(table.rawValue)' has no column '\(field.name)'; it has "
            + known.map(\.name.spelled).joined(separator: ", "))
      }
      guard fits(field.type, known[index].type) else {
        throw ConnectorError(
          .fatal,
          "nexmark: column '\(field.name)' must be of type \(known[index].type.description), "
            + "not \(field.type.description)")
      }
      columns.append(index)
    }
    return columns
  }

  private static func fits(_ type: ColumnType, _ wanted: ColumnType) -> Bool {
    if case .varchar(let length) = type, case .varchar = wanted { return length == nil }
    return type == wanted
  }
}
