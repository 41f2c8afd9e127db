import Glibc
import Synchronization

/// Lets calls in until it is shut; shutting waits for the calls inside.
///
/// `@unchecked Sendable` holds: the lock is allocated once and used only through POSIX calls, `isDone` is
/// touched only
/// under the exclusive side. glibc prefers readers, so a call inside may nest one; `isShut` is raised before
/// the
/// exclusive side is asked for, so that a stream of new calls cannot keep it out.
@safe final class CallGate: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_rwlock_t>
  private let isShut = Atomic<Bool>(false)
  private var isDone = false

  init() {
    unsafe lock = .allocate(capacity: 1)
    unsafe lock.initialize(to: pthread_rwlock_t())
    let result = unsafe pthread_rwlock_init(lock, nil)
    precondition(result == 0, "a POSIX lock needs no resources on Linux")
  }

  deinit {
    unsafe pthread_rwlock_destroy(lock)
    unsafe lock.deallocate()
  }

  /// Runs `body` told whether the gate is open; what `shut` ends stays alive until `body` returns.
  func pass<T, E: Error>(_ body: (_ open: Bool) throws(E) -> T) throws(E) -> T {
    if isShut.load(ordering: .acquiring) { return try body(false) }
    unsafe pthread_rwlock_rdlock(lock)
    defer { unsafe pthread_rwlock_unlock(lock) }
    return try body(!isShut.load(ordering: .acquiring))
  }

  /// Runs `body` alone, once in the life of the gate. Never from inside `pass`: it would wait for itself.
  func shut(_ body: () -> Void) {
    isShut.store(true, ordering: .releasing)
    unsafe pthread_rwlock_wrlock(lock)
    defer { unsafe pthread_rwlock_unlock(lock) }
    if isDone { return }
    isDone = true
    body()
  }
}
