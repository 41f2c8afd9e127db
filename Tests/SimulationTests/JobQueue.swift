import Platform
import Synchronization

/// Runs the jobs of tasks when it is told to, on the thread that tells it.
final class JobQueue: TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  var isEmpty: Bool { jobs.withLock { $0.isEmpty } }

  /// False when there is none.
  func runOne(_ random: SeededRandom) -> Bool {
    let job: UnownedJob? = jobs.withLock { jobs in
      jobs.isEmpty ? nil : jobs.remove(at: Int(random.next(below: UInt64(jobs.count))))
    }
    guard let job else { return false }
    unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    return true
  }
}
