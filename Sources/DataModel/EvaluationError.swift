/// A SQL expression could not be evaluated: a value, never a trap.
package struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case overflow, divisionByZero, invalidCast, invalidArgument, weightOverflow, cancelled
    /// Not of the expression: stored state is damaged, or cannot be read or written now.
    case corrupt, storage
  }

  package let code: Code
  /// With the operands, in the form in which the deployment error shows it.
  package let message: String

  /// Name of the state file that is damaged.
  package let file: String?

  package init(_ code: Code, _ message: String, file: String? = nil) {
    self.code = code
    self.message = message
    self.file = file
  }

  package var description: String { message }
}
