/// Which rows go to the error collection when an expression fails on them; any other is the step's error.
package enum RowErrorTolerance: UInt8, Sendable {
  case none = 0
  case all = 1
  /// Those that are there already and go: what a former step tolerated is taken back.
  case deletions = 2
}
