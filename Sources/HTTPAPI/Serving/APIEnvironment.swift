package import AccessControl
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
  /// The pipelines of all projects; a route asks its call for those of its caller.
  let directory: any PipelineDirectory
  let access: AccessGate
  let compile: @Sendable (String) async -> Result<Program, SQLErrors>
  let product: ProductFacts
  let clock: any PipelineClock
  let logger: Logger
  /// Opens when the server stops: long answers end.
  let draining = Latch()
  package var limits = RequestLimits()
  let started: ClusterEvent
  /// The work of the cargo, batch and orchestration dialects.
  let work: WorkPlaces

  /// Whether a stop was asked for.
  package var isDraining: Bool { draining.isOpen }

  package init(
    directory: any PipelineDirectory, access: AccessGate,
    compile: @escaping @Sendable (String) async -> Result<Program, SQLErrors>,
    product: ProductFacts, work: WorkPlaces, clock: any PipelineClock, random: any RandomSource, logger: Logger
  ) {
    self.directory = directory
    self.access = access
    self.compile = compile
    self.product = product
    self.clock = clock
    self.work = work
    self.logger = logger
    started = ClusterEvent(id: UniqueID.version7(clock: clock, random: random), recordedAt: clock.wall())
  }
}

/// The start of this server: the one change of health that a single process can report.
struct ClusterEvent: Sendable {
  let id: UniqueID
  let recordedAt: WallTime
}
