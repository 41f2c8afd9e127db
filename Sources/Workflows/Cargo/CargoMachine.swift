package import PipelineModel

/// Decides when waiting cargo becomes a batch and when batches are called. Pure: it names what is to be done, and
/// is told what came of it.
package struct CargoMachine: Sendable {
  package enum Action: Sendable, Equatable {
    /// Make a group of these; `formed` or `notFormed` follows.
    case form(model: String, ids: [String])
    /// Call the provider; `called` follows.
    case call(group: String, tries: Int)
  }

  private struct Line {
    /// In the order they came, with those that left meanwhile.
    var ids: [String] = []
    var from = 0
    var live = 0
    /// No batch before it: the store did not take the last one.
    var pausedUntil = MonotonicTime(nanoseconds: 0)
    var ready: [String] = []
    var calls = 0
  }

  private struct Batch {
    let model: String
    var tries: Int
  }

  /// Batches being made at once, all models together.
  private static let formingMax = 8

  private let settings: CargoSettings
  /// By id of waiting cargo: its model and when it is old enough.
  private var waiting: [String: (model: String, due: MonotonicTime)] = [:]
  private var lines: [String: Line] = [:]
  private var batches: [String: Batch] = [:]
  private var retries = DueQueue()
  private var forming = 0

  package init(settings: CargoSettings) { self.settings = settings }

  /// Nothing is waiting, being made or called.
  package var isIdle: Bool { waiting.isEmpty && batches.isEmpty && forming == 0 }

  // MARK: Facts

  /// Cargo that waits; `due` when it is old enough. Once is enough for each.
  package mutating func add(_ id: String, model: String, due: MonotonicTime) {
    guard waiting[id] == nil else { return }
    waiting[id] = (model, due)
    lines[model, default: Line()].ids.append(id)
    lines[model]?.live += 1
  }

  /// It was cancelled.
  package mutating func remove(_ id: String) {
    guard let entry = waiting.removeValue(forKey: id) else { return }
    lines[entry.model]?.live -= 1
  }

  /// A batch that is durable; `tries` calls of it have failed, the next is due at `due`.
  package mutating func add(batch: String, model: String, tries: Int = 0, due: MonotonicTime? = nil) {
    guard batches[batch] == nil else { return }
    batches[batch] = Batch(model: model, tries: tries)
    if let due { retries.insert(batch, at: due) } else { lines[model, default: Line()].ready.append(batch) }
  }

  package mutating func formed(_ batch: String?, model: String) {
    forming -= 1
    if let batch { add(batch: batch, model: model) }
  }

  /// The store did not take it: the cargo waits on, first in its line.
  package mutating func notFormed(_ ids: [String], model: String, until: MonotonicTime) {
    forming -= 1
    var line = lines[model] ?? Line()
    line.ids = ids + line.ids[line.from...]
    line.from = 0
    line.live += ids.count
    line.pausedUntil = until
    for id in ids { waiting[id] = (model, until) }
    lines[model] = line
  }

  /// `retry`: when the next call is due; nil when the batch is through.
  package mutating func called(_ batch: String, retry: MonotonicTime?) {
    guard var entry = batches[batch] else { return }
    lines[entry.model]?.calls -= 1
    guard let retry else {
      batches[batch] = nil
      return
    }
    entry.tries += 1
    batches[batch] = entry
    retries.insert(batch, at: retry)
  }

  // MARK: Decisions

  package mutating func actions(now: MonotonicTime) -> [Action] {
    while let batch = retries.pop(now: now) {
      if let entry = batches[batch] { lines[entry.model, default: Line()].ready.append(batch) }
    }
    var actions: [Action] = []
    for model in lines.keys.sorted() {
      while forming < CargoMachine.formingMax, let ids = take(model, now: now) {
        forming += 1
        actions.append(.form(model: model, ids: ids))
      }
      while let line = lines[model], line.calls < settings.callsMax, let batch = line.ready.first {
        lines[model]?.ready.removeFirst()
        lines[model]?.calls += 1
        actions.append(.call(group: batch, tries: batches[batch]?.tries ?? 0))
      }
      if let line = lines[model], line.live == 0, line.ready.isEmpty, line.calls == 0 { lines[model] = nil }
    }
    return actions
  }

  /// When `actions` may have more, unless something happens before.
  package var nextDue: MonotonicTime? {
    let oldest = forming < CargoMachine.formingMax ? lines.values.compactMap(firstDue).min() : nil
    return [oldest, retries.next].compactMap { $0 }.min()
  }

  private func firstDue(_ line: Line) -> MonotonicTime? {
    line.ids[line.from...].lazy.compactMap { waiting[$0]?.due }.first.map { max($0, line.pausedUntil) }
  }

  /// The next batch of a model's line, when enough wait or the first is old enough.
  private mutating func take(_ model: String, now: MonotonicTime) -> [String]? {
    guard var line = lines[model], line.live > 0, !(now < line.pausedUntil) else { return nil }
    while line.from < line.ids.count, waiting[line.ids[line.from]] == nil { line.from += 1 }
    lines[model] = line
    guard let due = firstDue(line) else { return nil }
    guard line.live >= settings.batchItemsMax || due.nanoseconds <= now.nanoseconds else { return nil }
    var ids: [String] = []
    while line.from < line.ids.count, ids.count < settings.batchItemsMax {
      let id = line.ids[line.from]
      line.from += 1
      if waiting.removeValue(forKey: id) != nil { ids.append(id) }
    }
    line.live -= ids.count
    if line.from > 4096, line.from * 2 > line.ids.count {
      line.ids.removeFirst(line.from)
      line.from = 0
    }
    lines[model] = line
    return ids
  }
}
