package import DataModel

/// Records of one table for one step, in order.
package struct TableInput: Sendable {
  package let table: SQLIdentifier
  package var changes: [ChangeBatch]
  /// Rows as often as their weights say, none of them late: for a table without key and contents that one worker takes.
  package var rows: [ColumnBatch] = []
  package init(table: SQLIdentifier, changes: [ChangeBatch]) {
    self.table = table
    self.changes = changes
  }

  package init(table: SQLIdentifier, rows: [ColumnBatch]) {
    self.init(table: table, changes: [])
    self.rows = rows
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
  private let frozen: TraceSnapshot
  private let pending: PendingBatch?

  package init(schema: Schema, trace: TraceSnapshot) {
    self.schema = schema
    frozen = trace
    pending = nil
  }

  init(schema: Schema, trace: TraceSnapshot, pending rows: PendingRows) {
    self.schema = schema
    frozen = trace
    pending = rows.isEmpty ? nil : PendingBatch(rows, keys: schema.primaryKey)
  }

  /// The first caller sorts what the step thread has not put into the trace yet.
  package var trace: TraceSnapshot {
    guard let batch = pending?.sorted, !batch.isEmpty else { return frozen }
    return TraceSnapshot(layout: frozen.layout, runs: frozen.runs + [.memory(batch)])
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

  /// The id without the share of a worker.
  package var wholeID: String { StateShare.split(id).base }

  /// The same state for another place.
  package func moved(to wholeID: String) -> TraceState {
    let share = StateShare.split(id).share
    guard share.count > 1, let hash = wholeID.lastIndex(of: "#") else {
      return TraceState(id: wholeID, layout: layout, runs: runs)
    }
    // Behind the place, as operators have it; elsewhere the rows are only dealt out anew.
    let place = wholeID[...hash] + wholeID[wholeID.index(after: hash)...].prefix { $0.isNumber || $0 == "." }
    return TraceState(
      id: share.id(in: String(place)) + wholeID.dropFirst(place.count), layout: layout, runs: runs)
  }

  package var snapshot: TraceSnapshot { TraceSnapshot(layout: layout, runs: runs) }
}

/// State that does not fit the circuit.
package struct CircuitError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  package init(message: String) { self.message = message }
  package var description: String { message }
}
