import PipelineModel

/// What keys and projects have used in their windows. A window begins with the first use after the one before has
/// ended. Pure; `savedWindows` outlive the process.
struct QuotaLedger: Sendable {
  private struct Window {
    /// Nanoseconds of the monotonic clock; before its beginning when the machine has started since.
    var start: Int64
    var used = QuotaUse()

    func age(_ now: MonotonicTime) -> UInt64 {
      let (age, isOver) = Int64(clamping: now.nanoseconds).subtractingReportingOverflow(start)
      return isOver ? .max : UInt64(clamping: age) / 1_000_000_000
    }
  }

  /// One owner of limits: a key or a project.
  struct Account {
    let owner: QuotaStanding.Owner
    let id: UniqueID
    let limits: QuotaLimits
  }

  private var windows: [UniqueID: Window] = [:]
  private var sweepAt = 4096
  private var savedAt = MonotonicTime(nanoseconds: 0)

  /// Adds the use to all accounts, or to none when one of them has not so much left.
  mutating func take(_ use: QuotaUse, _ accounts: [Account], now: MonotonicTime) throws(QuotaRefusal) {
    for account in accounts {
      for unit in QuotaUnit.allCases {
        guard let limit = account.limits[unit] else { continue }
        let wanted = unit == .records && use.bringsRecords ? max(1, use.records) : use[unit]
        let (sum, overflow) = used(account, now)[unit].addingReportingOverflow(wanted)
        if wanted > 0, overflow || sum > limit { throw QuotaRefusal(standing: standing(account, unit, limit, now)) }
      }
    }
    add(use, accounts, now: now)
  }

  /// For what is known only afterwards: it may go beyond the limit, and then nothing more is taken.
  mutating func add(_ use: QuotaUse, _ accounts: [Account], now: MonotonicTime) {
    for account in accounts { change(account, now) { $0 + use } }
  }

  /// Gives back what was taken for something that was not done.
  mutating func giveBack(_ use: QuotaUse, _ accounts: [Account], now: MonotonicTime) {
    for account in accounts { change(account, now) { $0 - use } }
  }

  /// Every limit of the accounts, in their order.
  func standings(_ accounts: [Account], now: MonotonicTime) -> [QuotaStanding] {
    accounts.flatMap { account in
      QuotaUnit.allCases.compactMap { unit in account.limits[unit].map { standing(account, unit, $0, now) } }
    }
  }

  private func used(_ account: Account, _ now: MonotonicTime) -> QuotaUse {
    guard let window = windows[account.id], !isOver(window, account.limits, now) else { return QuotaUse() }
    return window.used
  }

  private func isOver(_ window: Window, _ limits: QuotaLimits, _ now: MonotonicTime) -> Bool {
    window.age(now) >= limits.windowSeconds
  }

  private mutating func change(_ account: Account, _ now: MonotonicTime, _ change: (QuotaUse) -> QuotaUse) {
    sweep(now)
    var window = windows[account.id] ?? Window(start: Int64(clamping: now.nanoseconds))
    if isOver(window, account.limits, now) { window = Window(start: Int64(clamping: now.nanoseconds)) }
    window.used = change(window.used)
    windows[account.id] = window
  }

  private func standing(
    _ account: Account, _ unit: QuotaUnit, _ limit: UInt64, _ now: MonotonicTime
  ) -> QuotaStanding {
    let used = used(account, now)[unit]
    var passed: UInt64 = 0
    if let window = windows[account.id], !isOver(window, account.limits, now) {
      passed = window.age(now)
    }
    return QuotaStanding(
      owner: account.owner, unit: unit, limit: limit, remaining: limit > used ? limit - used : 0,
      resetSeconds: max(1, account.limits.windowSeconds - passed), windowSeconds: account.limits.windowSeconds)
  }

  /// Forgets windows that are over for the longest there may be, so that memory is bounded by the accounts in use.
  private mutating func sweep(_ now: MonotonicTime) {
    guard windows.count >= sweepAt else { return }
    windows = windows.filter { $0.value.age(now) < QuotaLimits.windowSecondsMax }
    sweepAt = max(4096, windows.count * 2)
  }
}

// MARK: Over restarts

extension QuotaLedger {
  /// A window by the wall clock, the only one that goes on while no process runs.
  struct SavedWindow: Hashable, Sendable {
    let account: UniqueID
    let start: WallTime
    let used: QuotaUse
  }

  private static let savePauseNanoseconds: UInt64 = 60_000_000_000

  /// Whether the windows should be saved; true once a minute.
  mutating func isSaveDue(_ now: MonotonicTime) -> Bool {
    guard now.since(savedAt) >= QuotaLedger.savePauseNanoseconds else { return false }
    savedAt = now
    return true
  }

  func savedWindows(now: MonotonicTime, wall: WallTime) -> [SavedWindow] {
    windows.compactMap { id, window in
      let age = window.age(now)
      guard age < QuotaLimits.windowSecondsMax else { return nil }
      let start = WallTime(microseconds: wall.microseconds - Int64(age) * 1_000_000)
      return SavedWindow(account: id, start: start, used: window.used)
    }
  }

  /// Before any use. A window from the future, since the clock went back, begins now.
  mutating func restore(_ saved: [SavedWindow], now: MonotonicTime, wall: WallTime) {
    savedAt = now
    for window in saved {
      let (age, isOver) = wall.microseconds.subtractingReportingOverflow(window.start.microseconds)
      guard !isOver, age / 1_000_000 < Int64(QuotaLimits.windowSecondsMax) else { continue }
      windows[window.account] = Window(
        start: Int64(clamping: now.nanoseconds) - max(0, age) * 1000, used: window.used)
    }
  }
}
