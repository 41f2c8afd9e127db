package import ConnectorKit
package import DataModel

/// The transports that we have.
package enum ConnectorRegistry {
  package static let sources = ["datagen", "empty_input", "nexmark"]
  package static let sinks = ["file_output", "null_output"]

  /// Touches nothing outside. Errors: fatal, naming the transport, or the setting that does not fit the
  /// table.
  package static func makeSource(
    _ configuration: ConnectorConfiguration, schema: Schema
  ) throws(ConnectorError) -> any Source {
    try checkOrder(configuration)
    switch configuration.transport.name {
    case "datagen": return try DatagenSource(configuration.transport.config, schema: schema)
    case "empty_input": return EmptySource()
    case "nexmark": return try NexmarkSource(configuration.transport.config, schema: schema)
    case let name: throw unsupported(name, "input", sources)
    }
  }

  /// Touches nothing outside. Errors: fatal, naming the transport or the setting.
  package static func makeSink(
    _ configuration: ConnectorConfiguration, schema: Schema
  ) throws(ConnectorError) -> any Sink {
    try checkOrder(configuration)
    switch configuration.transport.name {
    case "file_output": return try FileSink(configuration, schema: schema)
    case "null_output": return NullSink()
    case let name: throw unsupported(name, "output", sinks)
    }
  }

  private static func checkOrder(_ configuration: ConnectorConfiguration) throws(ConnectorError) {
    guard configuration.startAfter.isEmpty else {
      throw ConnectorError(.fatal, "'start_after' is not supported yet")
    }
  }

  private static func unsupported(_ name: String, _ direction: String, _ known: [String]) -> ConnectorError {
    ConnectorError(
      .fatal, "transport '\(name)' is not supported for \(direction); supported are \(known.joined(separator: ", "))")
  }
}
