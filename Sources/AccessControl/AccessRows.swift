import Foundation
import PipelineModel
import StorageAPI

/// A project as it lies in the store: JSON.
struct ProjectRow: Codable {
  struct Quota: Codable {
    var requests: UInt64?
    var records: UInt64?
    var bytes: UInt64?
    var windowSeconds: UInt64

    init?(_ limits: QuotaLimits?) {
      guard let limits else { return nil }
      (requests, records, bytes) = (limits.requests, limits.records, limits.bytes)
      windowSeconds = limits.windowSeconds
    }

    var limits: QuotaLimits {
      QuotaLimits(requests: requests, records: records, bytes: bytes, windowSeconds: windowSeconds)
    }
  }

  var formatVersion = 1
  var id: String
  var name: String
  var slug: String
  var description: String?
  var isActive: Bool
  var settings: String
  var projectLimits: Quota?
  var keyLimits: Quota?
  var createdAt: Int64
  var updatedAt: Int64
  var webhookSecret: Data

  init(_ project: Project) {
    id = project.id.description
    name = project.name
    slug = project.slug
    description = project.description
    isActive = project.isActive
    settings = project.settings.json
    projectLimits = Quota(project.settings.projectLimits)
    keyLimits = Quota(project.settings.keyLimits)
    createdAt = project.createdAt.microseconds
    updatedAt = project.updatedAt.microseconds
    webhookSecret = Data(project.webhookSecret.revealed)
  }

  /// Nil when the row is not well formed.
  var project: Project? {
    guard formatVersion == 1, let id = UniqueID(id), Project.isSlug(slug) else { return nil }
    var settings = ProjectSettings()
    settings.json = self.settings
    settings.projectLimits = projectLimits?.limits
    settings.keyLimits = keyLimits?.limits
    return Project(
      id: id, name: name, slug: slug, description: description, isActive: isActive, settings: settings,
      createdAt: WallTime(microseconds: createdAt), updatedAt: WallTime(microseconds: updatedAt),
      webhookSecret: Secret(Array(webhookSecret)))
  }
}

/// A key as it lies in the store: JSON.
struct APIKeyRow: Codable {
  var formatVersion = 1
  var id: String
  var project: String
  var name: String
  var prefix: String
  var hash: Data
  var scopes: [String]
  var createdAt: Int64
  var expiresAt: Int64?
  var isRevoked: Bool
  var lastUsedAt: Int64?

  init(_ key: APIKey) {
    id = key.id.description
    project = key.project.description
    name = key.name
    prefix = key.prefix
    hash = Data(key.hash.bytes)
    scopes = key.scopes.names
    createdAt = key.createdAt.microseconds
    expiresAt = key.expiresAt?.microseconds
    isRevoked = key.isRevoked
    lastUsedAt = key.lastUsedAt?.microseconds
  }

  /// Nil when the row is not well formed.
  var key: APIKey? {
    guard formatVersion == 1, let id = UniqueID(id), let project = UniqueID(project),
      let hash = KeyHash(bytes: Array(hash)), let scopes = Scopes(names: scopes)
    else { return nil }
    return APIKey(
      id: id, project: project, name: name, prefix: prefix, hash: hash, scopes: scopes,
      createdAt: WallTime(microseconds: createdAt), expiresAt: expiresAt.map { WallTime(microseconds: $0) },
      isRevoked: isRevoked, lastUsedAt: lastUsedAt.map { WallTime(microseconds: $0) })
  }
}

/// What was used of quotas, as it lies in the store: JSON. What cannot be read counts as not used.
enum QuotaRows {
  private struct Row: Codable {
    var account: String
    var startedAt: Int64
    var requests: UInt64
    var records: UInt64
    var bytes: UInt64
  }

  static func bytes(_ windows: [QuotaLedger.SavedWindow]) -> [UInt8] {
    let rows = windows.map { window in
      Row(
        account: window.account.description, startedAt: window.start.microseconds, requests: window.used.requests,
        records: window.used.records, bytes: window.used.bytes)
    }
    return (try? JSONEncoder().encode(rows)).map { Array($0) } ?? []
  }

  static func windows(_ bytes: [UInt8]) -> [QuotaLedger.SavedWindow] {
    let rows = (try? JSONDecoder().decode([Row].self, from: Data(bytes))) ?? []
    return rows.compactMap { row in
      UniqueID(row.account).map { account in
        QuotaLedger.SavedWindow(
          account: account, start: WallTime(microseconds: row.startedAt),
          used: QuotaUse(requests: row.requests, records: row.records, bytes: row.bytes))
      }
    }
  }
}

extension WriteBatch {
  mutating func put(_ project: Project) throws(AccessError) {
    put(KeySpace.project.key(project.id), try WriteBatch.encoded(ProjectRow(project)))
  }

  mutating func put(_ key: APIKey) throws(AccessError) {
    put(KeySpace.apiKey.key(key.id), try WriteBatch.encoded(APIKeyRow(key)))
  }

  private static func encoded(_ row: some Encodable) throws(AccessError) -> [UInt8] {
    do { return Array(try JSONEncoder().encode(row)) } catch {
      throw AccessError(.storage, "a row of the key store cannot be encoded")
    }
  }
}

extension AccessBook {
  /// Everything in the store. Errors: a row that cannot be read, since to go on without it could open a door.
  static func load(_ store: any OrderedStore) throws -> AccessBook {
    var book = AccessBook()
    var damaged: [String] = []
    try store.scan(.base, from: KeySpace.project.key(), to: KeySpace.project.end) { key, value in
      if let project = (try? JSONDecoder().decode(ProjectRow.self, from: Data(value)))?.project {
        book.put(project)
      } else {
        damaged.append("project \(UniqueID(bytes: key.dropFirst())?.description ?? "?")")
      }
      return true
    }
    try store.scan(.base, from: KeySpace.apiKey.key(), to: KeySpace.apiKey.end) { key, value in
      if let key = (try? JSONDecoder().decode(APIKeyRow.self, from: Data(value)))?.key {
        book.put(key)
      } else {
        damaged.append("API key \(UniqueID(bytes: key.dropFirst())?.description ?? "?")")
      }
      return true
    }
    guard damaged.isEmpty else {
      throw AccessError(.storage, "rows of the key store cannot be read: \(damaged.joined(separator: ", "))")
    }
    return book
  }
}
