import Deliveries
import Logging
import PipelineModel
import Platform
import SQLFrontend
import StorageAPI

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
  /// One thread, so that catalog rows are written in the order asked.
  let catalogPool: BlockingPool
  let catalog: PipelineCatalog
  let logger: Logger
  let webhookSender: any WebhookSender
  let webhookGuard: AddressGuard

  func newID() -> UniqueID { UniqueID.version7(clock: clock, random: random) }

  func stateDirectory(of pipeline: PipelineID) -> String { "\(dataDirectory)/pipelines/\(pipeline)" }
}
