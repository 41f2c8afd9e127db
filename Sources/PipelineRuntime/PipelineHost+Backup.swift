import PipelineModel
import Platform
import StorageAPI
import Synchronization

/// A copy of the whole data directory that was made while the server ran.
package struct BackupReport: Sendable {
  package let path: String
  package let pipelines: Int

  package init(path: String, pipelines: Int) {
    self.path = path
    self.pipelines = pipelines
  }
}

extension PipelineHost {
  /// From now on backups hold what `write` writes below the directory that it is given.
  package func alsoBackUp(_ write: @escaping @Sendable (_ directory: String) throws -> Void) {
    companions.withLock { $0.append(write) }
  }

  /// Into `backups/NAME` of the data directory, whole or not at all: it gets its name at the end.
  package func backUp(_ name: String) async throws(PipelineError) -> BackupReport {
    try PipelineHost.checkBackupName(name)
    let key = "backups/\(name)"
    guard reserved.withLock({ $0.insert(key).inserted }) else {
      throw PipelineError(.duplicateName, "a backup named '\(name)' is being made")
    }
    defer { reserved.withLock { _ = $0.remove(key) } }
    let environment = environment
    let parent = "\(environment.dataDirectory)/backups"
    let companions = companions.withLock { $0 }
    let (path, draft) = ("\(parent)/\(name)", "\(parent)/\(name).tmp")
    // The catalog first: it may name fewer pipelines than there are directories then, never more.
    try await blocking { fileSystem in
      guard !fileSystem.exists(path) else {
        throw PipelineError(.duplicateName, "a backup named '\(name)' already exists")
      }
      try fileSystem.removeTree(draft)
      try fileSystem.createDirectories("\(draft)/pipelines")
      try environment.catalog.backUp(to: "\(draft)/catalog")
      for write in companions { try write(draft) }
      try DataFormat.write(draft, fileSystem)
      let signingKey = "\(environment.dataDirectory)/token.key"
      if fileSystem.exists(signingKey) {
        try fileSystem.publish("\(draft)/token.key", try fileSystem.read(signingKey), mode: 0o600)
      }
    }
    let supervisors = registry.withLock { Array($0.byName.values) }.sorted { $0.id.value < $1.id.value }
    for supervisor in supervisors { try await supervisor.backUp(to: "\(draft)/pipelines/\(supervisor.id)") }
    try await blocking { fileSystem in
      try fileSystem.syncDirectory("\(draft)/pipelines")
      try fileSystem.syncDirectory(draft)
      try fileSystem.rename(draft, to: path)
      try fileSystem.syncDirectory(parent)
    }
    return BackupReport(path: path, pipelines: supervisors.count)
  }

  private func blocking(_ body: @escaping @Sendable (any FileSystem) throws -> Void) async throws(PipelineError) {
    let fileSystem = environment.fileSystem
    let result: Result<Void, PipelineError> = await environment.pool.run {
      do {
        try body(fileSystem)
        return .success(())
      } catch let error as PipelineError { return .failure(error) } catch {
        return .failure(PipelineError(.storageFailure, "the backup cannot be written: \(error)"))
      }
    }
    try result.get()
  }

  /// It becomes part of a path.
  private static func checkBackupName(_ name: String) throws(PipelineError) {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x2D || byte == 0x5F
    }
    guard isPlain, (1...100).contains(name.utf8.count) else {
      throw PipelineError(
        .invalidParam, "the name of a backup has 1 to 100 letters, digits, '-' and '_', not '\(name.prefix(100))'")
    }
  }
}
