// A key store in memory under a clock that the test sets.

import AccessControl
import PipelineModel
import Platform
import StorageAPI
import Synchronization

final class SetClock: PipelineClock {
  private let seconds = Mutex<Int64>(1_800_000_000)

  func wall() -> WallTime { WallTime(microseconds: seconds.withLock { $0 } * 1_000_000) }
  func monotonic() -> MonotonicTime { MonotonicTime(nanoseconds: UInt64(seconds.withLock { $0 }) * 1_000_000_000) }
  func pass(_ more: Int64) { seconds.withLock { $0 += more } }
  func after(_ more: Int64) -> WallTime { WallTime(microseconds: (seconds.withLock { $0 } + more) * 1_000_000) }
}

struct AccessFixture {
  let clock = SetClock()
  let random = SeededRandom(seed: 7)
  let opener = MemoryStoreOpener()
  static let adminKey = "the admin key of the tests"

  func store() throws -> KeyStore {
    try KeyStore.open(directory: "access", opener: opener, clock: clock, random: random, thread: BlockingPool())
  }

  func gate(_ store: KeyStore, _ change: (inout AccessConfiguration) -> Void = { _ in }) -> AccessGate {
    var configuration = AccessConfiguration()
    configuration.mode = .required
    configuration.adminKey = Secret(AccessFixture.adminKey)
    change(&configuration)
    return AccessGate(store: store, configuration: configuration, clock: clock)
  }

  func project(_ store: KeyStore, _ slug: String) async throws -> Project {
    try await store.createProject(name: slug, slug: slug, description: nil, settings: ProjectSettings())
  }

  func key(
    _ store: KeyStore, _ project: Project, _ name: String = "k", scopes: Scopes = .all, expiresAt: WallTime? = nil
  ) async throws -> NewAPIKey {
    try await store.createKey(in: project.id, name: name, scopes: scopes, expiresAt: expiresAt, distinct: false)
  }
}
