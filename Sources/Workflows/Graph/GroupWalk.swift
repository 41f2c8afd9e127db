import PipelineModel
import Platform
import WireTypes

/// The items of a group under way: each walks the sub-graph; a bounded number at once, begun in order.
struct GroupWalk: Sendable {
  /// Index of the group's own execution.
  let execution: Int
  private let groupUuid: String
  private let attempt: Int
  private let graph: WorkflowGraph
  private let scope: [NodeExecution.Scope]
  private let parentNodes: JSONValue
  private let items: [JSONValue]
  private let failsWithItems: Bool
  /// Of the items begun so far.
  private var walks: [NodeWalk] = []
  /// Items that have not ended, ascending.
  private var active: [Int] = []
  /// The first item that failed.
  private var failure: (item: Int, message: String)?

  init(execution: NodeExecution, graph: WorkflowGraph, scope: [NodeExecution.Scope], parentNodes: JSONValue) {
    self.execution = execution.index
    groupUuid = execution.nodeUuid
    attempt = execution.attempt
    self.graph = graph
    self.scope = scope
    self.parentNodes = parentNodes
    items = execution.computedConfig["items"]?.elements ?? []
    failsWithItems = execution.computedConfig["failOnItemFailure"]?.boolValue ?? false
  }

  private mutating func beginItem() {
    let item = walks.count
    walks.append(
      NodeWalk(
        graph: graph,
        scope: scope + [NodeExecution.Scope(groupUuid: groupUuid, attempt: attempt, item: item)],
        data: items[item], parentNodes: parentNodes))
    active.append(item)
    noteFailure(of: item)
  }

  private mutating func noteFailure(of item: Int) {
    guard let end = walks[item].end, end.status == .error, item < failure?.item ?? .max else { return }
    failure = (item, end.errorMessage ?? "failed")
  }

  /// `depth` counts the scopes around the group.
  mutating func fold(_ execution: NodeExecution, depth: Int) {
    let place = execution.scope[depth]
    guard place.groupUuid == groupUuid, place.attempt == attempt, items.indices.contains(place.item) else {
      return
    }
    while walks.count <= place.item { beginItem() }
    walks[place.item].fold(execution)
    noteFailure(of: place.item)
  }

  /// What becomes of the group; nil while items are under way.
  mutating func advance(_ desk: inout RunDesk, isStopping: Bool) -> NodeOutcome? {
    var mustStop = isStopping || (failsWithItems && failure != nil)
    var goesOn = true
    while goesOn {
      let wasStopping = mustStop
      for item in active {
        walks[item].advance(&desk, isStopping: mustStop)
        noteFailure(of: item)
        mustStop = isStopping || (failsWithItems && failure != nil)
      }
      active.removeAll { walks[$0].end != nil }
      goesOn = mustStop != wasStopping
      while !mustStop, !desk.isUnfinished, active.count < Limits.groupItemsAtOnce, walks.count < items.count {
        beginItem()
        goesOn = true
      }
    }
    guard active.isEmpty, mustStop || walks.count == items.count else { return nil }
    if isStopping { return .cancelled }
    if failsWithItems, let failure { return .failed("item \(failure.item): \(failure.message)") }
    return .passed(.array(walks.map { $0.end?.output ?? .null }), child: 0)
  }

  func collectCalls(_ desk: RunDesk, into calls: inout [NodeCall]) {
    for item in active { walks[item].collectCalls(desk, into: &calls) }
  }
}
