import PipelineRuntime
import Synchronization
import WireTypes
import Workflows

/// The batches that plays get by their schedules.
final class PlayRuns: Sendable {
  private struct Place: Sendable {
    weak var place: WorkPlace?
  }

  private let directory: any PipelineDirectory
  private let place = Mutex(Place())

  init(_ directory: any PipelineDirectory) { self.directory = directory }

  /// Whose plays they are. Once.
  func begin(in place: WorkPlace) { self.place.withLock { $0.place = place } }

  func run(_ play: Workflow) async -> PlayOutcome {
    guard let place = place.withLock({ $0.place }) else { return .later("its work is not open") }
    do {
      // As it is now: it may have a newer release.
      let workflow = try await place.workflows.workflow(play.uuid)
      guard workflow.play.activeSchedule != nil else { return .done }
      let choice = try await RunChoice(["workflowUuid": .string(workflow.uuid)], place.workflows)
      _ = try await NewBatch(choice: choice, place: place, directory: directory).makeChanges(of: workflow)
      return .done
    } catch {
      let failure = OrchestrationFailure(error)
      return failure.retryAfterSeconds == nil ? .refused(failure.message) : .later(failure.message)
    }
  }

  func isUnderway(_ play: Workflow) async -> Bool {
    guard let place = place.withLock({ $0.place }) else { return false }
    for group in place.service.openGroups(.orchestration) {
      guard let origin = try? await place.workflows.graphs.origin(of: group) else { continue }
      if origin.workflowUuid == play.uuid, origin.settings["data"]?["kind"] == "change" { return true }
    }
    return false
  }
}
