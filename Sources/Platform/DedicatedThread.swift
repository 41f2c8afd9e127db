import CKernels
import Glibc

/// A named OS thread that runs one closure to its end.
///
/// It keeps running when the last reference goes; `join` waits for its end. All signals stay unblocked as
/// inherited.
/// `@unchecked Sendable` holds: `phase` is touched only under the monitor, `handle` is set once in `init`.
package final class DedicatedThread: @unchecked Sendable {
  private enum Phase { case running, joining, joined }

  private let monitor = Monitor()
  private var phase = Phase.running
  private let handle: pthread_t

  /// Carries name and closure across the C start routine.
  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Starts at once with an 8 MB stack; the kernel keeps the first 15 bytes of the name.
  ///
  /// A machine out of threads is waited for during one second; then the process cannot do its work and traps.
  package init(name: String, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setstacksize(&attributes, Limits.threadStackBytes)
    var thread = pthread_t()
    var result: Int32 = EAGAIN
    for attempt in 0..<100 where result != 0 {
      if attempt > 0 { usleep(10_000) }
      // One reference travels to the thread, which consumes it; taken back here when no thread came to be.
      let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
      result = unsafe pthread_create(&thread, &attributes, DedicatedThread.main, start.toOpaque())
      if result != 0 { unsafe start.release() }
    }
    unsafe pthread_attr_destroy(&attributes)
    precondition(result == 0, "no thread for \(name): error \(result)")
    handle = thread
  }

  deinit {
    // Sole owner here, so no lock; a handle never joined is given back to the system.
    if phase == .running { pthread_detach(handle) }
  }

  /// Returns when the closure has returned; any thread, any number of times. From the thread itself it
  /// returns at once.
  package func join() {
    if pthread_equal(pthread_self(), handle) != 0 { return }
    let first = monitor.locked {
      if phase == .running {
        phase = .joining
        return true
      }
      while phase != .joined { monitor.wait() }
      return false
    }
    guard first else { return }
    _ = pthread_join(handle, nil)
    monitor.locked {
      phase = .joined
      monitor.wakeAll()
    }
  }

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    let shortName = String(decoding: start.name.utf8.prefix(15), as: UTF8.self)
    unsafe tidemark_name_thread(shortName)  // copies the name
    start.body()
    return nil
  }
}
