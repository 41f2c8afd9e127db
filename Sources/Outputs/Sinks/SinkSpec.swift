package import ConnectorKit
package import DataModel

/// A sink that the program declares.
package struct SinkSpec: Sendable {
  /// `view.connector`, unique in the pipeline; key of its cursor row.
  package let name: String
  package let relation: SQLIdentifier
  package let schema: Schema
  /// Makes a new sink, not started; called on the thread that uses it, again after each failure.
  package let make: @Sendable () throws(ConnectorError) -> any Sink

  package init(
    name: String, relation: SQLIdentifier, schema: Schema,
    make: @escaping @Sendable () throws(ConnectorError) -> any Sink
  ) {
    self.name = name
    self.relation = relation
    self.schema = schema
    self.make = make
  }
}
