package import DataModel

/// A compiled program: every relation in the order of its definition, bound and checked.
package struct Program: Sendable {
  package internal(set) var tables: [TableDefinition]
  /// In dependency order: a view reads only tables, earlier views, and views of the same recursion, which
  /// follow on each other.
  package var views: [ViewDefinition]
  package let warnings: [SQLDiagnostic]
  /// Columns with LATENESS or WATERMARK; a `Waterline` means them by their positions here.
  package var lateness: [LatenessDefinition] = []

  package init(tables: [TableDefinition], views: [ViewDefinition], warnings: [SQLDiagnostic]) {
    self.tables = tables
    self.views = views
    self.warnings = warnings
  }
}

package struct TableDefinition: Sendable {
  package let name: SQLIdentifier
  package let schema: Schema
  /// Whether its contents are kept for queries (`WITH ('materialized' = 'true')`; a table with a PRIMARY KEY
  /// is always
  /// kept for upserts, but is queryable only when materialized).
  package let materialized: Bool
  /// Whether its changes are inserts only (`WITH ('append_only' = 'true')`): views remember less then.
  package let isAppendOnly: Bool
  /// Whether columns that nothing reads may be left out (`WITH ('skip_unused_columns' = 'true')`).
  package var skipsUnusedColumns = false
  /// Columns that records are read without, as if they did not name them: nullable ones, which hold NULL then.
  package var skippedColumns: Set<Int> = []
  /// The `WITH` properties in the order written, keys as written.
  package let properties: [Property]
  /// JSON text of the `connectors` property; nil without.
  package let connectors: String?

  package init(
    name: SQLIdentifier, schema: Schema, materialized: Bool, isAppendOnly: Bool = false, properties: [Property],
    connectors: String?
  ) {
    self.name = name
    self.schema = schema
    self.materialized = materialized
    self.isAppendOnly = isAppendOnly
    self.properties = properties
    self.connectors = connectors
  }
}

package struct ViewDefinition: Sendable {
  package enum Kind: String, Sendable { case plain, materialized, local }

  package let name: SQLIdentifier
  package let kind: Kind
  package let plan: Plan
  package let properties: [Property]
  package let connectors: String?
  /// Views of one number read each other; nil for one that does not read itself. Their plans scan each other.
  package var recursion: Int?
  /// Of a view that reports only rows that will not change any more.
  package var final: FinalColumn?

  package init(name: SQLIdentifier, kind: Kind, plan: Plan, properties: [Property], connectors: String?) {
    self.name = name
    self.kind = kind
    self.plan = plan
    self.properties = properties
    self.connectors = connectors
  }

  package var schema: Schema {
    Schema(fields: plan.output.map { Field(name: $0.name, type: $0.type, nullable: $0.nullable) })
  }
}

package struct Property: Hashable, Sendable {
  package let key: String
  package let value: String
  package init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}
