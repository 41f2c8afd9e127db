import Logging
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes
import Workflows

/// Brings the pipeline of a project's work up and opens the work when everything in its log is through the circuit.
struct WorkOpener: Sendable {
  /// How long a request waits for it.
  private static let seconds = 30.0

  let project: String
  let directory: any PipelineDirectory
  let settings: WorkSettings
  let clock: any PipelineClock
  let logger: Logger

  /// Of a step that begins now.
  private var end: MonotonicTime { clock.monotonic().after(seconds: WorkOpener.seconds) }

  func open() async -> Result<WorkPlace, WorkError> {
    do {
      try await bringUp()
      let store = PipelineWorkStore(directory: directory)
      _ = try await store.caughtUp(seconds: WorkOpener.seconds)
      let service = WorkService(store: store, clock: clock, retentionSeconds: settings.retentionSeconds)
      let place = try await WorkPlace.open(project, service, settings, directory) { [logger, project] message in
        logger.warning("the work of project '\(project)': \(message)")
      }
      return .success(place)
    } catch let error as WorkError {
      return .failure(error)
    } catch let error as PipelineError {
      return .failure(WorkError(error))
    } catch {
      return .failure(WorkError(.unavailable, "\(error)"))
    }
  }

  private func bringUp() async throws {
    try Task.checkCancellation()
    var descriptor = try await described()
    if needsChange(descriptor) {
      try await change(descriptor)
      descriptor = try await directory.descriptor(WorkProgram.name)
    }
    let isFresh = descriptor.storage.status == .cleared && descriptor.deployment.error == nil
    if descriptor.deployment.desiredResources == .stopped {
      guard isFresh else { throw stopped(descriptor) }
      try await start(StartOptions())
    }
    try await untilRunning()
    if descriptor.definition.description == WorkProgram.changing { try await describe(WorkProgram.description) }
  }

  private func untilRunning() async throws {
    try await until("does not run yet") { $0.deployment.runtime == .running }
  }

  /// Errors: `unavailable` when that takes too long, or the pipeline has an error.
  private func until(_ problem: String, _ holds: (PipelineDescriptor) -> Bool) async throws {
    let end = self.end
    while true {
      let descriptor = try await directory.descriptor(WorkProgram.name)
      if holds(descriptor) { return }
      guard clock.monotonic() < end, descriptor.deployment.error == nil else {
        throw WorkError(
          .unavailable, descriptor.deployment.error?.message ?? "the pipeline '\(WorkProgram.name)' \(problem)")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private func described() async throws -> PipelineDescriptor {
    do throws(PipelineError) { return try await directory.descriptor(WorkProgram.name) } catch {
      guard error.code == .unknownPipelineName else { throw error }
    }
    var definition = PipelineDefinition(name: WorkProgram.name, programCode: WorkProgram.code)
    definition.description = WorkProgram.description
    definition.runtimeConfig = try RuntimeConfigBody(json: WorkProgram.settings).runtimeConfig
    definition.programConfig = try ProgramConfigBody(json: .null).programConfig
    return try await directory.create(definition)
  }

  private func start(_ options: StartOptions) async throws {
    let end = self.end
    while true {
      let program = try await directory.descriptor(WorkProgram.name).program
      if program.status == .success { break }
      guard program.status != .sqlError, clock.monotonic() < end else {
        throw WorkError(.failed, "the pipeline '\(WorkProgram.name)' does not compile: \(program.status.rawValue)")
      }
      try await Task.sleep(for: .milliseconds(2))
    }
    try await directory.start(WorkProgram.name, options: options)
  }
}

// MARK: Another program

extension WorkOpener {
  /// Also when a change was begun, and the server ended before its start: it was not somebody else who stopped it.
  private func needsChange(_ found: PipelineDescriptor) -> Bool {
    guard found.definition.programCode == WorkProgram.code else { return true }
    return found.definition.description == WorkProgram.changing && found.deployment.error == nil
      && found.deployment.desiredResources == .stopped
  }

  /// A pipeline of the server that has another program, of another release say, gets ours and keeps its records. Its
  /// description tells that this is under way, so that whoever opens it next goes on. Errors: `unavailable` when it is
  /// not the server's, or would lose something.
  private func change(_ found: PipelineDescriptor) async throws {
    // Also when a change was begun: it may have been to another program than this.
    if found.definition.programCode != WorkProgram.code { try await checkKeeps(found) }
    // Who stops the pipeline meanwhile takes the work from us first: then it is not ours to go on.
    try Task.checkCancellation()
    if found.definition.description != WorkProgram.changing { try await describe(WorkProgram.changing) }
    try await directory.stop(WorkProgram.name, force: false)
    try await until("does not stop") { $0.deployment.resources == .stopped }
    var patch = PipelinePatch()
    patch.programCode = WorkProgram.code
    _ = try await directory.patch(WorkProgram.name, with: patch)
    var options = StartOptions()
    options.bootstrapPolicy = "allow"
    try await start(options)
  }

  private func checkKeeps(_ found: PipelineDescriptor) async throws {
    let isBegun = found.definition.description == WorkProgram.changing
    guard isBegun || found.definition.description == WorkProgram.description else {
      throw WorkError(
        .unavailable, "the pipeline '\(WorkProgram.name)' has another program: rename it, its name is the server's")
    }
    guard found.storage.status != .cleared else { return }
    guard isBegun || found.deployment.desiredResources != .stopped else { throw stopped(found) }
    // The differences are told of what is stored, too, but not while that changes.
    try await until("does not run yet") {
      $0.deployment.runtime == .running
        || $0.deployment.desiredResources == .stopped && $0.deployment.resources == .stopped
    }
    let diff = try await directory.diff(WorkProgram.name, program: WorkProgram.code)
    let lost = (diff.tables.added + diff.tables.modified + diff.tables.removed).sorted()
    guard lost.isEmpty, diff.obstacle == nil else {
      throw WorkError(
        .unavailable,
        "the pipeline '\(WorkProgram.name)' has another program, which cannot be changed without loss: "
          + (diff.obstacle ?? "tables \(lost.joined(separator: ", "))"))
    }
  }

  private func stopped(_ found: PipelineDescriptor) -> WorkError {
    let error = found.deployment.error.map { ", after an error (\($0.message))" } ?? ""
    return WorkError(.unavailable, "the pipeline '\(WorkProgram.name)' is stopped\(error): start it")
  }

  private func describe(_ text: String) async throws {
    var patch = PipelinePatch()
    patch.description = text
    _ = try await directory.patch(WorkProgram.name, with: patch)
  }
}
