package import DataModel
package import SQLFrontend

/// How one program differs from another in what relations hold; views that read a changed relation are changed too.
package struct ProgramDifference: Hashable, Sendable {
  package private(set) var addedTables: [SQLIdentifier] = []
  package private(set) var modifiedTables: [SQLIdentifier] = []
  package private(set) var removedTables: [SQLIdentifier] = []
  package private(set) var addedViews: [SQLIdentifier] = []
  package private(set) var modifiedViews: [SQLIdentifier] = []
  package private(set) var removedViews: [SQLIdentifier] = []

  package init(from old: Program, to new: Program) {
    self.init(from: old, StateKeys.digests(old), to: new, StateKeys.digests(new))
  }

  /// With what each relation's rows depend on.
  init(
    from old: Program, _ before: [SQLIdentifier: [UInt8]], to new: Program, _ after: [SQLIdentifier: [UInt8]]
  ) {
    let (oldTables, newTables) = (old.tables.map(\.name), new.tables.map(\.name))
    addedTables = newTables.filter { !oldTables.contains($0) }
    modifiedTables = newTables.filter { oldTables.contains($0) && before[$0] != after[$0] }
    removedTables = oldTables.filter { !newTables.contains($0) }
    let (oldViews, newViews) = (old.views.map(\.name), new.views.map(\.name))
    addedViews = newViews.filter { !oldViews.contains($0) }
    modifiedViews = newViews.filter { oldViews.contains($0) && before[$0] != after[$0] }
    removedViews = oldViews.filter { !newViews.contains($0) }
  }

  /// In a few words, for messages.
  package var summary: String {
    let parts = [
      ("added tables", addedTables), ("modified tables", modifiedTables), ("removed tables", removedTables),
      ("added views", addedViews), ("modified views", modifiedViews), ("removed views", removedViews),
    ]
    let told = parts.filter { !$0.1.isEmpty }.map { title, names in
      "\(title): \(names.prefix(20).map(\.description).joined(separator: ", "))\(names.count > 20 ? ", …" : "")"
    }
    return told.isEmpty ? "no relation holds other rows" : told.joined(separator: "; ")
  }
}
