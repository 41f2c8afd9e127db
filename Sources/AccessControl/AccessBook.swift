import PipelineModel
import Platform

/// All projects and keys, and every rule about them. Pure: who calls it stores what it has changed.
struct AccessBook: Sendable {
  private(set) var projects: [UniqueID: Project] = [:]
  private(set) var keys: [UniqueID: APIKey] = [:]
  /// Also among `projects`; at hand, since without authentication every request asks for it.
  private(set) var defaultProject: Project?
  private var slugs: [String: UniqueID] = [:]
  /// By the first word of their hash.
  private var buckets: [UInt64: [UniqueID]] = [:]

  // MARK: Who asks

  /// The project and key of a presented key. Errors: `unknown`, `expired`, `inactiveProject`.
  func find(_ hash: KeyHash, now: WallTime) throws(AccessFailure) -> (Project, APIKey) {
    var found: APIKey?
    for id in buckets[hash.bucket] ?? [] {
      if let key = keys[id], key.hash == hash { found = key }
    }
    guard let key = found, !key.isRevoked, let project = projects[key.project] else { throw .unknown }
    if key.isExpired(at: now) { throw .expired }
    guard project.isActive else { throw .inactiveProject }
    return (project, key)
  }

  mutating func noteUse(of key: UniqueID, at now: WallTime) { keys[key]?.lastUsedAt = now }

  // MARK: Look-ups

  func project(slug: String) throws(AccessError) -> Project {
    guard let project = slugs[slug].flatMap({ projects[$0] }) else {
      throw AccessError(.unknownProject, "Project not found")
    }
    return project
  }

  /// Newest first.
  var projectsByAge: [Project] {
    projects.values.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
  }

  /// Newest first, revoked ones included.
  func keys(of project: UniqueID) -> [APIKey] {
    keys.values.filter { $0.project == project }.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
  }

  // MARK: Changes

  /// As read from the store, or as a change has made it.
  mutating func put(_ project: Project) {
    projects[project.id] = project
    slugs[project.slug] = project.id
    if project.isDefault { defaultProject = project }
  }

  mutating func put(_ key: APIKey) {
    if keys.updateValue(key, forKey: key.id) == nil { buckets[key.hash.bucket, default: []].append(key.id) }
  }

  mutating func remove(_ id: UniqueID) {
    guard let key = keys.removeValue(forKey: id) else { return }
    buckets[key.hash.bucket]?.removeAll { $0 == id }
    if buckets[key.hash.bucket]?.isEmpty == true { buckets[key.hash.bucket] = nil }
  }

  mutating func create(_ project: Project) throws(AccessError) {
    guard slugs[project.slug] == nil else {
      throw AccessError(.slugTaken, "Project with slug '\(project.slug)' already exists")
    }
    guard projects.count < Limits.projectsMax else {
      throw AccessError(.tooMany, "there are \(projects.count) projects already")
    }
    put(project)
  }

  mutating func patch(_ slug: String, _ patch: ProjectPatch, at now: WallTime) throws(AccessError) -> Project {
    var project = try project(slug: slug)
    project.name = patch.name ?? project.name
    project.description = patch.description ?? project.description
    project.isActive = patch.isActive ?? project.isActive
    project.settings = patch.settings ?? project.settings
    project.updatedAt = now
    put(project)
    return project
  }

  /// Answers the key that was forgotten for it: of a project's keys the oldest revoked one goes when there are too
  /// many. `distinct`: no other live key of the project may have the name.
  mutating func create(_ key: APIKey, distinct: Bool) throws(AccessError) -> UniqueID? {
    let others = keys(of: key.project)
    if distinct, others.contains(where: { !$0.isRevoked && $0.name == key.name }) {
      throw AccessError(.nameTaken, "an API key named '\(key.name)' already exists")
    }
    var forgotten: UniqueID?
    if others.count >= Limits.projectKeysMax {
      guard let oldest = others.last(where: \.isRevoked) else {
        throw AccessError(.tooMany, "the project has \(others.count) API keys already")
      }
      forgotten = oldest.id
      remove(oldest.id)
    }
    put(key)
    return forgotten
  }

  /// The keys of the project that match and are not revoked yet. Errors: `unknownKey` when none matches at all.
  mutating func revoke(
    in project: UniqueID, where matches: (APIKey) -> Bool
  ) throws(AccessError) -> [APIKey] {
    let found = keys(of: project).filter(matches)
    guard !found.isEmpty else { throw AccessError(.unknownKey, "API key not found") }
    var revoked: [APIKey] = []
    for var key in found where !key.isRevoked {
      key.isRevoked = true
      keys[key.id] = key
      revoked.append(key)
    }
    return revoked
  }
}
