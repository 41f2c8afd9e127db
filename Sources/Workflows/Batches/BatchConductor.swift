import Synchronization

/// Drives the batches of a project: starts their jobs, calls the provider of their collection, and ends them.
package final class BatchConductor: Conductor {
  /// The provider that processes what goes into a collection.
  package typealias Providers = @Sendable (_ collection: String) -> any CallOutProvider
  /// The token of the records that made a batch.
  package typealias Tokens = @Sendable (_ batch: String) async -> String?

  private let driver: BatchDriver
  private let changes: AsyncStream<[String]>
  private let teller: AsyncStream<[String]>.Continuation
  private let task = Mutex<Task<Void, Never>?>(nil)

  package init(
    service: WorkService, providers: @escaping Providers, token: @escaping Tokens = { _ in nil }
  ) {
    driver = BatchDriver(service: service, providers: providers, token: token)
    (changes, teller) = AsyncStream.makeStream()
  }

  /// Takes up what is open; once.
  package func start(open: [String]) {
    changed(open)
    task.withLock { task in
      guard task == nil else { return }
      task = Task { [driver, changes] in
        for await ids in changes {
          for id in ids { await driver.changed(id) }
        }
        await driver.close()
      }
    }
  }

  /// Does not block; changes of jobs are passed over, since only this conductor makes them.
  package func changed(_ ids: [String]) {
    let batches = ids.filter { $0.hasPrefix("batch-") }
    if !batches.isEmpty { teller.yield(batches) }
  }

  package func close() { teller.finish() }
}
