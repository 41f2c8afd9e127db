package import DataModel

/// A table that takes records.
package struct IngressTable: Hashable, Sendable {
  package let name: SQLIdentifier
  package let schema: Schema
  /// Columns, nullable ones, that hold NULL whatever the records say, because nothing reads them.
  package let skipped: Set<Int>

  package init(name: SQLIdentifier, schema: Schema, skipped: Set<Int> = []) {
    self.name = name
    self.schema = schema
    self.skipped = skipped
  }
}
