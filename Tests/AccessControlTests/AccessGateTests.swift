// Goal: a request is who its key says, and every key that is not good is refused for its own reason, at once.
// Method: a gate over a store in memory and a clock that the test sets.

import AccessControl
import PipelineModel
import Platform
import Testing

struct AccessGateTests {
  private let fixture = AccessFixture()

  @Test func withoutAuthenticationEverybodyIsTheDefaultProject() async throws {
    let store = try fixture.store()
    let gate = fixture.gate(store) { $0.mode = .none }
    for text in [nil, "", "anything", AccessFixture.adminKey] {
      let principal = try gate.principal(presenting: text)
      #expect(principal.slug == "default")
      #expect(principal.scopes == .all)
      #expect(!principal.isOperator && principal.key == nil && !principal.isLimited)
    }
  }

  @Test func aKeyIsItsProjectAndItsScopes() async throws {
    let store = try fixture.store()
    let gate = fixture.gate(store)
    let project = try await fixture.project(store, "acme")
    let new = try await fixture.key(store, project, scopes: Scopes([.read]))
    let principal = try gate.principal(presenting: new.text.revealedText)
    #expect(principal.project == project.id)
    #expect(principal.slug == "acme")
    #expect(principal.scopes.names == ["read"])
    #expect(principal.key == new.key.id)
    #expect(store.keys(of: project.id).first?.lastUsedAt == fixture.clock.wall())
  }

  @Test(arguments: [
    (nil, AccessFailure.missing), ("", .missing), ("x", .malformed), ("convoy_sk_short", .malformed),
    ("convoy_sk_0123456789012345678901234567890-", .malformed), (String(repeating: "a", count: 5000), .malformed),
    ("convoy_sk_01234567890123456789012345678901", .unknown),
    ("convoy_sk_012345678901234567890123456789012", .malformed),
  ] as [(String?, AccessFailure)])
  func badKeysAreRefused(text: String?, failure: AccessFailure) throws {
    let gate = fixture.gate(try fixture.store())
    #expect(throws: failure) { try gate.principal(presenting: text) }
  }

  @Test func expiryRevocationAndInactiveProjectsHoldAtOnce() async throws {
    let store = try fixture.store()
    let gate = fixture.gate(store)
    let project = try await fixture.project(store, "acme")
    let short = try await fixture.key(store, project, "short", expiresAt: fixture.clock.after(10))
    let long = try await fixture.key(store, project, "long")
    _ = try gate.principal(presenting: short.text.revealedText)
    fixture.clock.pass(10)
    #expect(throws: AccessFailure.expired) { try gate.principal(presenting: short.text.revealedText) }

    var off = ProjectPatch()
    off.isActive = false
    _ = try await store.patchProject("acme", off)
    #expect(throws: AccessFailure.inactiveProject) { try gate.principal(presenting: long.text.revealedText) }
    off.isActive = true
    _ = try await store.patchProject("acme", off)
    _ = try gate.principal(presenting: long.text.revealedText)

    let id = long.key.id
    try await store.revokeKeys(in: project.id) { $0.id == id }
    #expect(throws: AccessFailure.unknown) { try gate.principal(presenting: long.text.revealedText) }
    // What is revoked says no more than that, also when it is expired.
    try await store.revokeKeys(in: project.id) { _ in true }
    #expect(throws: AccessFailure.unknown) { try gate.principal(presenting: short.text.revealedText) }
  }

  @Test func theAdminKeyMayDoEverythingInTheDefaultProject() async throws {
    let store = try fixture.store()
    let gate = fixture.gate(store) { $0.keyLimits = QuotaLimits(requests: 0, windowSeconds: 1) }
    let principal = try gate.principal(presenting: AccessFixture.adminKey)
    #expect(principal.slug == "default" && principal.scopes == .all && principal.isOperator && !principal.isLimited)
    #expect(try gate.administrator(presenting: AccessFixture.adminKey) == principal)
    #expect(throws: AccessFailure.adminMissing) { try gate.administrator(presenting: nil) }
    #expect(throws: AccessFailure.adminUnknown) { try gate.administrator(presenting: "x") }
    // No key of a project is the admin key, not even one with all scopes.
    let new = try await fixture.key(store, try store.project("default"))
    #expect(throws: AccessFailure.adminUnknown) { try gate.administrator(presenting: new.text.revealedText) }
    let without = fixture.gate(store) { $0.adminKey = nil }
    #expect(throws: AccessFailure.adminNotConfigured) { try without.administrator(presenting: "x") }
    #expect(throws: AccessFailure.malformed) { try without.principal(presenting: AccessFixture.adminKey) }
  }

