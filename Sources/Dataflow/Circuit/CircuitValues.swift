package import DataModel

/// Records of one table for one step, in order.
package struct TableInput: Sendable {
  package let table: SQLIdentifier
  package var changes: [ChangeBatch]
  package init(table: SQLIdentifier, changes: [ChangeBatch]) {
    self.table = table
    self.changes = changes
  }
}

/// What a step changed in one relation: consolidated, deletes before inserts, each sorted by row bytes.
package struct RelationDelta: Sendable {
  package let relation: SQLIdentifier
  package let rows: ColumnBatch
  package init(relation: SQLIdentifier, rows: ColumnBatch) {
    self.relation = relation
    self.rows = rows
  }
}

/// The contents of a materialized relation after some step.
package struct RelationSnapshot: Sendable {
  package let schema: Schema
  package let trace: TraceSnapshot
  package init(schema: Schema, trace: TraceSnapshot) {
    self.schema = schema
    self.trace = trace
  }
}

/// One trace of the circuit under its stable id. The order of the runs is part of the state: oldest first.
package struct TraceState: Sendable {
  package let id: String
  package let layout: TraceLayout
  package let runs: [TraceRun]
  package init(id: String, layout: TraceLayout, runs: [TraceRun]) {
    self.id = id
    self.layout = layout
    self.runs = runs
  }
}

/// State that does not fit the circuit.
package struct CircuitError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  package init(message: String) { self.message = message }
  package var description: String { message }
}
