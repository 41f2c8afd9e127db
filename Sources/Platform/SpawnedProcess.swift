import Glibc
import Synchronization

/// A process that this one started, until its end is taken. It can tell when this one has ended: see
/// `ChildProcess.dieWithParent`. Thread-safe.
package final class SpawnedProcess: Sendable {
  package let number: Int32
  /// The child reads from a pipe that ends with this process.
  private let lifeline: Lifeline
  /// Set when the process was reaped: its number may belong to another one then.
  private let ending = Mutex<ChildProcess.Ending?>(nil)

  /// Starts the program; with `output` its standard output and errors are appended to that file. Nil when it cannot
  /// be started.
  package init?(_ path: String, _ arguments: [String], environment: [String], output: String? = nil) {
    // One at a time: no child inherits the ends of another one's pipe.
    let started = SpawnedProcess.spawning.withLock { _ in
      SpawnedProcess.spawn(path, arguments, environment: environment, output: output)
    }
    guard let started else { return nil }
    (number, lifeline) = started
  }

  private static let spawning = Mutex(())

  private static func spawn(
    _ path: String, _ arguments: [String], environment: [String], output: String?
  ) -> (pid_t, Lifeline)? {
    guard let lifeline = Lifeline() else { return nil }
    let variables =
      environment.filter { !$0.hasPrefix("\(ChildProcess.parentVariable)=") }
      + ["\(ChildProcess.parentVariable)=\(lifeline.readEnd)"]
    var number: pid_t = 0
    let started = unsafe SpawnedProcess.withStrings([path] + arguments) { arguments in
      unsafe SpawnedProcess.withStrings(variables) { variables in
        unsafe SpawnedProcess.withActions(keeping: lifeline.readEnd, output) { actions in
          unsafe posix_spawn(&number, path, actions, nil, arguments, variables)
        }
      }
    }
    return started == 0 ? (number, lifeline) : nil
  }

  /// SIGKILL; nothing happens when it has ended.
  package func kill() { send(SIGKILL) }
  /// SIGTERM; nothing happens when it has ended.
  package func terminate() { send(SIGTERM) }

  private func send(_ signal: Int32) {
    ending.withLock { if $0 == nil { Glibc.kill(number, signal) } }
  }

  /// Nil while it runs, or when that cannot be told.
  package func poll() -> ChildProcess.Ending? {
    ending.withLock { ending in
      if ending == nil {
        var status: Int32 = 0
        if unsafe waitpid(number, &status, WNOHANG) == number { ending = SpawnedProcess.ending(status) }
      }
      return ending
    }
  }

  /// How it ended; nil when that cannot be told. Blocks.
  package func wait() -> ChildProcess.Ending? {
    while true {
      if let ending = poll() { return ending }
      var facts = unsafe siginfo_t()
      // Waits without reaping, so that nobody signals a number which is given anew meanwhile.
      if unsafe waitid(P_PID, id_t(number), &facts, WEXITED | WNOWAIT) != 0, errno != EINTR { return poll() }
    }
  }

  private static func ending(_ status: Int32) -> ChildProcess.Ending {
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
  }

  /// Both ends of a pipe, closed with the object.
  private final class Lifeline: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init?() {
      var ends: [Int32] = [-1, -1]
      guard unsafe pipe(&ends) == 0 else { return nil }
      (readEnd, writeEnd) = (ends[0], ends[1])
      for end in ends { guard fcntl(end, F_SETFD, FD_CLOEXEC) == 0 else { return nil } }
    }

    deinit {
      close(readEnd)
      close(writeEnd)
    }
  }

  /// The child inherits one descriptor; its standard output and errors go to the file, behind what it holds.
  private static func withActions<T>(
    keeping descriptor: Int32, _ output: String?, _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> T
  ) -> T {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    // Onto itself: it is not closed on exec then.
    unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor)
    if let output {
      unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
    }
    return unsafe body(&actions)
  }

  /// Copies as a NULL-ended C array, for one call.
  private static func withStrings<T>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> T
  ) -> T {
    let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { unsafe list[index] = strdup(text) }
    unsafe list[texts.count] = nil
    defer {
      for index in texts.indices { unsafe free(list[index]) }
      unsafe list.deallocate()
    }
    return unsafe body(list)
  }
}
