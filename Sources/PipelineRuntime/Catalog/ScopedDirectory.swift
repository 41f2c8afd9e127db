import PipelineModel

/// How pipelines of all projects share one registry: those of the default project under their own name, others as
/// `slug~name`, which no user can give.
enum ScopedName {
  static let separator: UInt8 = 0x7E

  static func isScoped(_ name: String) -> Bool { name.utf8.contains(separator) }

  /// The name as its project knows it; of `~` without a valid slug before it, the whole, which is no name at all.
  static func plain(_ name: String) -> String {
    guard let place = name.utf8.firstIndex(of: separator), (try? PipelineName(String(name[..<place]))) != nil else {
      return name
    }
    return String(name[name.utf8.index(after: place)...])
  }
}

/// The pipelines of one project, as if there were no others: its names are its own, here and in every answer.
package struct ScopedDirectory: PipelineDirectory {
  private let host: any PipelineDirectory
  /// Before each name; empty for the default project.
  private let prefix: String

  /// `slug` nil: the default project.
  package init(_ host: any PipelineDirectory, slug: String?) {
    self.host = host
    prefix = slug.map { "\($0)~" } ?? ""
  }

  // MARK: Names

  /// The name that the host knows. A name that only a host could have is unknown here.
  private func inner(_ name: String) throws(PipelineError) -> String {
    if ScopedName.isScoped(name) { throw PipelineError.unknownPipeline(name) }
    return prefix.isEmpty ? name : prefix + name
  }

  private func inner(_ definition: PipelineDefinition) throws(PipelineError) -> PipelineDefinition {
    // The host's rule allows the names of projects, which no user may give.
    try DefinitionRules.checkName(definition.name)
    try DefinitionRules.check(definition)
    var definition = definition
    definition.name = prefix + definition.name
    return definition
  }

  private func plain(_ descriptor: PipelineDescriptor) -> PipelineDescriptor {
    var descriptor = descriptor
    descriptor.definition.name = String(descriptor.definition.name.dropFirst(prefix.count))
    return descriptor
  }

  /// Calls the host and takes its names out of the errors.
  private func ask<Value>(
    _ name: String, _ call: (String) async throws(PipelineError) -> Value
  ) async throws(PipelineError) -> Value {
    let inner = try inner(name)
    do throws(PipelineError) { return try await call(inner) } catch { throw plain(error) }
  }

  private func plain(_ error: PipelineError) -> PipelineError {
    guard !prefix.isEmpty else { return error }
    return PipelineError(
      error.code, plain(error.message), details: plain(error.details), retryAfterSeconds: error.retryAfterSeconds)
  }

  private func plain(_ text: String) -> String { prefix.isEmpty ? text : text.replacing(prefix, with: "") }

  // MARK: Calls

  package func create(_ definition: PipelineDefinition) async throws(PipelineError) -> PipelineDescriptor {
    let inner = try inner(definition)
    do throws(PipelineError) { return plain(try await host.create(inner)) } catch { throw plain(error) }
  }

  package func list() async -> [PipelineDescriptor] {
    await host.list().filter { descriptor in
      let name = descriptor.definition.name
      return prefix.isEmpty ? !ScopedName.isScoped(name) : name.hasPrefix(prefix)
    }.map(plain)
  }

  package func descriptor(_ name: String) async throws(PipelineError) -> PipelineDescriptor {
    plain(try await ask(name) { (name) throws(PipelineError) in try await host.descriptor(name) })
  }

  package func replace(
    _ name: String, with definition: PipelineDefinition
  ) async throws(PipelineError) -> (PipelineDescriptor, created: Bool) {
    let new = try inner(definition)
    let (descriptor, created) = try await ask(name) { (name) throws(PipelineError) in
      try await host.replace(name, with: new)
    }
    return (plain(descriptor), created)
  }

  package func patch(_ name: String, with patch: PipelinePatch) async throws(PipelineError) -> PipelineDescriptor {
    var inner = patch
    if let new = patch.name {
      // A wrong name is told of an existing pipeline only.
      _ = try await descriptor(name)
      try DefinitionRules.checkName(new)
      inner.name = prefix + new
    }
    let final = inner
    return plain(try await ask(name) { (name) throws(PipelineError) in try await host.patch(name, with: final) })
  }

  package func delete(_ name: String) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in try await host.delete(name) }
  }

  package func start(_ name: String, options: StartOptions) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in try await host.start(name, options: options) }
  }

  package func pause(_ name: String) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in try await host.pause(name) }
  }

  package func resume(_ name: String) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in try await host.resume(name) }
  }

  package func stop(_ name: String, force: Bool) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in try await host.stop(name, force: force) }
  }

  package func clear(_ name: String) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in try await host.clear(name) }
  }

  package func dismissError(_ name: String) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in try await host.dismissError(name) }
  }

  package func approve(_ name: String, silent: Bool, concurrent: Bool) async throws(PipelineError) {
    try await ask(name) { (name) throws(PipelineError) in
      try await host.approve(name, silent: silent, concurrent: concurrent)
    }
  }

  package func diff(_ name: String, program: String?) async throws(PipelineError) -> ApprovalDiff {
    try await ask(name) { (name) throws(PipelineError) in try await host.diff(name, program: program) }
  }

  /// The whole server's, so for the default project only.
  package func backUp(_ name: String) async throws(PipelineError) -> BackupReport {
    guard prefix.isEmpty else {
      throw PipelineError(.permissionDenied, "a backup holds all projects: only the default project may make one")
    }
    return try await host.backUp(name)
  }

  package func events(_ name: String) async throws(PipelineError) -> [PipelineEvent] {
    try await ask(name) { (name) throws(PipelineError) in try await host.events(name) }
  }

  package func logLines(_ name: String) async throws(PipelineError) -> [String] {
    try await ask(name) { (name) throws(PipelineError) in try await host.logLines(name) }.map(plain)
  }

  package func deployed(_ name: String) throws(PipelineError) -> any DeployedPipeline {
    let inner = try inner(name)
    guard !prefix.isEmpty else { return try host.deployed(inner) }
    do throws(PipelineError) { return try host.deployed(inner) } catch { throw plain(error) }
  }
}
