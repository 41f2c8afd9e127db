package import Logging
import PipelineModel
package import PipelineRuntime
package import Platform
package import SQLFrontend

/// What the server says of itself.
package struct ProductFacts: Sendable {
  package var version: String
  package var revision: String
  /// Also `platform_version` of every pipeline.
  package var edition = "Enterprise"

  package init(version: String, revision: String) {
    self.version = version
    self.revision = revision
  }
}

/// All that the routes reach.
package struct APIEnvironment: Sendable {
  let directory: any PipelineDirectory
  let compile: @Sendable (String) async -> Result<Program, SQLErrors>
  let product: ProductFacts
  let clock: any PipelineClock
  let logger: Logger
  /// Opens when the server stops: long answers end.
  let draining = Latch()
  let started: ClusterEvent

  /// Whether a stop was asked for.
  package var isDraining: Bool { draining.isOpen }

  package init(
    directory: any PipelineDirectory, compile: @escaping @Sendable (String) async -> Result<Program, SQLErrors>,
    product: ProductFacts, clock: any PipelineClock, random: any RandomSource, logger: Logger
  ) {
    self.directory = directory
    self.compile = compile
    self.product = product
    self.clock = clock
    self.logger = logger
    started = ClusterEvent(id: UniqueID.version7(clock: clock, random: random), recordedAt: clock.wall())
  }
}

/// The start of this server: the one change of health that a single process can report.
struct ClusterEvent: Sendable {
  let id: UniqueID
  let recordedAt: WallTime
}
