package import DataModel

/// LATENESS or WATERMARK of one column of a table or view.
package struct LatenessDefinition: Hashable, Sendable {
  package let relation: SQLIdentifier
  package let column: Int
  /// Over one column, the greatest value seen: what lies below is late.
  package let waterline: ScalarExpression
  /// Late rows are dropped (LATENESS). Else rows wait until they are not above it (WATERMARK).
  package let drops: Bool

  package init(relation: SQLIdentifier, column: Int, waterline: ScalarExpression, drops: Bool) {
    self.relation = relation
    self.column = column
    self.waterline = waterline
    self.drops = drops
  }
}

/// The column of a view with `emit_final`: rows leave when it lies below the waterline.
package struct FinalColumn: Hashable, Sendable {
  package let column: Int
  package let waterline: Waterline

  package init(column: Int, waterline: Waterline) {
    self.column = column
    self.waterline = waterline
  }
}
