import DataModel

/// Where in a program an operator stands: the view, and the path of input positions from the root of its
/// plan.
///
/// Gives ids of state that are unique in a circuit and the same in every process that lowers the same
/// program.
struct StateLayout {
  private let relation: SQLIdentifier
  let path: String

  init(relation: SQLIdentifier) {
    self.relation = relation
    path = ""
  }

  private init(_ relation: SQLIdentifier, _ path: String) {
    self.relation = relation
    self.path = path
  }

  /// The path holds only digits and points, so the last `#` ends the name, whatever the name holds.
  var id: String { "plan/\(relation.canonical)#\(path)" }

  func input(_ index: Int) -> StateLayout {
    StateLayout(relation, path.isEmpty ? "\(index)" : "\(path).\(index)")
  }
}
