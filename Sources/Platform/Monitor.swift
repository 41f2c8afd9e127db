import Glibc

/// A POSIX mutex with one condition, timed on the monotonic clock.
///
/// `@unchecked Sendable` holds: both objects are allocated once, never moved, and freed when the last
/// reference is
/// gone, so no thread can be inside; all calls on them are thread-safe by POSIX.
@safe final class Monitor: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe condition.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    let failures = unsafe [pthread_mutex_init(mutex, nil), pthread_cond_init(condition, &attributes)]
    precondition(failures == [0, 0], "POSIX mutexes and conditions need no resources on Linux")
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body` alone; it must not call out to code that takes this monitor again.
  func locked<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Inside `locked` only: gives the lock up until woken; may wake without cause.
  func wait() { unsafe pthread_cond_wait(condition, mutex) }

  /// Inside `locked` only: like `wait`, false when the monotonic deadline has passed.
  func wait(until deadlineNanoseconds: UInt64) -> Bool {
    var time = timespec(
      tv_sec: Int(clamping: deadlineNanoseconds / 1_000_000_000),
      tv_nsec: Int(deadlineNanoseconds % 1_000_000_000))
    return unsafe pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }

  /// Inside `locked` only: waits until `ready` or the timeout (nil: for ever); the result is what `ready`
  /// said last.
  func wait(timeoutNanoseconds: UInt64?, until ready: () -> Bool) -> Bool {
    guard let timeoutNanoseconds else {
      while !ready() { wait() }
      return true
    }
    if ready() { return true }
    if timeoutNanoseconds == 0 { return false }
    let (sum, overflow) = SystemClock.nanoseconds(CLOCK_MONOTONIC).addingReportingOverflow(timeoutNanoseconds)
    let deadline = min(overflow ? .max : sum, UInt64(Int64.max))
    while !ready() {
      if !wait(until: deadline) { return ready() }
    }
    return true
  }

  func wakeOne() { unsafe pthread_cond_signal(condition) }
  func wakeAll() { unsafe pthread_cond_broadcast(condition) }
}
