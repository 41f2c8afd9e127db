import Crypto
import PipelineModel
package import Platform
import Synchronization

/// Whether keys are asked for.
package enum AuthenticationMode: String, Sendable, CaseIterable { case none, required }

/// What the program configures.
package struct AccessConfiguration: Sendable {
  package var mode = AuthenticationMode.none
  /// From `TIDEMARK_ADMIN_KEY`.
  package var adminKey: Secret?
  /// Of every key and project that has none of its own; kept only with authentication.
  package var keyLimits: QuotaLimits?
  package var projectLimits: QuotaLimits?

  package init() {}
}

/// Decides who a request comes from, what it may do and how much. Every call but the store's changes is synchronous
/// and cheap. A class because all connections share it.
package final class AccessGate: Sendable {
  package let store: KeyStore
  private let configuration: AccessConfiguration
  private let adminHash: KeyHash?
  private let clock: any PipelineClock
  private let ledger = Mutex(QuotaLedger())

  /// A longer text is no key.
  package static let keyBytesMax = 1024

  package init(store: KeyStore, configuration: AccessConfiguration, clock: any PipelineClock) {
    self.store = store
    self.configuration = configuration
    self.clock = clock
    adminHash = configuration.adminKey.map { KeyHash(of: $0.revealedText) }
    let (saved, now, wall) = (QuotaRows.windows(store.quotas()), clock.monotonic(), clock.wall())
    ledger.withLock { $0.restore(saved, now: now, wall: wall) }
  }

  /// Saves what was used and closes the store. Blocks.
  package func close() { store.close(quotas: quotas) }

  private var quotas: [UInt8] {
    let (now, wall) = (clock.monotonic(), clock.wall())
    return QuotaRows.bytes(ledger.withLock { $0.savedWindows(now: now, wall: wall) })
  }

  package var isRequired: Bool { configuration.mode == .required }
  package var hasAdminKey: Bool { adminHash != nil }

  // MARK: Who

  /// Who presents this key; nil: no key. Without authentication any key is as good as none.
  package func principal(presenting text: String?) throws(AccessFailure) -> Principal {
    guard isRequired else { return try anybody() }
    guard let text, !text.isEmpty else { throw .missing }
    guard text.utf8.count <= AccessGate.keyBytesMax else { throw .malformed }
    if let adminHash, KeyHash(of: text) == adminHash { return try administrator() }
    guard APIKeyText.isWellFormed(text) else { throw .malformed }
    let (project, key) = try store.find(text)
    return Principal(
      project: project.id, slug: project.slug, scopes: key.scopes, key: key.id, isOperator: false,
      keyLimits: limits(project.settings.keyLimits, configuration.keyLimits),
      projectLimits: limits(project.settings.projectLimits, configuration.projectLimits))
  }

  /// For the calls that manage projects: only the admin key will do, with or without authentication.
  package func administrator(presenting text: String?) throws(AccessFailure) -> Principal {
    guard let adminHash else { throw .adminNotConfigured }
    guard let text, !text.isEmpty else { throw .adminMissing }
    guard text.utf8.count <= AccessGate.keyBytesMax, KeyHash(of: text) == adminHash else { throw .adminUnknown }
    return try administrator()
  }

  private func anybody() throws(AccessFailure) -> Principal {
    let found = store.ofDefaultProject { project in
      (project.isActive, inDefault(project, isOperator: false, limits: limits(project.settings.projectLimits, nil)))
    }
    guard let (isActive, principal) = found else { throw .unknown }
    guard isActive else { throw .inactiveProject }
    return principal
  }

  private func administrator() throws(AccessFailure) -> Principal {
    guard let principal = store.ofDefaultProject({ inDefault($0, isOperator: true, limits: nil) }) else {
      throw .adminUnknown
    }
    return principal
  }

  private func inDefault(_ project: Project, isOperator: Bool, limits: QuotaLimits?) -> Principal {
    Principal(
      project: project.id, slug: project.slug, scopes: .all, key: nil, isOperator: isOperator, keyLimits: nil,
      projectLimits: limits)
  }

  /// Who acts for a project without a request of one of its keys, as its schedules do: the project's quotas are kept,
  /// and none of a key. Nil when there is no such project.
  package func principal(ofProject slug: String) -> Principal? {
    guard let project = try? store.project(slug) else { return nil }
    return Principal(
      project: project.id, slug: project.slug, scopes: Scopes([]), key: nil, isOperator: false, keyLimits: nil,
      projectLimits: limits(project.settings.projectLimits, isRequired ? configuration.projectLimits : nil))
  }

  private func limits(_ own: QuotaLimits?, _ fallback: QuotaLimits?) -> QuotaLimits? {
    let limits = own ?? fallback
    return limits?.isEmpty == true ? nil : limits
  }

  // MARK: How much

  /// Takes the use from the quotas, or nothing at all. The admin key has no quotas.
  package func take(_ use: QuotaUse, _ principal: Principal) throws(QuotaRefusal) {
    guard principal.isLimited else { return }
    let (accounts, now) = (accounts(principal), clock.monotonic())
    let isDue = try ledger.withLock { (ledger) throws(QuotaRefusal) -> Bool in
      try ledger.take(use, accounts, now: now)
      return ledger.isSaveDue(now)
    }
    if isDue { store.saveQuotas { [self] in quotas } }
  }

  /// Counts what is known only afterwards.
  package func note(_ use: QuotaUse, _ principal: Principal) {
    guard principal.isLimited else { return }
    let (accounts, now) = (accounts(principal), clock.monotonic())
    ledger.withLock { $0.add(use, accounts, now: now) }
  }

  package func giveBack(_ use: QuotaUse, _ principal: Principal) {
    guard principal.isLimited else { return }
    let (accounts, now) = (accounts(principal), clock.monotonic())
    ledger.withLock { $0.giveBack(use, accounts, now: now) }
  }

  /// Every limit that is kept for the principal.
  package func standings(_ principal: Principal) -> [QuotaStanding] {
    guard principal.isLimited else { return [] }
    let (accounts, now) = (accounts(principal), clock.monotonic())
    return ledger.withLock { $0.standings(accounts, now: now) }
  }

  private func accounts(_ principal: Principal) -> [QuotaLedger.Account] {
    var accounts: [QuotaLedger.Account] = []
    if let limits = principal.keyLimits, let key = principal.key {
      accounts.append(QuotaLedger.Account(owner: .key, id: key, limits: limits))
    }
    if let limits = principal.projectLimits {
      accounts.append(QuotaLedger.Account(owner: .project, id: principal.project, limits: limits))
    }
    return accounts
  }
}
