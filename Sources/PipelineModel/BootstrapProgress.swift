/// How far the computation of new and changed views is.
package struct BootstrapProgress: Hashable, Sendable {
  /// Stored rows of tables that were taken, and all that are.
  package var rowsDone: UInt64 = 0
  package var rowsTotal: UInt64 = 0
  /// Records of the log that were passed, and all that are: those of tables that nobody asks for count too.
  package var recordsDone: UInt64 = 0
  package var recordsTotal: UInt64 = 0
  /// It has not begun: others are being computed.
  package var isWaiting = false

  package init() {}

  package var isDone: Bool { !isWaiting && rowsDone >= rowsTotal && recordsDone >= recordsTotal }
}
