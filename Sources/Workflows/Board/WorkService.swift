package import PipelineModel
package import Platform
import Synchronization

/// The work of one project: makes subjects, changes them and tells who asks. Every change is durable in the log
/// before it is shown, and the order of a subject's events is the order of their decisions. Thread-safe.
package final class WorkService: Sendable {
  /// What an update makes of a subject.
  package struct Change: Sendable {
    package let status: String
    package var detail: String
    package var group: String?
    package init(_ status: WorkStatus, detail: String = "", group: String? = nil) {
      self.status = status.rawValue
      self.detail = detail
      self.group = group
    }
    package init(_ status: GroupStatus, detail: String = "") {
      self.status = status.rawValue
      self.detail = detail
    }
    package init(callback: GroupCallback, detail: String = "") {
      status = callback.rawValue
      self.detail = detail
    }
  }

  /// Ids of subjects that were made or have changed, in the order in which that became durable; called outside of
  /// locks, must not block.
  package typealias Observer = @Sendable ([String]) -> Void

  struct State {
    var board = WorkBoard()
    /// Being made.
    var reserved: Set<String> = []
    /// Being removed; unknown already.
    var leaving: Set<String> = []
    /// How often something was.
    var removals = 0
    var observers: [Observer] = []
    /// Of creations in this life.
    var tokens: [String: String] = [:]
    /// Of definitions that are durable and may not be readable yet.
    var unsettled: String?
    var isForgetting = false
  }

  package let clock: any PipelineClock
  /// How long what has ended is kept.
  package let retentionSeconds: Double
  let store: any WorkStore
  private let bytesMax: Int
  let state = Mutex(State())
  let creations: WorkLane
  private let events: WorkLane

  /// `bytesMax`: closed subjects are forgotten when more is held in memory; they are read from the store then.
  /// `doubtSeconds`: who makes work is told after so long that its append is in doubt.
  package init(
    store: any WorkStore, clock: any PipelineClock, bytesMax: Int = Limits.workBytesMax,
    retentionSeconds: Double = WorkRetention.secondsDefault, doubtSeconds: Double = 30
  ) {
    self.store = store
    self.clock = clock
    self.bytesMax = bytesMax
    self.retentionSeconds = retentionSeconds
    creations = WorkLane(store: store, givesUp: true, doubtSeconds: doubtSeconds)
    events = WorkLane(store: store, givesUp: false, doubtSeconds: doubtSeconds)
  }

  /// Reads what is open. Once, before anything else; the ids of all open subjects.
  package func open() async throws(WorkError) -> [String] {
    let records = try await store.openRecords()
    return state.withLock { state in
      state.board.take(records)
      return Array(state.board.groups.keys) + Array(state.board.items.keys)
    }
  }

  package func observe(_ observer: @escaping Observer) { state.withLock { $0.observers.append(observer) } }

  /// Ends the writes; what waits for them fails. Idempotent.
  package func close() {
    creations.close()
    events.close()
  }

  /// Returns when nothing is being written any more. After `close`.
  package func settled() async {
    await creations.settled()
    await events.settled()
  }

  // MARK: Making

  /// Makes subjects, and the definitions that go with them, all or none; durable and shown on return. The token of
  /// their records. Errors: `conflict` when one of the ids is known, and those of the store; after `inDoubt` they are
  /// shown when the log is known to have them, and their ids are not free meanwhile.
  @discardableResult
  package func create(
    _ records: [WorkRecord], with definitions: [WorkRecord] = []
  ) async throws(WorkError) -> String {
    let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<String, WorkError>, Never>) in
      create(records, with: definitions) { waiter.resume(returning: $0) }
    }
    return try result.get()
  }

  /// The same without a wait: `done` is called once, on a thread that it must not hold up, also at once.
  package func create(
    _ records: [WorkRecord], with definitions: [WorkRecord] = [],
    _ done: @escaping @Sendable (Result<String, WorkError>) -> Void
  ) {
    let ids = Set(records.lazy.filter { $0.sequence == 0 }.map(\.subject))
    let isFree = state.withLock { state in
      guard !ids.contains(where: state.isTaken) else { return false }
      state.reserved.formUnion(ids)
      return true
    }
    guard isFree else { return done(.failure(WorkError(.conflict, "there is one of this id"))) }
    let definesWork = !definitions.isEmpty
    creations.write(definitions + records) { [self] token, _ in
      state.withLock { state in
        for id in ids { state.tokens[id] = token }
        if state.tokens.count > WorkService.tokensMax { state.tokens = state.tokens.filter { ids.contains($0.key) } }
        if definesWork { state.unsettled = token }
      }
      taken(records, token)
      state.withLock { $0.reserved.subtract(ids) }
    } _: { [self] result in
      if case .failure(let error) = result, error.code != .inDoubt { state.withLock { $0.reserved.subtract(ids) } }
      done(result)
    }
  }

  /// Returns when no creation that was answered `inDoubt` can be written any more, or the task is cancelled.
  func sure() async {
    while creations.isUnsure, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(200)) }
  }

  /// The token of a subject's creation while it is remembered; the first event of old ones tells it.
  package func token(of id: String) -> String? { state.withLock { $0.tokens[id] } }

  private static let tokensMax = 200_000

  private func taken(_ records: [WorkRecord], _ token: String) {
    let (observers, forgets) = state.withLock { state in
      state.board.take(records, appendedWith: token)
      let forgets = !state.isForgetting && state.board.closing(beyond: bytesMax) != nil
      if forgets { state.isForgetting = true }
      return (state.observers, forgets)
    }
    if forgets { Task { await forget() } }
    var ids: [String] = []
    for record in records where ids.last != record.subject { ids.append(record.subject) }
    for observer in observers { observer(ids) }
  }

  /// Forgets closed subjects, oldest first, until no more is held than may be. Each only when the append that closed it
  /// can be read: whoever asks for it is answered from the store then. A store that is behind is asked again after the
  /// next append; where it cannot judge the append, what it holds of the subject counts.
  private func forget() async {
    while let closing = state.withLock({ state in
      let next = state.board.closing(beyond: bytesMax)
      state.isForgetting = next != nil
      return next
    }) {
      guard let isReadable = await isReadable(closing) else { return state.withLock { $0.isForgetting = false } }
      state.withLock { $0.board.settle(closing, isReadable: isReadable) }
    }
  }

  /// Nil when that is not known yet.
  private func isReadable(_ closing: WorkBoard.Closing) async -> Bool? {
    guard let token = closing.token else { return true }
    do throws(WorkError) {
      try await store.settle(token)
      return true
    } catch {
      guard error.code == .failed else { return nil }
    }
    var newest = state.withLock { $0.board.newestSequences(of: closing.id) }
    guard let records = try? await store.records(ofAll: newest.keys.sorted()) else { return nil }
    for record in records {
      if let sequence = newest[record.subject], record.sequence >= sequence { newest[record.subject] = nil }
    }
    return newest.isEmpty
  }

  // MARK: Changing

  /// What a change came to.
  package struct Updated<Subject: Sendable>: Sendable {
    package let subject: Subject
    /// Whether `decide` asked for a change that the life cycle allows; the subject may have changed without.
    package let isChanged: Bool
  }

  /// Changes an item by what `decide` makes of its latest state, which may be ahead of what is shown; it runs
  /// once, under a lock, and must be quick. Changes that the life cycle does not allow are dropped. Durable and
  /// shown on return: the item then, or nil when it is unknown.
  @discardableResult
  package func update(
    item id: String, _ decide: @Sendable (WorkItem) -> [Change]
  ) async throws(WorkError) -> Updated<WorkItem>? {
    try await recall(id)
    let isChanged = try await write(about: [id]) { $0.queue(item: id, at: $1, decide) }
    return state.withLock { $0.board.items[id]?.shown }.map { Updated(subject: $0, isChanged: isChanged) }
  }

  /// The same for many items at once, written together.
  package func update(items ids: [String], _ decide: @Sendable (WorkItem) -> [Change]) async throws(WorkError) {
    for id in ids { try await recall(id) }
    try await write(about: ids) { state, now in ids.flatMap { state.queue(item: $0, at: now, decide) } }
  }

  @discardableResult
  package func update(
    group id: String, _ decide: @Sendable (WorkGroup) -> [Change]
  ) async throws(WorkError) -> Updated<WorkGroup>? {
    try await recall(id)
    let isChanged = try await write(about: [id]) { $0.queue(group: id, at: $1, decide) }
    return state.withLock { $0.board.groups[id]?.shown }.map { Updated(subject: $0, isChanged: isChanged) }
  }

  /// Also when nothing is left to decide it returns after what others have decided about these subjects is shown:
  /// that is what the decision was made on. Whether it decided anything.
  @discardableResult
  private func write(
    about ids: [String], _ decide: (inout State, WallTime) -> [WorkRecord]
  ) async throws(WorkError) -> Bool {
    var isChanged = false
    let decideNow = { [self] in
      let records = state.withLock { state -> [WorkRecord]? in
        let records = decide(&state, clock.wall())
        return records.isEmpty && !ids.contains(where: state.board.isUnderway) ? nil : records
      }
      isChanged = records?.isEmpty == false
      return records
    }
    _ = try await events.write(deciding: decideNow) { [self] token, records in taken(records, token) }
    return isChanged
  }

  // MARK: Reading

  /// Nil when it is unknown.
  package func item(_ id: String) async throws(WorkError) -> WorkItem? {
    if let shown = state.withLock({ $0.board.items[id]?.shown }) { return shown }
    return WorkItem.all(of: try await stored(id)).first
  }

  /// Those of the items that are in memory, as shown; everything that is not closed is.
  package func held(_ ids: [String]) -> [WorkItem] {
    state.withLock { state in ids.compactMap { state.board.items[$0]?.shown } }
  }

  package func group(_ id: String) async throws(WorkError) -> WorkGroup? {
    if let shown = state.withLock({ $0.board.groups[id]?.shown }) { return shown }
    return try await group(of: try await stored(id))
  }

  /// One that is in memory; everything that is not closed is.
  func held(subject id: String) -> WorkSubject? {
    state.withLock { state in
      if let item = state.board.items[id]?.shown { return .item(item) }
      return (state.board.groups[id]?.shown).map { .group($0) }
    }
  }

  /// An item or a group by its own id. Memory first, then one look into the store. Nil when it is unknown.
  package func subject(_ id: String) async throws(WorkError) -> WorkSubject? {
    if let held = held(subject: id) { return held }
    let records = try await stored(id)
    if let item = WorkItem.all(of: records).first { return .item(item) }
    return try await group(of: records).map { .group($0) }
  }

  /// None of what is being removed.
  private func stored(_ id: String) async throws(WorkError) -> [WorkRecord] {
    if state.withLock({ $0.leaving.contains(id) }) { return [] }
    return try await store.records(of: id)
  }

  private func group(of records: [WorkRecord]) async throws(WorkError) -> WorkGroup? {
    guard var group = WorkGroup(records: records) else { return nil }
    for item in WorkItem.all(of: try await store.records(ofGroup: group.id)) { group.progress.add(item) }
    return group
  }

  /// The items of a group by position.
  package func items(of group: String) async throws(WorkError) -> [WorkItem] {
    let shown: [WorkItem]? = state.withLock { state in
      guard state.board.groups[group] != nil else { return nil }
      return state.board.items(of: group)
    }
    var items = shown ?? []
    if shown == nil {
      items = WorkItem.all(of: try await store.records(ofGroup: group))
      // One may be in memory without its group, and ahead of the store.
      let ahead = Dictionary(held(items.map(\.id)).map { ($0.id, $0) }) { first, _ in first }
      items = items.map { ahead[$0.id] ?? $0 }
    }
    return items.sorted { ($0.position, $0.id) < ($1.position, $1.id) }
  }

  /// A group and its items by position, as they were at one moment. Nil when it is unknown.
  package func whole(_ id: String) async throws(WorkError) -> (group: WorkGroup, items: [WorkItem])? {
    let held: (group: WorkGroup, items: [WorkItem])? = state.withLock { state in
      (state.board.groups[id]?.shown).map { ($0, state.board.items(of: id)) }
    }
    if let held { return (held.group, held.items.sorted { ($0.position, $0.id) < ($1.position, $1.id) }) }
    guard let group = try await group(id) else { return nil }
    return (group, try await items(of: id))
  }

  /// Items by their ids, in that order; those that are unknown are left out. What is not in memory is read together.
  package func items(_ ids: [String]) async throws(WorkError) -> [WorkItem] {
    var found = Dictionary(held(ids).map { ($0.id, $0) }) { first, _ in first }
    let others = ids.filter { found[$0] == nil }
    if !others.isEmpty {
      for item in WorkItem.all(of: try await store.records(ofAll: others)) { found[item.id] = item }
    }
    return ids.compactMap { found[$0] }
  }

  /// Ids of subjects, newest first; from the store, so that the newest changes may be missing for a moment.
  package func list(_ filter: WorkFilter) async throws(WorkError) -> [String] { try await store.subjects(filter) }

  /// The first event of each of these subjects that has one, from the store; also of those that are neither items nor
  /// groups.
  package func firstEvents(of subjects: [String]) async throws(WorkError) -> [WorkRecord] {
    try await store.firstEvents(of: subjects)
  }

  /// What is open of a dialect, as shown.
  package func openItems(_ dialect: WorkDialect) -> [WorkItem] {
    state.withLock { state in
      state.board.items.values.filter { $0.shown.dialect == dialect && !$0.shown.isClosed }.map(\.shown)
    }
  }

  package func openGroups(_ dialect: WorkDialect) -> [WorkGroup] {
    state.withLock { state in
      state.board.groups.values.filter { $0.shown.dialect == dialect && !$0.shown.status.isEnded }.map(\.shown)
    }
  }

  /// Those that are in memory and were made after this time: among them all that lists of the store may not have yet,
  /// also ended ones.
  package func heldGroups(_ dialect: WorkDialect, after time: WallTime?) -> [WorkGroup] {
    state.withLock { state in
      state.board.groups.values.map(\.shown).filter { group in
        guard group.dialect == dialect else { return false }
        if let time { return group.createdAt > time }
        return true
      }
    }
  }

  /// Brings a forgotten subject back into memory, so that it can be changed.
  private func recall(_ id: String) async throws(WorkError) {
    var isDone = false
    while !isDone {
      let removals = state.withLock { $0.board.knows(id) || $0.leaving.contains(id) ? nil : $0.removals }
      guard let removals else { return }
      let records = try await store.records(of: id)
      guard let first = records.first else { return }
      var others: [WorkRecord] = []
      if first.kind == .group { others = try await store.records(ofGroup: id) }
      let all = records + others
      isDone = state.withLock { state in
        // What was read may have been removed meanwhile.
        guard state.removals == removals, !state.leaving.contains(id) else { return false }
        if !state.board.knows(id) { state.board.take(all) }
        return true
      }
    }
  }
}

