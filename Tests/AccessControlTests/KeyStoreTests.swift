// Goal: what was answered is in the store after a restart, and the store never holds a key.
// Method: stores over one memory opener, closed and opened again; every stored byte is searched.

import AccessControl
import PipelineModel
import Platform
import StorageAPI
import Testing

struct KeyStoreTests {
  private let fixture = AccessFixture()

  @Test func everythingComesBackAfterAClose() async throws {
    let store = try fixture.store()
    var settings = ProjectSettings()
    settings.json = #"{"allowed_models":["a"]}"#
    settings.projectLimits = QuotaLimits(requests: 1, records: 2, bytes: 3, windowSeconds: 4)
    let project = try await store.createProject(
      name: "Acme", slug: "acme", description: "d", settings: settings)
    let kept = try await fixture.key(store, project, "kept", scopes: Scopes([.ingest]))
    let revoked = try await fixture.key(store, project, "revoked")
    let id = revoked.key.id
    try await store.revokeKeys(in: project.id) { $0.id == id }
    _ = try fixture.gate(store).principal(presenting: kept.text.revealedText)
    let (projects, keys) = (store.projects, store.keys(of: project.id))
    #expect(keys.count == 2 && keys.contains { $0.isRevoked } && keys.contains { $0.lastUsedAt != nil })
    store.close()

    let again = try fixture.store()
    #expect(again.projects == projects)
    #expect(again.keys(of: project.id) == keys)
    #expect(try again.project("acme").webhookSecret == project.webhookSecret)
    #expect(projects.contains(try again.project("default")))
    let gate = fixture.gate(again)
    #expect(try gate.principal(presenting: kept.text.revealedText).slug == "acme")
    #expect(throws: AccessFailure.unknown) { try gate.principal(presenting: revoked.text.revealedText) }
  }

  @Test func keysHaveTheFormAndAreNotStored() async throws {
    let store = try fixture.store()
    let project = try await fixture.project(store, "acme")
    let new = try await fixture.key(store, project)
    let text = new.text.revealedText
    #expect(text.utf8.count == 42 && text.hasPrefix("convoy_sk_") && APIKeyText.isWellFormed(text))
    #expect(new.key.prefix == text.prefix(12))
    store.close()
    let raw = try fixture.opener.open(directory: "access")
    var found = 0
    try raw.scan(.base, from: [], to: nil) { _, value in
      found += 1
      let row = String(decoding: value, as: UTF8.self)
      #expect(!row.contains(text.dropFirst(12)), "the key is stored")
      return true
    }
    #expect(found == 3)
  }

  @Test func anOpeningWritesNoProject() throws {
    try fixture.store().close()
    let raw = try fixture.opener.open(directory: "access")
    let pair = try raw.last(.base, from: KeySpace.project.key(), to: KeySpace.project.end)
    let key = try #require(pair?.key)
    let value = try #require(pair?.value)
    // As a newer release may write it.
    let row: [UInt8] = Array(#"{"newer":1,"#.utf8) + value.dropFirst()
    var batch = WriteBatch()
    batch.put(key, row)
    try raw.write(batch, .synced)
    raw.close()
    try fixture.store().close()
    let again = try fixture.opener.open(directory: "access")
    #expect(try again.get(.base, key) == row)
  }

  @Test func nothingPrintsASecret() async throws {
    let store = try fixture.store()
    let project = try await fixture.project(store, "acme")
    let new = try await fixture.key(store, project)
    var dumped = ""
    dump(new, to: &dumped)
    dump(project, to: &dumped)
    dumped += "\(new) \(project) " + String(reflecting: new) + String(reflecting: project)
    #expect(!dumped.contains(new.text.revealedText))
    #expect(!dumped.contains(project.webhookSecret.revealedWebhookText))
    #expect(project.webhookSecret.revealedWebhookText.hasPrefix("whsec_"))
    #expect(dumped.contains("<secret>"))
  }

  @Test func namesAndSlugsAreTakenOnce() async throws {
    let store = try fixture.store()
    let project = try await fixture.project(store, "acme")
    await #expect(throws: AccessError.self) { try await fixture.project(store, "acme") }
    await #expect(throws: AccessError.self) { try await fixture.project(store, "default") }
    _ = try await fixture.key(store, project, "k")
    await #expect(throws: AccessError.self) {
      try await store.createKey(in: project.id, name: "k", scopes: .all, expiresAt: nil, distinct: true)
    }
    try await store.revokeKeys(in: project.id) { $0.name == "k" }
    _ = try await store.createKey(in: project.id, name: "k", scopes: .all, expiresAt: nil, distinct: true)
    await #expect(throws: AccessError.self) { try await store.revokeKeys(in: project.id) { $0.name == "other" } }
  }

  @Test func theNumberOfKeysIsBounded() async throws {
    let store = try fixture.store()
    let project = try await fixture.project(store, "acme")
    let first = try await fixture.key(store, project, "first")
    for number in 1..<Limits.projectKeysMax { _ = try await fixture.key(store, project, "\(number)") }
    await #expect(throws: AccessError.self) { try await fixture.key(store, project, "more") }
    try await store.revokeKeys(in: project.id) { $0.name == "first" }
    _ = try await fixture.key(store, project, "more")
    #expect(store.keys(of: project.id).count == Limits.projectKeysMax)
    #expect(!store.keys(of: project.id).contains { $0.id == first.key.id })
  }

  @Test(arguments: [
    ("a", true), ("a-b", true), ("0", true), ("", false), ("-a", false), ("a-", false), ("A", false), ("a~b", false),
    ("a_b", false), (String(repeating: "a", count: 63), true), (String(repeating: "a", count: 64), false),
  ])
  func slugs(text: String, isSlug: Bool) { #expect(Project.isSlug(text) == isSlug) }
}
