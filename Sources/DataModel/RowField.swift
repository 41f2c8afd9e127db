/// One field of a ROW type.
package struct RowField: Hashable, Sendable {
  package let name: SQLIdentifier
  package let type: ColumnType
  package let nullable: Bool

  package init(name: SQLIdentifier, type: ColumnType, nullable: Bool) {
    self.name = name
    self.type = type
    self.nullable = nullable
  }
}
