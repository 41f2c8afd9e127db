package import AccessControl
package import ConnectorKit
import PipelineRuntime
package import Platform
import WireTypes
package import Workflows

/// What the dialects need besides the log: providers and random ids.
package struct WorkSettings: Sendable {
  package var providers = ProviderRegistry.echoOnly
  package var random: any RandomSource = SystemRandom()
  package var cargo = CargoSettings()
  package var callbacks = CallbackSettings()
  /// How long results of work are kept after its end.
  package var retentionSeconds = WorkRetention.secondsDefault
  /// SHA-256 of contents and keys; the program brings it.
  package var sha256: @Sendable ([UInt8]) -> [UInt8] = { _ in [] }
  /// Without them no secrets are kept and no links are made.
  package var keys: WorkKeys?
  /// Of batches while they are made, of all projects.
  package var batchMemory = ByteBudget(Limits.batchMemoryBytes)
  /// Takes what a project's schedules use from its quotas, or throws and takes nothing.
  package var admit: @Sendable (_ project: String, _ use: QuotaUse) throws(QuotaRefusal) -> Void = { _, _ in }
  /// Gives back what was taken for something that was not made.
  package var giveBack: @Sendable (_ project: String, _ use: QuotaUse) -> Void = { _, _ in }

  package init() {}
}

/// How callbacks are sent.
package struct CallbackSettings: Sendable {
  /// Without it none is sent.
  package var client: (any OutboundClient)?
  /// Where they may go.
  package var addresses = AddressGuard(allowed: [], allowsLoopback: false)
  /// By project; nil signs nothing.
  package var signer: @Sendable (_ project: String) -> CallbackSigner? = { _ in nil }
  /// With a secret of its own.
  package var ownSigner: @Sendable (Secret) -> CallbackSigner? = { _ in nil }

  package init() {}
}

/// The work of one project, open: its service and what drives it.
package final class WorkPlace: Sendable {
  package let service: WorkService
  package let settings: WorkSettings
  package let workflows: WorkflowBook
  let segments: SegmentBook
  let files: FileBook
  let seen: SeenBook
  private let plays: PlayScheduler
  private let conductors: [any Conductor]
  private let retention: WorkRetention

  /// Reads the open work and lets the conductors begin. `report` tells the operator of plays that do not run.
  static func open(
    _ project: String, _ service: WorkService, _ settings: WorkSettings, _ directory: any PipelineDirectory,
    report: @escaping @Sendable (String) -> Void
  ) async throws(WorkError) -> WorkPlace {
    let open = try await service.open()
    let place = WorkPlace(project: project, service: service, settings: settings, directory, report)
    let conductors = place.conductors
    // First, so that nothing that a conductor changes as it starts is missed.
    service.observe { ids in for conductor in conductors { conductor.changed(ids) } }
    for conductor in conductors { conductor.start(open: open) }
    place.plays.start()
    place.retention.start()
    return place
  }

  private init(
    project: String, service: WorkService, settings: WorkSettings, _ directory: any PipelineDirectory,
    _ report: @escaping @Sendable (String) -> Void
  ) {
    self.service = service
    self.settings = settings
    workflows = WorkflowBook(service: service, random: settings.random)
    segments = SegmentBook(service: service, random: settings.random)
    files = FileBook(service: service, random: settings.random)
    seen = SeenBook(service: service)
    let runs = PlayRuns(directory, project: project, ends: GroupEnds(service: service))
    plays = PlayScheduler(
      book: workflows, seen: seen, clock: service.clock,
      means: .init(run: { await runs.run($0) }, untilFree: { await runs.untilFree($0) }, report: report))
    retention = WorkRetention(service: service)
    let providers = settings.providers
    let transport = OutboundCallbacks(client: settings.callbacks.client, clock: service.clock)
    conductors = [
      CargoConductor(
        service: service,
        environment: CargoEnvironment(
          settings: settings.cargo, providers: settings.providers, random: settings.random, transport: transport,
          sign: settings.callbacks.signer(project))),
      BatchConductor(
        service: service, providers: { WorkPlace.provider(of: $0, providers) }, token: { service.token(of: $0) }),
      OrchestrationConductor(
        service: service, providers: providers, graphs: workflows.graphs,
        notices: WorkPlace.notices(project, transport, settings)),
    ]
    runs.begin(in: self)
  }

  /// A workflow was made or is another now.
  func playsChanged() { plays.changed() }

  func standing(of play: Workflow) async -> PlayStanding { await plays.standing(of: play) }

  private static func notices(
    _ project: String, _ transport: any CallbackTransport, _ settings: WorkSettings
  ) -> BatchNotices {
    BatchNotices(
      transport: transport, schedule: settings.cargo.callbacks, sign: settings.callbacks.signer(project),
      signer: { sealed in settings.keys?.open(sealed).flatMap(settings.callbacks.ownSigner) },
      body: { group, items, origin, webhook in
        let batch = OrchestrationBodies.batch(group, items: items, origin, workspace: webhook.workspace)
        return JSONValue.object([JSONMember("batch", batch)]).encodedBytes
      })
  }

  /// What processes a collection of batches: the provider of its name, or the default one.
  private static func provider(of collection: String, _ providers: ProviderRegistry) -> any CallOutProvider {
    (providers.entry(collection) ?? providers.entry(providers.defaultName))?.provider ?? EchoProvider()
  }

  /// Returns when nothing is being written any more.
  func leave() async {
    close()
    await service.settled()
  }

  func close() {
    retention.close()
    plays.close()
    for conductor in conductors { conductor.close() }
    service.close()
  }
}
