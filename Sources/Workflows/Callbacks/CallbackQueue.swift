import PipelineModel

/// Which callback is sent next: each when it is due, so many at once, and of one receiver so many that it cannot
/// hold up the others. Pure.
struct CallbackQueue {
  private struct Host {
    var ready: [String] = []
    var from = 0
    var sends = 0
    var isSlow = false

    var hasReady: Bool { from < ready.count }

    mutating func pop() -> String? {
      guard hasReady else { return nil }
      defer {
        from += 1
        if from > 256, from * 2 > ready.count {
          ready.removeFirst(from)
          from = 0
        }
      }
      return ready[from]
    }
  }

  /// Attempts that were made and are not durable yet; at the bound nothing more is sent.
  private static let unreportedMax = 4096
  /// Beyond it slow receivers that are sent nothing are forgotten.
  private static let hostsMax = 10_000

  private let schedule: CallbackSchedule
  private var entries: [String: CallbackDelivery] = [:]
  private var due = DueQueue()
  private var hosts: [String: Host] = [:]
  /// Hosts that have ready ones, the next in turn first.
  private var turns: [String] = []
  private var sends = 0
  private var unreported = 0

  init(_ schedule: CallbackSchedule) { self.schedule = schedule }

  var count: Int { entries.count }

  /// False when this round of it is here already.
  mutating func add(_ delivery: CallbackDelivery, due moment: MonotonicTime) -> Bool {
    if let known = entries[delivery.id], known.round >= delivery.round { return false }
    entries[delivery.id] = delivery
    due.insert(delivery.id, at: moment)
    return true
  }

  func knows(_ id: String, round: Int) -> Bool { entries[id].map { $0.round >= round } ?? false }

  /// The next to send; `ended` follows for each.
  mutating func next(now: MonotonicTime) -> CallbackDelivery? {
    while let id = due.pop(now: now) {
      guard let entry = entries[id] else { continue }
      let name = CallbackQueue.host(of: entry.url)
      if hosts[name]?.hasReady != true { turns.append(name) }
      hosts[name, default: Host()].ready.append(id)
    }
    guard sends < schedule.sendsMax, unreported < CallbackQueue.unreportedMax else { return nil }
    var index = 0
    while index < turns.count {
      let name = turns[index]
      guard let entry = pop(name) else {
        if hosts[name]?.hasReady == true { index += 1 } else { turns.remove(at: index) }
        continue
      }
      turns.remove(at: index)
      if hosts[name]?.hasReady == true { turns.append(name) }
      hosts[name]?.sends += 1
      sends += 1
      return entry
    }
    return nil
  }

  /// Nil when the host is busy or has none.
  private mutating func pop(_ name: String) -> CallbackDelivery? {
    while let host = hosts[name], host.hasReady {
      guard host.sends < (host.isSlow ? schedule.sendsPerSlowHostMax : schedule.sendsPerHostMax) else { return nil }
      if let id = hosts[name]?.pop(), let entry = entries[id] { return entry }
    }
    return nil
  }

  /// An attempt was made, or given up before it was made (`outcome` is nil).
  mutating func ended(_ delivery: CallbackDelivery, _ outcome: CallbackOutcome?) {
    let name = CallbackQueue.host(of: delivery.url)
    sends -= 1
    hosts[name]?.sends -= 1
    switch outcome {
    case .failed: hosts[name]?.isSlow = true
    case .answered: hosts[name]?.isSlow = false
    case .refused, nil: break
    }
    if let host = hosts[name], host.sends == 0, !host.hasReady, !host.isSlow { hosts[name] = nil }
    if outcome == nil { forget(delivery.id, round: delivery.round) } else { unreported += 1 }
  }

  /// What an attempt led to is durable.
  mutating func reported(_ report: CallbackReport, due moment: MonotonicTime) {
    unreported -= 1
    guard var entry = entries[report.id], entry.round == report.round else { return }
    guard case .retry = report.decision, let nextAt = report.nextAt else {
      return forget(report.id, round: report.round)
    }
    entry.attempts = report.attempt
    entry.notBefore = nextAt
    entries[report.id] = entry
    due.insert(report.id, at: moment)
  }

  private mutating func forget(_ id: String, round: Int) {
    if entries[id]?.round == round { entries[id] = nil }
    if hosts.count > CallbackQueue.hostsMax {
      hosts = hosts.filter { $0.value.sends > 0 || $0.value.hasReady }
    }
  }

  var nextDue: MonotonicTime? { due.next }

  /// Something is ready, or will be.
  var hasNext: Bool { !turns.isEmpty || due.next != nil }

  /// Name and port of a URL, in lower case.
  static func host(of url: String) -> String {
    guard let range = url.firstRange(of: "://") else { return url }
    return url[range.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
  }
}