  @Test func quotasOfKeyAndProjectAreKept() async throws {
    let store = try fixture.store()
    let gate = fixture.gate(store) { configuration in
      configuration.keyLimits = QuotaLimits(requests: 2, windowSeconds: 60)
      configuration.projectLimits = QuotaLimits(requests: 3, records: 5, windowSeconds: 60)
    }
    let project = try await fixture.project(store, "acme")
    let (a, b) = (try await fixture.key(store, project, "a"), try await fixture.key(store, project, "b"))
    let first = try gate.principal(presenting: a.text.revealedText)
    let second = try gate.principal(presenting: b.text.revealedText)
    let one = QuotaUse(requests: 1)
    try gate.take(one, first)
    try gate.take(one, first)
    let refusal = #expect(throws: QuotaRefusal.self) { try gate.take(one, first) }
    #expect(refusal?.standing.owner == .key && refusal?.standing.limit == 2 && refusal?.standing.resetSeconds == 60)
    try gate.take(one, second)
    let other = #expect(throws: QuotaRefusal.self) { try gate.take(one, second) }
    #expect(other?.standing.owner == .project, "the refused request of the first key was not counted")
    gate.giveBack(one, second)
    try gate.take(one, second)
    gate.note(QuotaUse(records: 9), second)
    var push = QuotaUse()
    push.bringsRecords = true
    #expect(throws: QuotaRefusal.self) { try gate.take(push, second) }
    #expect(gate.standings(second).map(\.remaining) == [1, 0, 0])
    fixture.clock.pass(60)
    try gate.take(push, second)
    #expect(gate.standings(second).map(\.remaining) == [2, 3, 5])
  }

  @Test("What was used is still used after a stop, and all but the last minute of it after a crash")
  func quotasOutliveTheProcess() async throws {
    let store = try fixture.store()
    func gate(_ store: KeyStore) -> AccessGate {
      fixture.gate(store) { $0.keyLimits = QuotaLimits(requests: 10, bytes: 100, windowSeconds: 86_400) }
    }
    let project = try await fixture.project(store, "acme")
    let key = try await fixture.key(store, project).text.revealedText
    func remaining(_ gate: AccessGate) throws -> [UInt64] {
      gate.standings(try gate.principal(presenting: key)).map(\.remaining)
    }
    let first = gate(store)
    try first.take(QuotaUse(requests: 3, bytes: 30), try first.principal(presenting: key))
    first.close()

    fixture.clock.pass(3600)
    let second = gate(try fixture.store())
    #expect(try remaining(second) == [7, 70])
    let standing = try #require(second.standings(try second.principal(presenting: key)).first)
    #expect(standing.resetSeconds == 86_400 - 3600)
    // After a minute a use is the occasion to save.
    fixture.clock.pass(60)
    try second.take(QuotaUse(requests: 1), try second.principal(presenting: key))
    try second.take(QuotaUse(requests: 2), try second.principal(presenting: key))
    // Behind what is to be saved; the store ends as with the process.
    _ = try await second.store.createProject(
      name: "b", slug: "b", description: nil, settings: ProjectSettings())
    second.store.close()
    let third = gate(try fixture.store())
    let left = try #require(try remaining(third).first)
    #expect((4...6).contains(left), "the first of the two requests is saved, the second may be")

    fixture.clock.pass(86_400)
    #expect(try remaining(third) == [10, 100])
    third.close()
    #expect(try remaining(gate(try fixture.store())) == [10, 100])
  }

  /// Settings of the project go before the server's.
  @Test func aProjectMayHaveItsOwnLimits() async throws {
    let store = try fixture.store()
    let gate = fixture.gate(store) { $0.keyLimits = QuotaLimits(requests: 2, windowSeconds: 60) }
    var settings = ProjectSettings()
    settings.keyLimits = QuotaLimits(bytes: 100, windowSeconds: 10)
    let project = try await store.createProject(name: "A", slug: "a", description: nil, settings: settings)
    let key = try await fixture.key(store, project)
    let principal = try gate.principal(presenting: key.text.revealedText)
    #expect(gate.standings(principal).map(\.unit) == [.bytes])
    try gate.take(QuotaUse(requests: 1, bytes: 100), principal)
    try gate.take(QuotaUse(requests: 1), principal)
    #expect(throws: QuotaRefusal.self) { try gate.take(QuotaUse(bytes: 1), principal) }
    #expect(throws: QuotaRefusal.self) { try gate.take(QuotaUse(bytes: .max), principal) }
  }
}
