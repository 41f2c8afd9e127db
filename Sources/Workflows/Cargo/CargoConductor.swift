import PipelineModel
import Platform
import Synchronization
import WireTypes

/// Drives cargo: makes batches of what waits, calls the provider of their model, and has the callbacks sent.
/// Everything that it decides is an event before anything is done about it, so another conductor can go on at any
/// point. Thread-safe.
///
/// One loop decides, at a pace of its own: a turn for every record would cost more than it decides. A bounded number of
/// tasks makes batches and calls.
package final class CargoConductor: Conductor {
  /// Turns of a loop that always finds something to do begin so far apart.
  private static let pace = Duration.milliseconds(5)

  private struct State {
    var machine: CargoMachine
    /// Changed, and not looked at yet.
    var changed: [String] = []
    var isClosed = false
    var task: Task<Void, Never>?
  }

  private let service: WorkService
  private let environment: CargoEnvironment
  private let sender: CallbackSender
  private let state: Mutex<State>
  private let signal = WakeSignal()

  package init(service: WorkService, environment: CargoEnvironment) {
    self.service = service
    self.environment = environment
    sender = CallbackSender(
      transport: environment.transport, sign: environment.sign, schedule: environment.settings.callbacks,
      clock: service.clock)
    state = Mutex(State(machine: CargoMachine(settings: environment.settings)))
  }

  package func start(open: [String]) {
    sender.start(CargoCallbacks(service: service))
    state.withLock { state in
      guard !state.isClosed, state.task == nil else { return }
      state.task = Task { [self] in
        guard await recover() else { return }
        await withDiscardingTaskGroup { group in
          while let actions = self.next() {
            for action in actions { group.addTask { await self.perform(action) } }
            await self.signal.wait(self.pause(), atMostEvery: CargoConductor.pace)
          }
        }
      }
    }
  }

  package func changed(_ ids: [String]) {
    state.withLock { $0.changed += ids }
    signal.wake()
  }

  package func close() {
    let task = state.withLock { state in
      state.isClosed = true
      return state.task
    }
    task?.cancel()
    signal.close()
    sender.close()
  }

  // MARK: Deciding

  private func next() -> [CargoMachine.Action]? {
    let ids = state.withLock { state in
      defer { state.changed = [] }
      return state.changed
    }
    if !ids.isEmpty { consider(service.held(Set(ids).count == ids.count ? ids : WorkOrder.firsts(ids))) }
    let now = service.clock.monotonic()
    return state.withLock { $0.isClosed ? nil : $0.machine.actions(now: now) }
  }

  private func pause() -> Duration? {
    let now = service.clock.monotonic()
    return state.withLock { state in
      if !state.changed.isEmpty { return .zero }
      return state.machine.nextDue.map { .nanoseconds($0.since(now)) }
    }
  }

  /// Takes what waits into the machine, and what is owed a callback to the sender.
  private func consider(_ items: [WorkItem]) {
    var callbacks: [CallbackDelivery] = []
    let (now, wall) = (service.clock.monotonic(), service.clock.wall())
    for item in items where item.dialect == .cargo {
      switch item.status {
      case .pending:
        guard let input = CargoInput.envelope(item) else { continue }
        let age = max(0, wall.seconds(since: item.createdAt))
        let due = now.after(seconds: environment.settings.batchAgeSeconds - age)
        state.withLock { $0.machine.add(item.id, model: input.model, due: due) }
      case .cancelled: state.withLock { $0.machine.remove(item.id) }
      case .callbackPending:
        guard !sender.knows(item.id, round: item.callbackRound), let input = CargoInput.envelope(item),
          let callback = item.callback(to: input.callbackURL)
        else { continue }
        callbacks.append(callback)
      default: continue
      }
    }
    if !callbacks.isEmpty { sender.add(callbacks) }
  }

  private func perform(_ action: CargoMachine.Action) async {
    switch action {
    case .form(let model, let ids): await form(model, ids)
    case .call(let group, let tries): await call(group, tries)
    }
    signal.wake()
  }

  // MARK: After a start

  /// Goes on with what is open. False when the service was closed.
  private func recover() async -> Bool {
    let items = service.openItems(.cargo).sorted {
      ($0.createdAt.microseconds, $0.id) < ($1.createdAt.microseconds, $1.id)
    }
    let groups = service.openGroups(.cargo).sorted { $0.id < $1.id }
    let known = Set(groups.map(\.id))
    let stray = items.filter { item in
      (item.status == .batched || item.status == .processing) && !known.contains(item.group ?? "")
    }
    let unowed = items.filter { $0.status == .completed }
    do {
      // What no batch answers for waits again.
      try await service.update(items: stray.map(\.id)) { item in
        item.status == .batched || item.status == .processing ? [.init(.pending)] : []
      }
      try await service.update(items: unowed.map(\.id)) { $0.status == .completed ? [.init(.callbackPending)] : [] }
    } catch { return false }
    let (now, wall) = (service.clock.monotonic(), service.clock.wall())
    state.withLock { state in
      for group in groups {
        let (tries, nextAt) = CargoBatch.tries(group)
        state.machine.add(
          batch: group.id, model: CargoBatch.model(group), tries: tries,
          due: nextAt.map { now.after(seconds: $0.seconds(since: wall)) })
      }
    }
    consider(items)
    return true
  }

  // MARK: Batches

  private func form(_ model: String, _ ids: [String]) async {
    let waiting = service.held(ids).filter { $0.status == .pending }.map(\.id)
    guard !waiting.isEmpty else { return state.withLock { $0.machine.formed(nil, model: model) } }
    let group = WorkNames.random(.uuid, environment.random)
    let provider = environment.providers.entry(model: model)?.configuration.name
    let record = WorkRecord.group(
      group, .cargo, configuration: CargoBatch.configuration(model: model, provider: provider),
      at: service.clock.wall())
    guard await isMade(record) else {
      let until = service.clock.monotonic().after(seconds: CargoConductor.storePauseSeconds)
      return state.withLock { $0.machine.notFormed(waiting, model: model, until: until) }
    }
    let tokens = Dictionary(waiting.map { ($0, service.token(of: $0)) }) { first, _ in first }
    do throws(WorkError) {
      try await service.update(items: waiting) { item in
        guard item.status == .pending else { return [] }
        return [.init(.batched, detail: CargoBatch.assigned(token: tokens[item.id] ?? nil), group: group)]
      }
      state.withLock { $0.machine.formed(group, model: model) }
    } catch { close() }
  }

  /// One in doubt is waited for: written later, it would be a batch without members that nobody ends.
  private func isMade(_ group: WorkRecord) async -> Bool {
    do throws(WorkError) {
      try await service.create([group])
      return true
    } catch {
      guard error.code == .inDoubt else { return false }
    }
    await service.sure()
    return (try? await service.group(group.subject)) != nil
  }

  private static let storePauseSeconds = 0.5

  private func call(_ id: String, _ tries: Int) async {
    do throws(WorkError) {
      let members = try await service.items(of: id)
        .filter { $0.status == .batched || $0.status == .processing }
        .sorted { ($0.createdAt.microseconds, $0.id) < ($1.createdAt.microseconds, $1.id) }
      guard let group = try await service.group(id) else { return ended(id) }
      guard !members.isEmpty else {
        try await settle(id)
        return ended(id)
      }
      if group.status == .created {
        let detail = CargoBatch.running(token: service.token(of: id))
        try await service.update(group: id) { $0.status == .created ? [.init(.running, detail: detail)] : [] }
      }
      try await service.update(items: members.map(\.id)) { $0.status == .batched ? [.init(.processing)] : [] }
      let answer = await answer(id, CargoBatch.model(group), members)
      // What the close broke off is called again in the next life.
      if Task.isCancelled { return }
      try await take(answer, id, members, tries: tries + 1)
    } catch { close() }
  }

  private func answer(_ group: String, _ model: String, _ members: [WorkItem]) async -> CallOutAnswer {
    guard let entry = environment.providers.entry(model: model) else {
      return .failed(
        message: "there is no provider of the model '\(model)'", code: "model_not_available", isRetryable: false,
        retryAfterSeconds: nil)
    }
    var request = CallOutRequest(
      key: group,
      items: members.map { item in
        CallOutRequest.Item(id: item.id, input: CargoInput(item)?.params.encoded ?? "null")
      })
    request.timeoutSeconds = entry.configuration.timeoutSeconds
    return await entry.provider.call(request)
  }

  private func take(
    _ answer: CallOutAnswer, _ id: String, _ members: [WorkItem], tries: Int
  ) async throws(WorkError) {
    switch answer {
    case .answered(let results):
      // The event that owes the callback is written with the answer: it is the row of the outbox.
      try await service.update(items: members.map(\.id)) { item in
        guard item.status == .processing else { return [] }
        return [.init(.completed, detail: CargoBatch.outcome(results[item.id])), .init(.callbackPending)]
      }
      try await settle(id)
      ended(id)
    case .failed(let message, let code, let isRetryable, let retryAfter):
      let error = CargoBatch.error(message: message, code: code)
      let delay = environment.settings.retryDelay(
        after: tries, isRetryable: isRetryable, retryAfterSeconds: retryAfter)
      guard let delay else {
        try await service.update(items: members.map(\.id)) { item in
          item.status == .processing ? [.init(.failed, detail: error)] : []
        }
        try await service.update(group: id) { $0.status.isEnded ? [] : [.init(.failed, detail: error)] }
        return ended(id)
      }
      let nextAt = service.clock.wall().after(seconds: delay)
      try await service.update(group: id) { group in
        group.status.isEnded
          ? [] : [.init(.running, detail: CargoBatch.failedTry(tries, message: message, code: code, nextAt: nextAt))]
      }
      let due = service.clock.monotonic().after(seconds: delay)
      state.withLock { $0.machine.called(id, retry: due) }
    }
  }

  private func ended(_ batch: String) { state.withLock { $0.machine.called(batch, retry: nil) } }

  /// Ends a batch none of whose cargo is waited for any more.
  private func settle(_ id: String) async throws(WorkError) {
    try await service.update(group: id) { group in
      guard !group.status.isEnded else { return [] }
      let progress = group.progress
      if progress.total == 0 { return group.status == .created ? [.init(.skipped)] : [.init(.cancelled)] }
      if progress.cancelled == progress.total { return [.init(.cancelled)] }
      return (group.status == .created ? [.init(.running)] : []) + [
        .init(.completed, detail: #"{"completed":\#(progress.completed),"failed":\#(progress.failed)}"#)
      ]
    }
  }
}

/// What callbacks of cargo say, and where their attempts are kept.
private struct CargoCallbacks: CallbackSource {
  let service: WorkService

  func message(of delivery: CallbackDelivery) async -> CallbackMessage? {
    guard let item = try? await service.item(delivery.id), item.status == .callbackPending,
      item.callbackRound == delivery.round
    else { return nil }
    return CallbackMessage(
      body: CargoResult(item).callbackBody.encodedBytes, headers: [("x-convoy-cargo-id", item.id)])
  }

  func record(_ reports: [CallbackReport]) async -> Bool {
    let byID = Dictionary(reports.map { ($0.id, [$0]) }) { $0 + $1 }
    do throws(WorkError) {
      try await service.update(items: WorkOrder.firsts(reports.map(\.id))) { item in
        (byID[item.id] ?? []).flatMap { CallbackEvents.changes(item, $0) }
      }
      return true
    } catch { return false }
  }
}

enum WorkOrder {
  /// Each id once, where it came first.
  static func firsts(_ ids: [String]) -> [String] {
    var seen: Set<String> = []
    return ids.filter { seen.insert($0).inserted }
  }
}
