import ConnectorKit
import Deliveries
import Logging
import PipelineModel
import Platform
import SQLFrontend
import StorageAPI

/// A parent starts the server again after a trap.
package struct Supervision: Sendable {
  /// The signal of the trap that ended the process before this one.
  package let trap: Int32?
  package init(trap: Int32?) { self.trap = trap }
}

/// What every pipeline of a server shares.
struct HostEnvironment: Sendable {
  let dataDirectory: String
  let storeOpener: any StoreOpener
  let fileSystem: any FileSystem
  let clock: any PipelineClock
  let random: any RandomSource
  let sealer: any TokenSealer
  /// Threads for blocking work: opening, checkpoints, decoding.
  let pool: BlockingPool
  /// Threads for ad-hoc queries, so that long ones hold up nothing else.
  let queryPool: BlockingPool
  /// Threads for polls of tokens whose steps lie on the disk; they do nothing else.
  let statusPool: BlockingPool
  let bootstraps: BootstrapThreads
  /// One thread, so that catalog rows are written in the order asked.
  let catalogPool: BlockingPool
  let catalog: PipelineCatalog
  let logger: Logger
  let webhookSender: any WebhookSender
  let webhookGuard: AddressGuard
  /// Nil when nobody starts the server again.
  let supervision: Supervision?

  func newID() -> UniqueID { UniqueID.version7(clock: clock, random: random) }

  func stateDirectory(of pipeline: PipelineID) -> String { "\(dataDirectory)/pipelines/\(pipeline)" }
}
