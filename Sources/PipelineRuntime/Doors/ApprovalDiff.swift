/// How a program and its connectors differ from those of the stored state; lists are sorted.
package struct ApprovalDiff: Hashable, Sendable {
  /// What one program has beside the other, by name.
  package struct Change: Hashable, Sendable {
    package let added: [String]
    package let modified: [String]
    package let removed: [String]

    package init(added: [String], modified: [String], removed: [String]) {
      self.added = added
      self.modified = modified
      self.removed = removed
    }
  }

  package let inputConnectors: Change
  package let outputConnectors: Change
  package let tables: Change
  package let views: Change
  /// Why a start that allows the change is refused all the same.
  package var obstacle: String?

  package init(inputConnectors: Change, outputConnectors: Change, tables: Change, views: Change) {
    self.inputConnectors = inputConnectors
    self.outputConnectors = outputConnectors
    self.tables = tables
    self.views = views
  }
}
