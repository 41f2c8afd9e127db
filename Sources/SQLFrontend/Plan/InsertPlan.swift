package import DataModel

/// A bound INSERT: a query whose columns are those of the table, in order and in their types.
package struct InsertPlan: Hashable, Sendable {
  package let table: SQLIdentifier
  package let query: QueryPlan

  package init(table: SQLIdentifier, query: QueryPlan) {
    self.table = table
    self.query = query
  }
}
