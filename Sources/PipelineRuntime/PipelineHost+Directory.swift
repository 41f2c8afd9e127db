import Synchronization
import Platform
import PipelineModel

extension PipelineHost: PipelineDirectory {
  package func create(_ definition: PipelineDefinition) async throws(PipelineError) -> PipelineDescriptor {
    try DefinitionRules.check(definition)
    try reserve(definition.name)
    defer { release(definition.name) }
    let now = environment.clock.wall()
    let descriptor = PipelineDescriptor(
      id: PipelineID(environment.newID()), definition: definition, createdAt: now,
      counters: PipelineDescriptor.Counters(), program: ProgramState(status: .pending, since: now),
      deployment: DeploymentState(at: now), storage: StorageState(status: .cleared))
    let supervisor = PipelineSupervisor(descriptor, environment: environment)
    try await supervisor.created()
    registry.withLock { $0.byName[definition.name] = supervisor }
    return descriptor
  }

  /// Takes a name for the time of one call. Errors: `duplicateName`.
  private func reserve(_ name: String) throws(PipelineError) {
    let free = reserved.withLock { reserved in
      if registry.withLock({ $0.byName[name] != nil }) { return false }
      return reserved.insert(name).inserted
    }
    guard free else {
      throw PipelineError(.duplicateName, "a pipeline named '\(name)' already exists")
    }
  }

  private func release(_ name: String) { reserved.withLock { _ = $0.remove(name) } }

  package func list() async -> [PipelineDescriptor] {
    registry.withLock { Array($0.byName.values) }.map(\.board.descriptor)
      .sorted { $0.definition.name < $1.definition.name }
  }

  package func descriptor(_ name: String) async throws(PipelineError) -> PipelineDescriptor {
    try supervisor(name).board.descriptor
  }

  package func replace(
    _ name: String, with definition: PipelineDefinition
  ) async throws(PipelineError) -> (PipelineDescriptor, created: Bool) {
    guard registry.withLock({ $0.byName[name] != nil }) else {
      return (try await create(definition), true)
    }
    return (try await edit(name, definition), false)
  }

  package func patch(_ name: String, with patch: PipelinePatch) async throws(PipelineError)
    -> PipelineDescriptor
  {
    var definition = try supervisor(name).board.descriptor.definition
    definition.name = patch.name ?? definition.name
    definition.description = patch.description ?? definition.description
    definition.tags = patch.tags ?? definition.tags
    definition.runtimeConfig = patch.runtimeConfig ?? definition.runtimeConfig
    definition.programCode = patch.programCode ?? definition.programCode
    definition.udfRust = patch.udfRust ?? definition.udfRust
    definition.udfToml = patch.udfToml ?? definition.udfToml
    definition.programConfig = patch.programConfig ?? definition.programConfig
    return try await edit(name, definition)
  }

  private func edit(
    _ name: String, _ definition: PipelineDefinition
  ) async throws(PipelineError) -> PipelineDescriptor {
    try DefinitionRules.check(definition)
    let supervisor = try supervisor(name)
    let renamed = definition.name != name
    if renamed { try reserve(definition.name) }
    defer { if renamed { release(definition.name) } }
    let descriptor = try await supervisor.edit(definition)
    if renamed {
      registry.withLock { registry in
        for (known, other) in registry.byName where other === supervisor { registry.byName[known] = nil }
        registry.byName[definition.name] = supervisor
      }
    }
    return descriptor
  }

  package func delete(_ name: String) async throws(PipelineError) {
    let supervisor = try supervisor(name)
    try await supervisor.delete()
    registry.withLock { registry in
      for (known, other) in registry.byName where other === supervisor { registry.byName[known] = nil }
    }
  }

  package func start(_ name: String, options: StartOptions) async throws(PipelineError) {
    try await supervisor(name).start(options)
  }

  package func pause(_ name: String) async throws(PipelineError) {
    try await supervisor(name).setPaused(true)
  }
  package func resume(_ name: String) async throws(PipelineError) {
    try await supervisor(name).setPaused(false)
  }

  package func stop(_ name: String, force: Bool) async throws(PipelineError) {
    try await supervisor(name).stop(force: force)
  }

  package func clear(_ name: String) async throws(PipelineError) { try await supervisor(name).clear() }
  package func dismissError(_ name: String) async throws(PipelineError) {
    try await supervisor(name).dismissError()
  }

  package func approve(_ name: String, silent: Bool, concurrent: Bool) async throws(PipelineError) {
    try await supervisor(name).approve(silent: silent, concurrent: concurrent)
  }

  package func diff(_ name: String, program: String?) async throws(PipelineError) -> ApprovalDiff {
    try await supervisor(name).diff(program)
  }

  package func events(_ name: String) async throws(PipelineError) -> [PipelineEvent] {
    try supervisor(name).board.events
  }

  package func logLines(_ name: String) async throws(PipelineError) -> [String] {
    try supervisor(name).log.all
  }

  package func deployed(_ name: String) throws(PipelineError) -> any DeployedPipeline {
    try supervisor(name).board.deployed()
  }
}
