/// A promise that a run broke: the number of the invariant in the design, 0 for what must hold beside them.
struct Violation: Error, CustomStringConvertible {
  let invariant: Int
  let message: String

  init(_ invariant: Int, _ message: String) {
    self.invariant = invariant
    self.message = message
  }

  var description: String { "invariant \(invariant): \(message)" }
}
