import ConnectorKit
import DataModel

/// What datagen makes: entries that run one after the other.
struct DatagenPlan: Sendable {
  struct Entry: Sendable {
    /// Records of the entry; unlimited is Int64.max.
    let limit: UInt64
    /// Records a second; nil: as fast as they are taken.
    let rate: Double?
    /// One a table column.
    let fields: [FieldGenerator]
  }

  let entries: [Entry]

  /// Checks all settings against the table. Errors: fatal, naming the setting.
  init(_ config: ConnectorJSON, schema: Schema) throws(ConnectorError) {
    let settings = try ConnectorSettings(config, at: "datagen")
    try settings.onlyKnown(["plan", "seed", "workers"])
    _ = try settings.integer("workers", least: 1)
    let seed = UInt64(bitPattern: try settings.integer("seed", least: .min) ?? 0)
    guard let plan = settings["plan"] else {
      entries = [try DatagenPlan.entry(ConnectorSettings(.null, at: "plan"), number: 0, seed, schema)]
      return
    }
    guard case .array(let items) = plan else { throw settings.wrong("plan", "an array", plan) }
    var entries: [Entry] = []
    for (number, item) in items.enumerated() {
      let entry = try ConnectorSettings(item, at: "plan[\(number)]")
      entries.append(try DatagenPlan.entry(entry, number: number, seed, schema))
    }
    self.entries = entries
  }

  private static func entry(
    _ settings: ConnectorSettings, number: Int, _ seed: UInt64, _ schema: Schema
  ) throws(ConnectorError) -> Entry {
    try settings.onlyKnown(["limit", "rate", "fields", "worker_chunk_size"])
    _ = try settings.integer("worker_chunk_size", least: 1)
    let limit = UInt64(try settings.integer("limit", least: 0) ?? .max)
    var rate: Double?
    if let value = settings["rate"] {
      guard let number = value.double, number > 0 else { throw settings.wrong("rate", "a positive number", value) }
      rate = number
    }
    let columns = try columnSettings(settings, schema)
    var fields: [FieldGenerator] = []
    for (column, field) in schema.fields.enumerated() {
      let unset = try ConnectorSettings(.null, at: "\(settings.place).fields.\(field.name)")
      let parsed = try FieldSettings(columns[column] ?? unset, for: field)
      fields.append(
        FieldGenerator(
          type: field.type, rule: try parsed.rule(), nullPercentage: try parsed.nullPercentage(),
          seed: RecordRandom.seed(seed, plan: number, column: column)))
    }
    return Entry(limit: limit, rate: rate, fields: fields)
  }

  /// The objects in `fields` by table column.
  private static func columnSettings(
    _ settings: ConnectorSettings, _ schema: Schema
  ) throws(ConnectorError) -> [Int: ConnectorSettings] {
    let place = "\(settings.place).fields"
    var found: [Int: ConnectorSettings] = [:]
    for member in try ConnectorSettings(settings["fields"] ?? .null, at: place).members {
      guard let column = column(member.key, in: schema) else {
        throw ConnectorError(.fatal, "\(place): the table has no column '\(member.key)'")
      }
      guard found[column] == nil else { throw ConnectorError(.fatal, "\(place): column '\(member.key)' occurs twice") }
      found[column] = try ConnectorSettings(member.value, at: "\(place).\(member.key)")
    }
    return found
  }

  /// By exact spelling first, so that quoted columns can be named without quotes.
  private static func column(_ name: String, in schema: Schema) -> Int? {
    let identifier = SQLIdentifier(urlForm: name)
    return schema.fields.firstIndex { $0.name.spelled == name } ?? schema.fields.firstIndex { $0.name == identifier }
  }
}
