/// A lower bound of one int64 column in all changes that are still to come: each has a value that is not
/// less, or NULL. It moves between steps, and only upwards.
package indirect enum Waterline: Hashable, Sendable {
  /// That of a column with LATENESS, by its number in the program.
  case source(Int)
  /// The value of an expression over one column, which does not fall as the column rises.
  case mapped(ScalarExpression, Waterline)
  case least([Waterline])
}
