import Platform
import Synchronization
import WireTypes

/// Drives the runs of the orchestration dialect: begins them in order, ends their batches.
package final class OrchestrationConductor: Conductor {
  private let driver: OrchestrationDriver
  private let sender: CallbackSender
  private let callbacks: BatchCallbacks
  private let changes: AsyncStream<[String]>
  private let teller: AsyncStream<[String]>.Continuation
  private let isStarted = Mutex(false)

  package init(
    service: WorkService, providers: ProviderRegistry, graphs: GraphLibrary, notices: BatchNotices
  ) {
    sender = CallbackSender(
      transport: notices.transport, sign: notices.sign, schedule: notices.schedule, clock: service.clock)
    callbacks = BatchCallbacks(service: service, graphs: graphs, notices: notices)
    driver = OrchestrationDriver(
      service: service, calls: RunCalls(providers: providers), graphs: graphs, sender: sender)
    (changes, teller) = AsyncStream.makeStream()
  }

  package func start(open: [String]) {
    guard isStarted.withLock({ isStarted in
      defer { isStarted = true }
      return !isStarted
    }) else { return }
    sender.start(callbacks)
    changed(open)
    Task { [driver, changes] in
      for await ids in changes {
        for id in ids { await driver.changed(id) }
      }
      await driver.close()
    }
  }

  package func changed(_ ids: [String]) {
    // Ids of the other dialects have a prefix, which makes cargo's as long as a UUID; those of its batch jobs are
    // looked at and passed over.
    let own = ids.filter { $0.utf8.count == 36 && !$0.hasPrefix(WorkNames.Form.cargo.rawValue) }
    if !own.isEmpty { teller.yield(own) }
  }

  package func close() {
    teller.finish()
    sender.close()
  }
}

/// Which runs are under way.
actor OrchestrationDriver {
  private static let runsAtOnce = 128

  private let service: WorkService
  private let pilot: RunPilot
  private let slots: TurnSlots
  private let closer: BatchCloser
  private let sender: CallbackSender
  private var runs: [String: AsyncStream<RunPilot.Signal>.Continuation] = [:]
  private var tasks: [String: Task<Void, Never>] = [:]
  private var isClosed = false

  init(service: WorkService, calls: RunCalls, graphs: GraphLibrary, sender: CallbackSender) {
    self.service = service
    self.sender = sender
    closer = BatchCloser(service: service)
    slots = TurnSlots(OrchestrationDriver.runsAtOnce)
    pilot = RunPilot(service: service, calls: calls, graphs: graphs, slots: slots)
  }

  func changed(_ id: String) async {
    guard !isClosed, let subject = try? await service.subject(id), subject.dialect == .orchestration else { return }
    switch subject {
    case .item(let item): take(item)
    case .group(let group): await take(group)
    }
  }

  func close() {
    isClosed = true
    for task in tasks.values { task.cancel() }
    for run in runs.values { run.finish() }
    (runs, tasks) = ([:], [:])
  }

  private func take(_ item: WorkItem) {
    guard !item.status.isWorked else { return }
    if let run = runs[item.id] {
      if item.status == .cancelling { run.yield(.cancel) }
      return
    }
    let (signals, teller) = AsyncStream<RunPilot.Signal>.makeStream()
    runs[item.id] = teller
    let (id, group) = (item.id, item.group)
    tasks[id] = Task { @concurrent [pilot, slots, closer] in
      await slots.enter()
      // A run that was cancelled while it waited has nothing left to do; one whose store fails is tried again.
      var milliseconds = 50
      while !Task.isCancelled {
        do throws(WorkError) {
          try await pilot.drive(id, signals, teller)
          break
        } catch {
          await slots.leave()
          try? await Task.sleep(for: .milliseconds(milliseconds))
          milliseconds = min(milliseconds * 2, 5000)
          await slots.enter()
        }
      }
      await slots.leave()
      if let group { await closer.close(group) }
      await self.ended(id)
    }
  }

  private func ended(_ id: String) {
    runs[id]?.finish()
    runs[id] = nil
    tasks[id] = nil
  }

  /// Begins a batch, takes its runs back, or has its end told.
  private func take(_ group: WorkGroup) async {
    switch group.status {
    case .created:
      if group.progress.total == 0 { return await closer.close(group.id) }
      let token = service.token(of: group.id)
      _ = try? await service.update(group: group.id) { group in
        guard group.status == .created else { return [] }
        return [.init(.created, detail: OrchestrationDriver.phase("syncing", token)), .init(.running)]
      }
    case .cancelling:
      guard let items = try? await service.items(of: group.id) else { return }
      try? await service.update(items: items.map(\.id)) { item in
        switch item.status {
        case .pending, .batched: [.init(.cancelled)]
        case .processing: [.init(.cancelling)]
        default: []
        }
      }
      await closer.close(group.id)
    case .running, .paused: await closer.close(group.id)
    case .completed, .failed, .cancelled, .skipped:
      guard group.callback == .owed, !sender.knows(group.id, round: group.callbackRound),
        let delivery = closer.webhook(of: group)?.delivery(of: group)
      else { return }
      sender.add([delivery])
    }
  }

  static func phase(_ name: String, _ token: String?) -> String {
    let members = [JSONMember("phase", .string(name))] + (token.map { [JSONMember("token", .string($0))] } ?? [])
    return JSONValue.object(members).encoded
  }
}
