/// Which jobs of which batches start next. Pure: told what there is and what has ended, says what starts.
///
/// No batch has more jobs or calls under way than it allows; no two jobs of one mark run at once; when calls
/// are short, batches share them by weight, older ones first. A batch that is paused starts only what a crash
/// has interrupted.
package struct BatchSchedule: Sendable {
  package struct Job: Sendable, Hashable {
    package let id: String
    /// Size of the input.
    package let bytes: Int
    /// Jobs of one mark follow one another.
    package var mark: String?
    /// The call that a crash has interrupted.
    package var call: String?

    package init(id: String, bytes: Int, mark: String? = nil, call: String? = nil) {
      self.id = id
      self.bytes = bytes
      self.mark = mark
      self.call = call
    }
  }

  /// Jobs that start as one call.
  package struct Start: Sendable, Hashable {
    package let batch: String
    package let jobs: [Job]
    /// Stable over restarts.
    package var key: String {
      if let call = jobs.first?.call { return call }
      guard let first = jobs.first else { return batch }
      return jobs.count == 1 ? first.id : "\(first.id)+\(jobs.count)"
    }
  }

  package struct Bounds: Sendable, Hashable {
    package let weight: Int
    package let callsMax: Int
    package let jobsMax: Int
    package let jobsPerCallMax: Int

    package init(weight: Int, callsMax: Int, jobsMax: Int, jobsPerCallMax: Int) {
      self.weight = max(weight, 1)
      self.callsMax = max(callsMax, 1)
      self.jobsMax = max(jobsMax, 1)
      self.jobsPerCallMax = max(jobsPerCallMax, 1)
    }
  }

  private struct Batch: Sendable {
    let order: Int
    let bounds: Bounds
    var isPaused: Bool
    /// Reversed: the next one is the last.
    var waiting: [Job]
    var running: [String: Job] = [:]
    var calls = 0
    /// Jobs that wait for another one of their mark.
    var deferred = 0

    var hasRoom: Bool { calls < bounds.callsMax && running.count < bounds.jobsMax }
  }

  package static let callBytesMax = 8 << 20

  private let callsMax: Int
  private var batches: [String: Batch] = [:]
  private var calls = 0
  private var orders = 0
  /// Marks under way, and who waits for them.
  private var claims: [String: [(batch: String, job: Job)]] = [:]

  package init(callsMax: Int) { self.callsMax = max(callsMax, 1) }

  package var isIdle: Bool { calls == 0 }
  package func knows(_ batch: String) -> Bool { batches[batch] != nil }
  package func running(_ batch: String) -> Int { batches[batch]?.running.count ?? 0 }

  /// Whether a batch has nothing that runs or waits.
  package func isDrained(_ batch: String) -> Bool {
    guard let batch = batches[batch] else { return false }
    return batch.waiting.isEmpty && batch.running.isEmpty && batch.deferred == 0
  }

  // MARK: Facts

  package mutating func add(_ id: String, bounds: Bounds, isPaused: Bool, jobs: [Job]) {
    guard batches[id] == nil else { return }
    orders += 1
    let interrupted = jobs.filter { $0.call != nil }
    let fresh = jobs.filter { $0.call == nil }
    batches[id] = Batch(
      order: orders, bounds: bounds, isPaused: isPaused, waiting: Array((interrupted + fresh).reversed()))
  }

  package mutating func setPaused(_ id: String, _ isPaused: Bool) { batches[id]?.isPaused = isPaused }

  /// Forgets a batch with all that runs and waits.
  package mutating func remove(_ id: String) {
    guard let batch = batches.removeValue(forKey: id) else { return }
    calls -= batch.calls
    for mark in claims.keys { claims[mark]?.removeAll { $0.batch == id } }
    for job in batch.running.values { release(job) }
  }

  /// A call has ended, whatever became of its jobs.
  package mutating func ended(_ start: Start) {
    guard batches[start.batch] != nil else { return }
    calls -= 1
    batches[start.batch]?.calls -= 1
    for job in start.jobs {
      guard batches[start.batch]?.running.removeValue(forKey: job.id) != nil else { continue }
      release(job)
    }
  }

  private mutating func release(_ job: Job) {
    guard let mark = job.mark, let waiting = claims.removeValue(forKey: mark) else { return }
    for (batch, job) in waiting.reversed() {
      batches[batch]?.deferred -= 1
      batches[batch]?.waiting.append(job)
    }
  }

  // MARK: Decisions

  /// What starts now; counts as under way from here on.
  package mutating func next() -> Start? {
    while calls < callsMax, let id = turn() {
      let jobs = take(from: id)
      guard !jobs.isEmpty else { continue }
      calls += 1
      batches[id]?.calls += 1
      return Start(batch: id, jobs: jobs)
    }
    return nil
  }

  /// The batch whose share is the smallest.
  private func turn() -> String? {
    var best: (id: String, batch: Batch)?
    for (id, batch) in batches {
      guard let first = batch.waiting.last, batch.hasRoom, !batch.isPaused || first.call != nil else {
        continue
      }
      guard let other = best?.batch else {
        best = (id, batch)
        continue
      }
      let (mine, others) = ((batch.calls + 1) * other.bounds.weight, (other.calls + 1) * batch.bounds.weight)
      if (mine, batch.order) < (others, other.order) { best = (id, batch) }
    }
    return best?.id
  }

  private mutating func take(from id: String) -> [Job] {
    guard var batch = batches[id] else { return [] }
    // Not shared while it changes.
    batches[id] = nil
    var jobs: [Job] = []
    var bytes = 0
    while let job = batch.waiting.last {
      if let first = jobs.first {
        guard job.call == first.call else { break }
        let isFull = jobs.count >= batch.bounds.jobsPerCallMax || batch.running.count >= batch.bounds.jobsMax
        if job.call == nil, isFull || bytes + job.bytes > BatchSchedule.callBytesMax { break }
      } else if batch.isPaused, job.call == nil {
        break
      }
      batch.waiting.removeLast()
      if let mark = job.mark {
        if claims[mark] != nil {
          claims[mark]?.append((id, job))
          batch.deferred += 1
          continue
        }
        claims[mark] = []
      }
      batch.running[job.id] = job
      jobs.append(job)
      bytes += job.bytes
    }
    batches[id] = batch
    return jobs
  }
}
