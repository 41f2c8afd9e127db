/// Drives the work of one dialect: decides what comes next for its subjects and does it. All that it keeps in memory
/// can be made again from the open subjects.
package protocol Conductor: Sendable {
  /// Begins with what is open. Once; another conductor that has begun may have changed something before.
  func start(open: [String])
  /// Subjects of all dialects that were made or have changed, in the order in which that became durable. Must not
  /// block.
  func changed(_ ids: [String])
  /// Ends the tasks; the work stays as it is. Idempotent.
  func close()
}
