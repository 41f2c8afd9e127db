import AccessControl
import PipelineModel
import PipelineRuntime
import Platform
import Workflows

/// Lets a hot request in, by the same rules as `Admission`.
struct HotAdmission: Sendable {
  enum Outcome {
    case admitted(HotAdmission)
    case refused(WholeAnswer)
  }

  let environment: APIEnvironment
  private let principal: Principal
  private let use: QuotaUse
  private let directory: ScopedDirectory
  private let pipeline: String

  /// `bodyLength` nil: nothing is taken from the quota, which has counted the request before.
  static func admit(_ request: HotRequest, bodyLength: Int?, _ environment: APIEnvironment) -> Outcome {
    let principal: Principal
    do throws(AccessFailure) { principal = try environment.access.principal(presenting: request.key) } catch {
      return .refused(Dialect.primary.answer(error, requestID: ""))
    }
    var use = QuotaUse(requests: bodyLength == nil ? 0 : 1)
    let scope: Scope
    switch request.route {
    case .ingest, .load:
      scope = .ingest
      use.bytes = UInt64(clamping: bodyLength ?? 0)
      use.bringsRecords = true
    case .completionStatus, .tracking: scope = .read
    }
    let admission = HotAdmission(
      environment: environment, principal: principal, use: use, directory: environment.directory(of: principal),
      pipeline: request.pipeline)
    if !principal.scopes.contains(scope) { return .refused(admission.missing(scope)) }
    do throws(QuotaRefusal) { try environment.access.take(use, principal) } catch {
      return .refused(Dialect.primary.answer(error, now: environment.clock.wall(), requestID: ""))
    }
    return .admitted(admission)
  }

  /// What is not the caller's own is not found, whatever the scopes.
  private func missing(_ scope: Scope) -> WholeAnswer {
    do throws(PipelineError) { _ = try directory.deployed(pipeline) } catch {
      if error.code == .unknownPipelineName { return complete(WholeAnswer(error)) }
    }
    return complete(Dialect.primary.answer(.insufficientScope(scope), requestID: ""))
  }

  func deployed() throws(PipelineError) -> any DeployedPipeline { try directory.deployed(pipeline) }

  /// A work item of the caller's project that is in memory under this id.
  func item(_ id: String) -> WorkItem? { work?.held([id]).first }

  /// The work of the caller's project when it is open.
  var work: WorkService? { environment.work.opened(principal.slug)?.service }

  func giveBack() { environment.access.giveBack(use, principal) }

  /// What an ingest has brought.
  func note(_ receipt: IngressReceipt) { note(records: receipt.accepted + receipt.errorCount) }

  func note(records: UInt64) {
    guard principal.isLimited else { return }
    environment.access.note(QuotaUse(records: records), principal)
  }

  /// The answer with what is left of the quotas.
  func complete(_ answer: WholeAnswer) -> WholeAnswer {
    guard principal.isLimited else { return answer }
    var answer = answer
    answer.fields += QuotaFields.fields(environment.access.standings(principal), now: environment.clock.wall())
    return answer
  }
}
