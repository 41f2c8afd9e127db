/// One connector as the `connectors` property of a table or view declares it.
package struct ConnectorConfiguration: Hashable, Sendable {
  /// A transport or a format: its name and its settings (`null` when absent).
  package struct Part: Hashable, Sendable {
    package let name: String
    package let config: ConnectorJSON

    package init(name: String, config: ConnectorJSON = .null) {
      self.name = name
      self.config = config
    }
  }

  package static let nameCharactersMax = 100
  package static let maxQueuedRecordsDefault: Int64 = 1_000_000

  /// The given name, or `unnamed-{i}` with i the position among all connectors of the relation.
  package let name: String
  /// Position among all connectors of the relation.
  package let position: Int
  /// Does not start by itself.
  package let paused: Bool
  package let transport: Part
  package let format: Part?
  package let labels: [String]
  /// Labels of the connectors that must have ended before this one starts.
  package let startAfter: [String]
  /// Records that may wait between the log and a step before a source is no longer read.
  package let maxQueuedRecords: Int64

  /// The connectors of a JSON array, in its order.
  ///
  /// Any transport and format name is accepted; settings that we do not know are passed over.
  /// Errors: fatal, naming the connector and the setting.
  package static func parse(_ text: String) throws(ConnectorError) -> [ConnectorConfiguration] {
    let value = try ConnectorJSON.parse(text)
    guard case .array(let items) = value else {
      throw ConnectorError(.fatal, "connectors must be a JSON array, not \(value.kind)")
    }
    var connectors: [ConnectorConfiguration] = []
    var names: Set<String> = []
    for (position, item) in items.enumerated() {
      let connector = try ConnectorConfiguration(item, position: position)
      guard names.insert(connector.name).inserted else {
        throw ConnectorError(.fatal, "two connectors are called '\(connector.name)'")
      }
      connectors.append(connector)
    }
    return connectors
  }

  private init(_ value: ConnectorJSON, position: Int) throws(ConnectorError) {
    guard case .object = value else {
      throw ConnectorError(.fatal, "connector \(position) must be an object, not \(value.kind)")
    }
    let unnamed = try ConnectorSettings(value, at: "connector \(position)")
    let given = try unnamed.string("name")
    name = given ?? "unnamed-\(position)"
    try ConnectorConfiguration.check(name: name, position: position)
    self.position = position
    let settings = try ConnectorSettings(value, at: "connector '\(name)'")
    guard let transport = try ConnectorConfiguration.part("transport", of: settings) else {
      throw ConnectorError(.fatal, "connector '\(name)' has no transport")
    }
    self.transport = transport
    format = try ConnectorConfiguration.part("format", of: settings)
    paused = try settings.boolean("paused") ?? false
    labels = try settings.strings("labels")
    startAfter = try settings.strings("start_after")
    maxQueuedRecords =
      try settings.integer("max_queued_records", least: 1) ?? ConnectorConfiguration.maxQueuedRecordsDefault
  }

  private static func part(_ key: String, of settings: ConnectorSettings) throws(ConnectorError) -> Part? {
    guard let value = settings[key] else { return nil }
    let part = try ConnectorSettings(value, at: "\(settings.place): \(key)")
    guard let name = try part.string("name"), !name.isEmpty else {
      throw ConnectorError(.fatal, "\(part.place) has no name")
    }
    return Part(name: name, config: part["config"] ?? .null)
  }

  private static func check(name: String, position: Int) throws(ConnectorError) {
    let allowed = name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
      default: false
      }
    }
    guard allowed, !name.isEmpty, name.utf8.count <= nameCharactersMax else {
      throw ConnectorError(
        .fatal,
        "connector \(position): name '\(name.prefix(120))' must be 1 to \(nameCharactersMax) letters, digits, "
          + "'_' or '-'")
    }
  }
}
