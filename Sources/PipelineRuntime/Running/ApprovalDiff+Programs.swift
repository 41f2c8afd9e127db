import ConnectorKit
import DataModel
import SQLFrontend
import StepEngine

extension ApprovalDiff {
  /// Errors: `connectorFailure` for connectors that cannot be read.
  init(from old: Program, to new: Program) throws(PipelineError) {
    let (before, after) = (try PipelineConnectors(old), try PipelineConnectors(new))
    let change = ProgramChange.names(from: old, to: new)
    self.init(
      inputConnectors: Change(before.sources, after.sources), outputConnectors: Change(before.outputs, after.outputs),
      tables: Change(change.tables), views: Change(change.views))
  }
}

extension ApprovalDiff.Change {
  fileprivate init(_ added: [String], _ modified: [String], _ removed: [String]) {
    self.init(added: added.sorted(), modified: modified.sorted(), removed: removed.sorted())
  }

  fileprivate init(_ names: ProgramChange.Names) {
    self.init(names.added.map(\.canonical), names.modified.map(\.canonical), names.removed.map(\.canonical))
  }

  /// Settings of flow control are no modification.
  fileprivate init(_ before: [PipelineConnectors.Declared], _ after: [PipelineConnectors.Declared]) {
    let old = Dictionary(before.map { ($0.endpointName, $0.configuration) }) { first, _ in first }
    let new = Dictionary(after.map { ($0.endpointName, $0.configuration) }) { first, _ in first }
    let modified = new.filter { name, configuration in
      guard let former = old[name] else { return false }
      return former.transport != configuration.transport || former.format != configuration.format
    }
    self.init(
      new.keys.filter { old[$0] == nil }, Array(modified.keys), old.keys.filter { new[$0] == nil })
  }
}
