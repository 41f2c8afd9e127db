import PipelineModel
import Platform
import WireTypes

/// What the conductor of batches knows and does; rebuilt from open groups and items after a start.
actor BatchDriver {
  private struct Open {
    let configuration: BatchConfiguration
    let provider: any CallOutProvider
    let token: String?
    var calls: [Int: Task<Void, Never>] = [:]
    /// When its time is up; nil while it does not run.
    var deadline: WallTime?
  }

  static let callsMax = 64
  /// Jobs of one call when calling again does no harm.
  static let pureJobsMax = 256

  private let service: WorkService
  private let marks: BatchMarks
  private let providers: BatchConductor.Providers
  private let token: BatchConductor.Tokens
  private var schedule = BatchSchedule(callsMax: BatchDriver.callsMax)
  private var open: [String: Open] = [:]
  private var calls = 0
  private var timer: (at: WallTime, task: Task<Void, Never>)?
  private var isClosed = false

  init(
    service: WorkService, providers: @escaping BatchConductor.Providers,
    token: @escaping BatchConductor.Tokens
  ) {
    self.service = service
    marks = BatchMarks(service)
    self.providers = providers
    self.token = token
  }

  func close() {
    isClosed = true
    timer?.task.cancel()
    for id in Array(open.keys) { forget(id) }
  }

  // MARK: What the log says

  /// A batch is new or has changed.
  func changed(_ id: String) async {
    guard !isClosed, let group = try? await service.group(id), group.dialect == .batches else { return }
    switch group.status {
    case .created, .running, .paused:
      if open[id] == nil { await load(group) }
      schedule.setPaused(id, group.status == .paused)
      note(group)
      await finish(id)
    case .cancelling:
      forget(id)
      try? await BatchControl(service).end(id)
    case .completed, .failed, .cancelled, .skipped: forget(id)
    }
    pump()
  }

  private func load(_ group: WorkGroup) async {
    guard let configuration = BatchConfiguration(text: group.configuration),
      let items = try? await service.items(of: group.id)
    else { return }
    let provider = providers(configuration.collection)
    open[group.id] = Open(configuration: configuration, provider: provider, token: await token(group.id))
    var (jobs, processed): ([BatchSchedule.Job], [(mark: String, item: WorkItem)]) = ([], [])
    for item in items {
      let mark = BatchJob(input: item.input)?.mark(in: configuration.collection)
      if item.succeeded == nil {
        let call = item.status == .processing ? BatchDriver.call(of: item) : nil
        let isMarked = !configuration.forcesOverwrite
        jobs.append(.init(id: item.id, bytes: item.input.utf8.count, mark: isMarked ? mark : nil, call: call))
      } else if let mark {
        processed.append((mark, item))
      }
    }
    // A crash may have come between the end of a job and its mark.
    try? await marks.note(processed, in: group.id)
    schedule.add(
      group.id, bounds: BatchDriver.bounds(configuration, provider), isPaused: group.status == .paused,
      jobs: jobs)
  }

  private static func call(of item: WorkItem) -> String {
    let detail = item.events.last { $0.status == .processing }?.detail
    return detail.flatMap { try? JSONValue(parsing: $0) }?["call"]?.stringValue ?? item.id
  }

  private static func bounds(
    _ configuration: BatchConfiguration, _ provider: any CallOutProvider
  ) -> BatchSchedule.Bounds {
    let (weight, width) = (configuration.priority.weight, configuration.maxConcurrent)
    guard provider.isPure else {
      return .init(weight: weight, callsMax: width, jobsMax: width, jobsPerCallMax: provider.itemsMax)
    }
    return .init(weight: weight, callsMax: 1, jobsMax: pureJobsMax, jobsPerCallMax: pureJobsMax)
  }

  /// Stops what runs for a batch that has ended.
  private func forget(_ id: String) {
    schedule.remove(id)
    guard let batch = open.removeValue(forKey: id) else { return }
    for call in batch.calls.values { call.cancel() }
  }

  // MARK: Calls

  private func pump() {
    guard !isClosed else { return }
    while let start = schedule.next() { launch(start) }
  }

  private func launch(_ start: BatchSchedule.Start) {
    guard let batch = open[start.batch] else { return schedule.remove(start.batch) }
    calls += 1
    let number = calls
    let call = BatchCall(
      service: service, marks: marks, provider: batch.provider, configuration: batch.configuration,
      start: start,
      token: batch.token)
    let details = JSONValue.make(["token": .text(batch.token)]).encoded
    open[start.batch]?.calls[number] = Task { [service] in
      _ = try? await service.update(group: start.batch) { group in
        group.status == .created ? [.init(.running, detail: details)] : []
      }
      await call.run()
      await ended(start, number)
    }
  }

  private func ended(_ start: BatchSchedule.Start, _ number: Int) async {
    guard open[start.batch]?.calls.removeValue(forKey: number) != nil else { return }
    schedule.ended(start)
    await finish(start.batch)
    pump()
  }

  /// Completes a batch when all of its jobs have ended.
  private func finish(_ id: String) async {
    guard schedule.isDrained(id), let group = try? await service.group(id),
      group.progress.ended == group.progress.total
    else { return }
    _ = try? await service.update(group: id) { group in
      switch group.status {
      case .running: [.init(.completed)]
      // Nothing is left that a pause could hold back.
      case .created, .paused: [.init(.running), .init(.completed)]
      default: []
      }
    }
  }

  // MARK: Time

  private func note(_ group: WorkGroup) {
    guard let batch = open[group.id] else { return }
    open[group.id]?.deadline = nil
    if group.status == .running {
      let now = service.clock.wall()
      let budget = Int64(batch.configuration.timeoutSeconds) * 1_000_000
      let left = budget - BatchTiming.running(group, now: now)
      open[group.id]?.deadline = WallTime(microseconds: now.microseconds + max(0, left))
    }
    arm()
  }

  /// One timer for the nearest deadline.
  private func arm() {
    guard let nearest = open.values.compactMap(\.deadline).min() else { return }
    if let timer, timer.at <= nearest { return }
    timer?.task.cancel()
    let wait = max(0, nearest.microseconds - service.clock.wall().microseconds)
    timer = (
      nearest,
      Task {
        do { try await Task.sleep(for: .microseconds(wait + 1000)) } catch { return }
        await expire()
      }
    )
  }

  private func expire() async {
    timer = nil
    let now = service.clock.wall()
    for (id, batch) in open {
      guard let deadline = batch.deadline, deadline <= now else { continue }
      open[id]?.deadline = nil
      let message = "the batch did not end within \(batch.configuration.timeoutSeconds) s"
      try? await BatchControl(service).fail(id, message: message, code: "timeout")
    }
    arm()
  }
}
