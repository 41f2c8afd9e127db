import AccessControl
import PipelineRuntime
import Platform
import Synchronization
import WireTypes
import Workflows

/// The batches that plays get by their schedules. Their records and bytes count against the quotas of the project: what
/// has no room there is made when it has.
final class PlayRuns: Sendable {
  private struct Place: Sendable {
    weak var place: WorkPlace?
  }

  /// A batch that is too much for what a quota has left.
  private struct Excess: Error {
    let standing: QuotaStanding
    let use: QuotaUse

    func part(most: Int, isPart: Bool) -> PlayPart {
      PlayPart(
        records: Int(clamping: use.records), most: most, isPart: isPart,
        .init(
          use: use[standing.unit], limit: standing.limit, remaining: standing.remaining,
          countsRecords: standing.unit == .records))
    }
  }

  private let directory: any PipelineDirectory
  private let project: String
  private let ends: GroupEnds
  private let place = Mutex(Place())

  init(_ directory: any PipelineDirectory, project: String, ends: GroupEnds) {
    self.directory = directory
    self.project = project
    self.ends = ends
  }

  /// Whose plays they are. Once.
  func begin(in place: WorkPlace) { self.place.withLock { $0.place = place } }

  func run(_ play: Workflow) async -> PlayOutcome {
    guard let place = place.withLock({ $0.place }) else { return .later("its work is not open") }
    do {
      // Nothing is looked at before one record more may come.
      var least = QuotaUse()
      least.bringsRecords = true
      try place.settings.admit(project, least)
      // As it is now: it may have a newer release.
      let workflow = try await place.workflows.workflow(play.uuid)
      guard workflow.play.activeSchedule != nil else { return .done }
      guard let rest = try await make(workflow, place) else { return .done }
      return PlayRuns.postponed(rest)
    } catch let excess as Excess {
      return PlayRuns.postponed(excess.standing)
    } catch let refusal as QuotaRefusal {
      return PlayRuns.postponed(refusal.standing)
    } catch is CancellationError {
      return .later("it was broken off")
    } catch {
      let failure = OrchestrationFailure(error)
      return failure.retryAfterSeconds == nil ? .refused(failure.message) : .later(failure.message)
    }
  }

  /// A batch that no window has room for is told in parts: the limit that the rest waits for, nil when nothing is left.
  private func make(_ workflow: Workflow, _ place: WorkPlace) async throws -> QuotaStanding? {
    let choice = try await RunChoice(["workflowUuid": .string(workflow.uuid)], place.workflows)
    var batch = NewBatch(choice: choice, place: place, directory: directory)
    func use(_ records: Int, _ bytes: Int) -> QuotaUse {
      QuotaUse(records: UInt64(clamping: records), bytes: UInt64(clamping: bytes))
    }
    batch.giveBack = { [project] records, bytes in place.settings.giveBack(project, use(records, bytes)) }
    batch.admit = { [project] records, bytes in
      let wanted = use(records, bytes)
      do throws(QuotaRefusal) { try place.settings.admit(project, wanted) } catch {
        throw Excess(standing: error.standing, use: wanted)
      }
    }
    var rest: QuotaStanding?
    while true {
      do {
        _ = try await batch.makeChanges(of: workflow)
        return rest
      } catch let excess as Excess {
        switch excess.part(most: batch.changesMax, isPart: rest != nil) {
        case .now(let part): (batch.changesMax, rest) = (part, excess.standing)
        case .later: throw excess
        case .never: throw PlayRuns.tooLarge(excess.standing)
        }
      }
    }
  }

  private static func tooLarge(_ standing: QuotaStanding) -> OrchestrationFailure {
    OrchestrationFailure(
      413, "payloadTooLarge",
      "one of its changes alone is more than the project's quota of \(standing.limit) \(standing.unit.rawValue) in "
        + "\(standing.windowSeconds) s")
  }

  private static func postponed(_ standing: QuotaStanding) -> PlayOutcome {
    .postponed(
      "the project's quota of \(standing.limit) \(standing.unit.rawValue) in \(standing.windowSeconds) s has no room "
        + "for its batch, or the rest of it", seconds: Double(standing.resetSeconds))
  }

  /// Returns when no batch of changes of this play goes on; false when the task was cancelled before.
  func untilFree(_ play: Workflow) async -> Bool {
    while !Task.isCancelled {
      guard let place = place.withLock({ $0.place }), let group = await underway(play, place) else { return true }
      guard await ends.wait(for: group) else { return false }
    }
    return false
  }

  private func underway(_ play: Workflow, _ place: WorkPlace) async -> String? {
    for group in place.service.openGroups(.orchestration) {
      guard let origin = try? await place.workflows.graphs.origin(of: group) else { continue }
      if origin.workflowUuid == play.uuid, origin.settings["data"]?["kind"] == "change" { return group.id }
    }
    return nil
  }
}
