import PipelineModel

/// What is known of the work in memory: everything that is not closed, and closed subjects while there is room. Pure.
///
/// Of each subject it knows what is durable (`shown`) and what is decided but not yet written (`queued`): readers
/// see the former, decisions build on both.
struct WorkBoard {
  struct Entry<Subject> {
    var shown: Subject
    var queued: [WorkRecord] = []
  }

  private(set) var items: [String: Entry<WorkItem>] = [:]
  private(set) var groups: [String: Entry<WorkGroup>] = [:]
  /// Items of each known group, by position.
  private(set) var members: [String: [String]] = [:]
  private(set) var bytes = 0
  /// In the order in which subjects closed; some may be open again, or have changed since.
  private var closings: [Closing] = []
  private var closingsFrom = 0
  /// By subject the number of its newest closing.
  private var newestClosings: [String: UInt64] = [:]
  private var lastClosing: UInt64 = 0

  /// A group with something of it, or a single item, was closed.
  struct Closing {
    let id: String
    let number: UInt64
    /// The append that did so; nil when that was read from the store.
    let token: String?
  }

  // MARK: Reading

  func knows(_ id: String) -> Bool { items[id] != nil || groups[id] != nil }

  /// Of a group, as shown, in the order they came.
  func items(of group: String) -> [WorkItem] { (members[group] ?? []).compactMap { items[$0]?.shown } }

  /// With what is decided but not yet durable.
  func decided(_ entry: Entry<WorkItem>) -> WorkItem {
    var item = entry.shown
    for record in entry.queued { _ = item.apply(record) }
    return item
  }

  func decided(_ entry: Entry<WorkGroup>) -> WorkGroup {
    var group = entry.shown
    for record in entry.queued { _ = group.apply(record) }
    return group
  }

  /// Whether something is decided about it that is not yet durable.
  func isUnderway(_ id: String) -> Bool {
    items[id]?.queued.isEmpty == false || groups[id]?.queued.isEmpty == false
  }

  // MARK: Durable records

  /// Takes records that are durable: new subjects, and the queued events of known ones. What fits nowhere is
  /// passed over: an event of a subject that is not here, or one that was taken before. `token`: of their append;
  /// nil when they were read from the store.
  mutating func take(_ records: [WorkRecord], appendedWith token: String? = nil) {
    for record in records {
      switch record.kind {
      case .group: add(group: record)
      case .item: add(item: record)
      case .definition: continue
      case .event:
        if items[record.subject] != nil { apply(itemEvent: record, token) } else { apply(groupEvent: record, token) }
      }
    }
  }

  private mutating func add(group record: WorkRecord) {
    guard !knows(record.subject), var group = WorkGroup(record) else { return }
    for id in members[group.id] ?? [] {
      if let item = items[id]?.shown { group.progress.add(item.share) }
    }
    bytes += group.bytes
    groups[group.id] = Entry(shown: group)
  }

  private mutating func add(item record: WorkRecord) {
    guard !knows(record.subject), let item = WorkItem(record) else { return }
    bytes += item.bytes
    items[item.id] = Entry(shown: item)
    if let group = item.group { join(item, group) }
  }

  private mutating func join(_ item: WorkItem, _ group: String) {
    members[group, default: []].append(item.id)
    groups[group]?.shown.progress.add(item.share)
  }

  private mutating func apply(itemEvent record: WorkRecord, _ token: String?) {
    // In place: a copy of the entry would copy its events too.
    guard let index = items.index(forKey: record.subject) else { return }
    let isQueued = items.values[index].queued.first == record
    let (formerGroup, formerShare) = (items.values[index].shown.group, items.values[index].shown.share)
    let formerBytes = items.values[index].shown.bytes
    guard items.values[index].shown.apply(record) else { return }
    if isQueued { items.values[index].queued.removeFirst() }
    let item = items.values[index].shown
    bytes += item.bytes - formerBytes
    if let formerGroup { groups[formerGroup]?.shown.progress.add(formerShare, -1) }
    if let group = item.group {
      if group == formerGroup {
        groups[group]?.shown.progress.add(item.share)
      } else {
        if let formerGroup { members[formerGroup]?.removeAll { $0 == item.id } }
        join(item, group)
      }
    }
    noteClosed(record.subject, of: item.group, token)
  }

  private mutating func apply(groupEvent record: WorkRecord, _ token: String?) {
    guard let index = groups.index(forKey: record.subject) else { return }
    let isQueued = groups.values[index].queued.first == record
    guard groups.values[index].shown.apply(record) else { return }
    if isQueued { groups.values[index].queued.removeFirst() }
    bytes += record.body.utf8.count + 64
    noteClosed(record.subject, of: nil, token)
  }

