/// One column of a relation.
package struct Field: Hashable, Sendable {
  package let name: SQLIdentifier
  package let type: ColumnType
  package let nullable: Bool
  /// Value taken when an input record lacks the column; nil when there is none.
  package let defaultValue: Value?

  package init(name: SQLIdentifier, type: ColumnType, nullable: Bool, defaultValue: Value? = nil) {
    self.name = name
    self.type = type
    self.nullable = nullable
    self.defaultValue = defaultValue
  }
}

/// Columns of a relation in order, and its key.
package struct Schema: Hashable, Sendable {
  package let fields: [Field]
  /// Positions of the PRIMARY KEY columns in key order; nil without one.
  package let primaryKey: [Int]?

  package init(fields: [Field], primaryKey: [Int]? = nil) {
    self.fields = fields
    self.primaryKey = primaryKey
  }

  package var types: [ColumnType] { fields.map(\.type) }
  package var physicalTypes: [PhysicalType] { fields.map { $0.type.physical } }
}
