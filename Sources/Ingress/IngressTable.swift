package import DataModel

/// A table that takes records.
package struct IngressTable: Hashable, Sendable {
  package let name: SQLIdentifier
  package let schema: Schema

  package init(name: SQLIdentifier, schema: Schema) {
    self.name = name
    self.schema = schema
  }
}
