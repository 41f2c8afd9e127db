package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Projects and keys: durable in a store of their own, all of them in memory too, so that to look one up never blocks.
///
/// A class because a server has one. Changes are made in order by one thread: first in the store, then in memory.
package final class KeyStore: Sendable {
  /// Of the store below the data directory.
  package static let directoryName = "access"

  private let book: Mutex<AccessBook>
  private let store: Mutex<any OrderedStore>
  private let opener: any StoreOpener
  private let directory: String
  private let thread: BlockingPool
  private let clock: any PipelineClock
  private let random: any RandomSource
  /// Keys whose last use is newer than the store's.
  private let used: Mutex<[UniqueID: WallTime]> = Mutex([:])

  /// How old the stored last use of a key may get.
  private static let useStoredMicroseconds: Int64 = 60_000_000

  /// Opens the store, and makes the default project in a new one. Blocks. Errors: the store cannot be opened or read.
  package static func open(
    directory: String, opener: any StoreOpener, clock: any PipelineClock, random: any RandomSource,
    thread: BlockingPool
  ) throws -> KeyStore {
    let store = try opener.open(directory: directory)
    do {
      var book = try AccessBook.load(store)
      if book.defaultProject != nil {
        renew(store)
      } else {
        let project = make(name: "Default", slug: Project.defaultSlug, clock: clock, random: random)
        var batch = WriteBatch()
        try batch.put(project)
        try store.write(batch, .synced)
        book.put(project)
      }
      let site = Site(directory: directory, opener: opener, store: store)
      return KeyStore(book, site, clock: clock, random: random, thread: thread)
    } catch {
      store.close()
      throw error
    }
  }

  /// A life that writes nothing would leave an empty journal behind, for every later start to read. What goes wrong
  /// here is told by the first write that matters.
  private static func renew(_ store: any OrderedStore) {
    var batch = WriteBatch()
    batch.put(KeyStore.openedKey, [])
    guard (try? store.write(batch, .buffered)) != nil else { return }
    store.flush(beyond: 0)
  }

  /// Says nothing: it is written so that something is.
  private static let openedKey = KeySpace.meta.key("opened")

  private struct Site {
    let directory: String
    let opener: any StoreOpener
    let store: any OrderedStore
  }

  private init(
    _ book: AccessBook, _ site: Site, clock: any PipelineClock, random: any RandomSource, thread: BlockingPool
  ) {
    self.book = Mutex(book)
    store = Mutex(site.store)
    opener = site.opener
    directory = site.directory
    self.clock = clock
    self.random = random
    self.thread = thread
  }

  private static func make(
    name: String, slug: String, clock: any PipelineClock, random: any RandomSource
  ) -> Project {
    let now = clock.wall()
    return Project(
      id: UniqueID.version7(clock: clock, random: random), name: name, slug: slug, description: nil, isActive: true,
      settings: ProjectSettings(), createdAt: now, updatedAt: now, webhookSecret: Secret(random.bytes(32)))
  }

  // MARK: Look-ups

  /// The project and key of a presented key, whose last use this is. Cheap: a hash and a look-up under a lock.
  func find(_ text: String) throws(AccessFailure) -> (Project, APIKey) {
    let hash = KeyHash(of: text)
    let now = clock.wall()
    let found = Result { () throws(AccessFailure) in try book.withLock { (book) throws(AccessFailure) in
      let found = try book.find(hash, now: now)
      // Once a second is often enough for a time that people read.
      if now.microseconds - (found.1.lastUsedAt?.microseconds ?? .min / 2) >= 1_000_000 {
        book.noteUse(of: found.1.id, at: now)
      }
      return found
    } }
    let (project, key) = try found.get()
    noteUse(key, now)
    return (project, key)
  }

  /// What `body` makes of the default project, under a lock.
  func ofDefaultProject<Value: Sendable>(_ body: (Project) -> Value) -> Value? {
    book.withLock { book in book.defaultProject.map(body) }
  }

  package func project(_ slug: String) throws(AccessError) -> Project {
    try copy.project(slug: slug)
  }

  package func project(_ id: UniqueID) -> Project? { book.withLock { $0.projects[id] } }

  /// Newest first.
  package var projects: [Project] { copy.projectsByAge }

  /// Newest first, revoked ones included.
  package func keys(of project: UniqueID) -> [APIKey] { copy.keys(of: project) }

  package var hasLiveKeys: Bool {
    let now = clock.wall()
    return copy.keys.values.contains { !$0.isRevoked && !$0.isExpired(at: now) }
  }

  private var copy: AccessBook { book.withLock { $0 } }

  // MARK: Changes, durable on return

  package func createProject(
    name: String, slug: String, description: String?, settings: ProjectSettings
  ) async throws(AccessError) -> Project {
    var project = KeyStore.make(name: name, slug: slug, clock: clock, random: random)
    project.description = description
    project.settings = settings
    let new = project
    try await change { (book, batch) throws(AccessError) in
      try book.create(new)
      try batch.put(new)
    }
    return project
  }

  package func patchProject(_ slug: String, _ patch: ProjectPatch) async throws(AccessError) -> Project {
    let now = clock.wall()
    return try await change { (book, batch) throws(AccessError) in
      let project = try book.patch(slug, patch, at: now)
      try batch.put(project)
      return project
    }
  }

  /// `distinct`: the name must be free among the live keys of the project.
  package func createKey(
    in project: UniqueID, name: String, scopes: Scopes, expiresAt: WallTime?, distinct: Bool
  ) async throws(AccessError) -> NewAPIKey {
    let text = APIKeyText.make(random)
    let key = APIKey(
      id: UniqueID.version7(clock: clock, random: random), project: project, name: name,
      prefix: String(text.prefix(APIKeyText.prefixLength)), hash: KeyHash(of: text), scopes: scopes,
      createdAt: clock.wall(), expiresAt: expiresAt)
    try await change { (book, batch) throws(AccessError) in
      guard book.projects[project] != nil else { throw AccessError(.unknownProject, "Project not found") }
      if let forgotten = try book.create(key, distinct: distinct) { batch.delete(KeySpace.apiKey.key(forgotten)) }
      try batch.put(key)
    }
    return NewAPIKey(key: key, text: Secret(text))
  }

  /// Holds for the next request. Errors: `unknownKey` when none matches.
  package func revokeKeys(
    in project: UniqueID, where matches: @escaping @Sendable (APIKey) -> Bool
  ) async throws(AccessError) {
    try await change { (book, batch) throws(AccessError) in
      for key in try book.revoke(in: project, where: matches) { try batch.put(key) }
    }
  }

  private typealias Change<Value> = @Sendable (inout AccessBook, inout WriteBatch) throws(AccessError) -> Value

  private func change<Value: Sendable>(_ change: @escaping Change<Value>) async throws(AccessError) -> Value {
    try await thread.run { [self] () throws(AccessError) -> Value in
      // Only this thread changes rules; what others note meanwhile, the last uses, must not be lost.
      var draft = copy
      var batch = WriteBatch()
      let value = try change(&draft, &batch)
      try write(batch)
      var ignored = WriteBatch()
      _ = try book.withLock { (book) throws(AccessError) in try change(&book, &ignored) }
      return value
    }
  }

  /// A store that an earlier failure has poisoned is closed and opened again, once a call.
  private func write(_ batch: WriteBatch) throws(AccessError) {
    do throws(StorageError) {
      do throws(StorageError) { try store.withLock({ $0 }).write(batch, .synced) } catch {
        guard error.code == .poisoned else { throw error }
        store.withLock { $0 }.close()
        let reopened = try opener.open(directory: directory)
        store.withLock { $0 = reopened }
        try reopened.write(batch, .synced)
      }
    } catch { throw AccessError(.storage, "the key store cannot be written: \(error)") }
  }

  // MARK: Last uses

  private func noteUse(_ key: APIKey, _ now: WallTime) {
    let isDue = used.withLock { used in
      guard let stored = used[key.id] else {
        used[key.id] = now
        return true
      }
      guard now.microseconds - stored.microseconds >= KeyStore.useStoredMicroseconds else { return false }
      used[key.id] = now
      return true
    }
    if isDue { thread.submit { [self] in storeUses([key.id]) } }
  }

  private func storeUses(_ ids: [UniqueID]) {
    var batch = WriteBatch()
    let book = copy
    for id in ids {
      if let key = book.keys[id] { try? batch.put(key) }
    }
    // Lost uses are told again by the next; a store that fails says so to the next change.
    try? store.withLock { $0 }.write(batch, .buffered)
  }

  // MARK: Quotas

  private static let quotasKey = KeySpace.meta.key("quotas")

  /// What was saved last; empty when there is nothing to be read.
  func quotas() -> [UInt8] { (try? store.withLock { $0 }.get(.base, KeyStore.quotasKey)) ?? [] }

  /// Soon, by the thread of this store. What cannot be written is tried again with the next.
  func saveQuotas(_ bytes: @escaping @Sendable () -> [UInt8]) {
    thread.submit { [self] in putQuotas(bytes()) }
  }

  private func putQuotas(_ bytes: [UInt8]) {
    var batch = WriteBatch()
    batch.put(KeyStore.quotasKey, bytes)
    try? store.withLock { $0 }.write(batch, .buffered)
  }

  // MARK: The store

  /// Of the file with the default project's webhook secret: nobody was shown it, since nobody has made that project.
  package static let secretFileName = "webhook.secret"

  /// Writes that file, for its owner's eyes only. Blocks.
  package func publishDefaultSecret(dataDirectory: String, fileSystem: any FileSystem) throws(FileError) {
    guard let secret = ofDefaultProject({ $0.webhookSecret }) else { return }
    let path = "\(dataDirectory)/\(KeyStore.secretFileName)"
    let text = Array((secret.revealedWebhookText + "\n").utf8)
    if fileSystem.exists(path), try fileSystem.read(path) == text { return }
    try fileSystem.publish(path, text, mode: 0o600)
  }

  package func backUp(to directory: String) throws(StorageError) { try store.withLock { $0 }.backUp(to: directory) }

  /// Writes the last uses and closes. Blocks.
  package func close() { close(quotas: nil) }

  func close(quotas: [UInt8]?) {
    thread.shutdown()
    storeUses(used.withLock { $0.keys.sorted() })
    if let quotas { putQuotas(quotas) }
    store.withLock { $0 }.close()
  }
}
