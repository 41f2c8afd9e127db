/// What a loop wants after one of its turns.
///
/// The loops of the log, the steps and the sinks work in turns that never wait, and whoever runs them decides how to
/// wait: their threads on a signal, the simulation on its own clock.
package enum LoopTurn: Hashable, Sendable {
  /// There may be more to do.
  case again
  /// Nothing to do until told, or until the time is up.
  case wait(nanoseconds: UInt64?)
  /// No turn will do anything any more.
  case ended
}
