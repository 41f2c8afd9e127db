// A directory with one pipeline `p`; its deployed form and descriptor are the tests' choice.

import PipelineModel
import PipelineRuntime
import Synchronization

final class FakeDirectory: PipelineDirectory {
  struct State {
    var descriptor: PipelineDescriptor
    var created: [PipelineDefinition] = []
    var patches: [PipelinePatch] = []
    var starts: [StartOptions] = []
    var stops: [Bool] = []
    var calls: [String] = []
    var failure: PipelineError?
    var deployed = true
    var events: [PipelineEvent] = []
    /// Successive readings; the last stays. Nil: the pipeline is gone.
    var logReadings: [[String]?] = [["Fresh start of pipeline log"]]
  }

  static let createdAt = WallTime(microseconds: 1_769_847_330_000_250)

  let pipeline = FakePipeline()
  let state: Mutex<State>

  init() {
    state = Mutex(State(descriptor: FakeDirectory.descriptor(PipelineDefinition(name: "p", programCode: ""))))
  }

  static func descriptor(_ definition: PipelineDefinition) -> PipelineDescriptor {
    PipelineDescriptor(
      id: PipelineID(UniqueID(high: 1, low: 2)), definition: definition, createdAt: createdAt,
      counters: PipelineDescriptor.Counters(), program: ProgramState(status: .pending, since: createdAt),
      deployment: DeploymentState(at: createdAt), storage: StorageState(status: .cleared))
  }

  private func check(_ name: String) throws(PipelineError) {
    guard name == "p" else { throw PipelineError(.unknownPipelineName, "unknown pipeline name '\(name)'") }
  }

  private func note(_ call: String, _ name: String) throws(PipelineError) {
    try check(name)
    let failure = state.withLock { state in
      state.calls.append(call)
      return state.failure
    }
    if let failure { throw failure }
  }

  func create(_ definition: PipelineDefinition) async throws(PipelineError) -> PipelineDescriptor {
    let failure = state.withLock { state in
      state.created.append(definition)
      return state.failure
    }
    if let failure { throw failure }
    return FakeDirectory.descriptor(definition)
  }

  func backUp(_ name: String) async throws(PipelineError) -> BackupReport {
    let failure = state.withLock { state in
      state.calls.append("backUp \(name)")
      return state.failure
    }
    if let failure { throw failure }
    return BackupReport(path: "/data/backups/\(name)", pipelines: 1)
  }

  func list() async -> [PipelineDescriptor] { state.withLock { [$0.descriptor] } }

  func descriptor(_ name: String) async throws(PipelineError) -> PipelineDescriptor {
    try check(name)
    return state.withLock { $0.descriptor }
  }

  func replace(
    _ name: String, with definition: PipelineDefinition
  ) async throws(PipelineError) -> (PipelineDescriptor, created: Bool) {
    state.withLock { $0.created.append(definition) }
    return (FakeDirectory.descriptor(definition), name != "p")
  }

  func patch(_ name: String, with patch: PipelinePatch) async throws(PipelineError) -> PipelineDescriptor {
    try note("patch", name)
    return state.withLock { state in
      state.patches.append(patch)
      return state.descriptor
    }
  }

  func delete(_ name: String) async throws(PipelineError) { try note("delete", name) }

  func start(_ name: String, options: StartOptions) async throws(PipelineError) {
    try note("start", name)
    state.withLock { $0.starts.append(options) }
  }

  func pause(_ name: String) async throws(PipelineError) { try note("pause", name) }
  func resume(_ name: String) async throws(PipelineError) { try note("resume", name) }

  func stop(_ name: String, force: Bool) async throws(PipelineError) {
    try note("stop", name)
    state.withLock { $0.stops.append(force) }
  }

  func clear(_ name: String) async throws(PipelineError) { try note("clear", name) }
  func dismissError(_ name: String) async throws(PipelineError) { try note("dismiss_error", name) }
  func approve(_ name: String, silent: Bool, concurrent: Bool) async throws(PipelineError) {
    try note("approve silent=\(silent) concurrent=\(concurrent)", name)
  }
  func diff(_ name: String, program: String?) async throws(PipelineError) -> ApprovalDiff {
    try note("diff", name)
    let none = ApprovalDiff.Change(added: [], modified: [], removed: [])
    return ApprovalDiff(inputConnectors: none, outputConnectors: none, tables: none, views: none)
  }

  func events(_ name: String) async throws(PipelineError) -> [PipelineEvent] {
    try check(name)
    return state.withLock { $0.events }
  }

  func logLines(_ name: String) async throws(PipelineError) -> [String] {
    try check(name)
    let reading = state.withLock { state in
      state.logReadings.count > 1 ? state.logReadings.removeFirst() : state.logReadings[0]
    }
    guard let reading else { throw PipelineError(.unknownPipelineName, "gone") }
    return reading
  }

  func deployed(_ name: String) throws(PipelineError) -> any DeployedPipeline {
    try check(name)
    guard state.withLock({ $0.deployed }) else {
      throw PipelineError(.pipelineInteractionNotDeployed, "pipeline is not deployed")
    }
    return pipeline
  }
}
