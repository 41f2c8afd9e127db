package import DataModel

/// What an unnest takes apart, and which columns of its input stay beside the items.
///
/// The output is the kept columns, then for each array one column of items (for a MAP keys and values), then
/// the number of the row among those of its input row, from 1, when it is asked for. Several arrays give
/// every combination of their items, the last one changing fastest, as Calcite's `flatProduct` has it. A NULL
/// array is an empty one.
package struct UnnestSpec: Hashable, Sendable {
  /// ARRAYs and MAPs over the input.
  package var arrays: [ScalarExpression]
  package var ordinality: Bool
  /// An input row without items comes once, with NULLs.
  package var keepsEmpty: Bool
  /// Columns of the input that are passed on, in order.
  package var kept: [Int]

  package init(arrays: [ScalarExpression], ordinality: Bool, keepsEmpty: Bool, kept: [Int]) {
    self.arrays = arrays
    self.ordinality = ordinality
    self.keepsEmpty = keepsEmpty
    self.kept = kept
  }
}
