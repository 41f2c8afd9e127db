import Glibc
import Synchronization

/// A process that this one watches: signals to stop are passed on, and it does not outlive this one. One at a time.
package enum ChildProcess {
  package enum Ending: Hashable, Sendable {
    case exited(Int32)
    /// By a signal: a trap, or from outside.
    case killed(Int32)
  }

  /// For the signal handler; -1 while there is no child.
  private static let child = Atomic<Int32>(-1)
  private static let stopping = Atomic<Bool>(false)

  /// SIGTERM or SIGINT came since `passSignalsOn`.
  package static var isStopping: Bool { stopping.load(ordering: .acquiring) }

  /// From now on SIGTERM and SIGINT go to the child, as SIGTERM.
  package static func passSignalsOn() {
    // Makes the globals before a handler may need them.
    _ = child.load(ordering: .relaxed)
    _ = isStopping
    for number in [SIGTERM, SIGINT] {
      // The handler only touches atomics and calls kill(2), which a handler may.
      signal(number) { _ in
        ChildProcess.stopping.store(true, ordering: .releasing)
        let target = ChildProcess.child.load(ordering: .acquiring)
        if target > 0 { kill(target, SIGTERM) }
      }
    }
  }

  /// Starts the program and waits for its end. Nil when it cannot be started. Blocks.
  package static func run(_ path: String, _ arguments: [String], environment: [String]) -> Ending? {
    guard let process = SpawnedProcess(path, arguments, environment: environment) else { return nil }
    child.store(process.number, ordering: .releasing)
    // A signal that came between the two found no child.
    if isStopping { process.terminate() }
    defer { child.store(-1, ordering: .releasing) }
    return process.wait()
  }

  /// The value of an environment variable, which is gone from the environment afterwards. While there is one thread.
  package static func takeVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name).map({ unsafe String(cString: $0) }) else { return nil }
    // The value was copied; no other thread reads the environment yet.
    unsafe unsetenv(name)
    return value
  }

  static let parentVariable = "TIDEMARK_PARENT"

  /// In a child: it gets SIGTERM when the process that watches it has ended. Nothing happens in a process without one.
  package static func dieWithParent() {
    guard let text = unsafe getenv(parentVariable).map({ unsafe String(cString: $0) }), let pipe = Int32(text)
    else { return }
    // Not passed on to anybody, and never joined: it ends with the process.
    _ = fcntl(pipe, F_SETFD, FD_CLOEXEC)
    let watcher = DedicatedThread(name: "parent") {
      var byte: UInt8 = 0
      while unsafe read(pipe, &byte, 1) != 0 {
        guard errno == EINTR else { return }
      }
      kill(getpid(), SIGTERM)
    }
    keptWatcher.withLock { $0 = watcher }
  }

  private static let trapVariable = "TIDEMARK_TRAP"

  /// The environment of a child that comes after one with this ending; nil for the first.
  package static func environment(after ending: Ending?) -> [String] {
    var signal: Int32 = 0
    // Those that a program brings upon itself; SIGKILL and the like come from outside.
    if case .killed(let number) = ending, [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV].contains(number) {
      signal = number
    }
    return environment.filter { !$0.hasPrefix("\(trapVariable)=") } + ["\(trapVariable)=\(signal)"]
  }

  /// In a child: the trap that ended the one before it, 0 for none. Nil when it is not started again after one.
  package static var formerTrap: Int32? {
    unsafe getenv(trapVariable).flatMap { unsafe Int32(String(cString: $0)) }
  }

  private static let keptWatcher = Mutex<DedicatedThread?>(nil)

  /// The program that runs now.
  package static var ownPath: String? {
    guard let path = unsafe realpath("/proc/self/exe", nil) else { return nil }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  package static var environment: [String] {
    var values: [String] = []
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      values.append(unsafe String(cString: text))
      unsafe entry += 1
    }
    return values
  }
}
