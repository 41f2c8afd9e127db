package import DataModel

extension Circuit {
  /// The steps up to `endSlices` are slices of one: their rows never make each other late, and state that a later
  /// slice may need is kept. Give all of them the same NOW().
  package func beginSlices() {
    takesSlices = true
    for case let source as any LatenessSource in operators { source.gates.hold(source.state) }
  }

  /// Between `beginSlices` and `endSlices`.
  package var isSliced: Bool { takesSlices }

  package func endSlices() {
    for case let source as any LatenessSource in operators { source.gates.letGo() }
    takesSlices = false
    forget()
  }

  /// Relations in the order in which a step reports them.
  package var relations: [SQLIdentifier] {
    var relations: [SQLIdentifier] = []
    for index in operators.indices {
      guard let relation = relation(at: index), relation != relations.last else { continue }
      relations.append(relation)
    }
    return relations
  }
}