extension WorkService.State {
  fileprivate func isTaken(_ id: String) -> Bool {
    board.knows(id) || reserved.contains(id) || leaving.contains(id)
  }

  /// The records of a decision, queued and numbered.
  fileprivate mutating func queue(
    item id: String, at now: WallTime, _ decide: @Sendable (WorkItem) -> [WorkService.Change]
  ) -> [WorkRecord] {
    guard let entry = board.items[id] else { return [] }
    var item = board.decided(entry)
    var records: [WorkRecord] = []
    for change in decide(item) {
      let at = max(now, item.updatedAt)
      var record = WorkRecord(
        subject: id, sequence: Int64(item.events.count) + 1, kind: .event, dialect: item.dialect, status: change.status,
        at: at, body: change.detail)
      record.group = change.group
      guard item.apply(record) else { break }
      board.queue(record)
      records.append(record)
    }
    return records
  }

  fileprivate mutating func queue(
    group id: String, at now: WallTime, _ decide: @Sendable (WorkGroup) -> [WorkService.Change]
  ) -> [WorkRecord] {
    guard let entry = board.groups[id] else { return [] }
    var group = board.decided(entry)
    var records: [WorkRecord] = []
    for change in decide(group) {
      let record = WorkRecord(
        subject: id, sequence: Int64(group.events.count) + 1, kind: .event, dialect: group.dialect,
        status: change.status, at: max(now, group.updatedAt), body: change.detail)
      guard group.apply(record) else { break }
      board.queue(record)
      records.append(record)
    }
    return records
  }
}

extension WorkItem {
  /// The items that records tell of; each subject's records in order.
  static func all(of records: [WorkRecord]) -> [WorkItem] {
    var items: [WorkItem] = []
    var places: [String: Int] = [:]
    for record in records {
      if let item = WorkItem(record) {
        places[item.id] = items.count
        items.append(item)
      } else if let place = places[record.subject] {
        _ = items[place].apply(record)
      }
    }
    return items
  }
}

extension WorkGroup {
  init?(records: [WorkRecord]) {
    guard let first = records.first, var group = WorkGroup(first) else { return nil }
    for record in records.dropFirst() { _ = group.apply(record) }
    self = group
  }
}