  // MARK: Decisions

  mutating func queue(_ record: WorkRecord) {
    if items[record.subject] != nil {
      items[record.subject]?.queued.append(record)
    } else {
      groups[record.subject]?.queued.append(record)
    }
  }

  // MARK: Forgetting

  /// Nothing more will happen to it by itself.
  private func isClosed(_ item: Entry<WorkItem>) -> Bool {
    item.queued.isEmpty && item.shown.isClosed
  }

  private mutating func noteClosed(_ id: String, of group: String?, _ token: String?) {
    if let item = items[id], !isClosed(item) { return }
    if let group = groups[id], !group.shown.isClosed { return }
    lastClosing += 1
    closings.append(Closing(id: group ?? id, number: lastClosing, token: token))
    newestClosings[group ?? id] = lastClosing
    releaseClosings()
  }

  /// Those that are over: of what closed again since, or is gone.
  private mutating func releaseClosings() {
    while closingsFrom < closings.count, !isNewest(closings[closingsFrom]) { closingsFrom += 1 }
    guard closings.count > 4096, closings.count > newestClosings.count * 2 else { return }
    closings = closings[closingsFrom...].filter(isNewest)
    closingsFrom = 0
  }

  private func isNewest(_ closing: Closing) -> Bool { newestClosings[closing.id] == closing.number }

  /// The oldest closing while more than so many bytes are held; nil when nothing is to be forgotten, or can be.
  func closing(beyond bytesMax: Int) -> Closing? {
    bytes > bytesMax && closingsFrom < closings.count ? closings[closingsFrom] : nil
  }

  /// The append of this closing can be read: what nothing closed later is forgotten, a group with its items. Where it
  /// cannot be read ever, the subject stays.
  mutating func settle(_ closing: Closing, isReadable: Bool) {
    guard isNewest(closing) else { return }
    newestClosings[closing.id] = nil
    releaseClosings()
    if isReadable { forget(closing.id) }
  }

  /// Of a subject and its items the sequences of the newest records that are shown.
  func newestSequences(of id: String) -> [String: Int64] {
    var newest: [String: Int64] = [:]
    for id in (members[id] ?? []) + [id] {
      if let item = items[id]?.shown { newest[id] = Int64(item.events.count) }
      if let group = groups[id]?.shown { newest[id] = Int64(group.events.count) }
    }
    return newest
  }

  private mutating func forget(_ id: String) {
    if let group = groups[id] {
      let ids = members[id] ?? []
      let isWhole = ids.allSatisfy { id in items[id].map(isClosed) ?? true }
      guard group.queued.isEmpty, group.shown.isClosed, isWhole else { return }
      groups[id] = nil
      members[id] = nil
      bytes -= group.shown.bytes
      for id in ids { remove(item: id) }
    } else if let item = items[id], item.shown.group == nil, isClosed(item) {
      remove(item: id)
    }
  }

  /// Forgets a group with its items, or an item. False, and nothing happens, when one of them is not closed or has
  /// changed since `time`.
  mutating func drop(_ id: String, before time: WallTime) -> Bool {
    let ids = (members[id] ?? []) + (items[id] == nil ? [] : [id])
    let isOld = ids.allSatisfy { id in items[id].map { isClosed($0) && $0.shown.updatedAt < time } ?? true }
    if let group = groups[id] {
      let changedAt = group.shown.events.last?.at ?? group.shown.createdAt
      guard group.queued.isEmpty, group.shown.isClosed, changedAt < time else { return false }
    }
    guard isOld else { return false }
    if let group = groups.removeValue(forKey: id) { bytes -= group.shown.bytes }
    members[id] = nil
    for id in ids { remove(item: id) }
    newestClosings[id] = nil
    releaseClosings()
    return true
  }

  private mutating func remove(item id: String) {
    guard let item = items.removeValue(forKey: id) else { return }
    bytes -= item.shown.bytes
  }
}

extension WorkItem {
  /// Nothing more will happen to it by itself: ended, with no callback to make.
  package var isClosed: Bool {
    switch status {
    case .callbackDelivered, .callbackFailed, .failed, .cancelled, .skipped: true
    // A callback follows when one was asked for.
    case .completed: !expectsCallback
    default: false
    }
  }

  /// Whether the dialect owes it a callback once it is completed.
  package var expectsCallback: Bool { dialect == .cargo }
}
