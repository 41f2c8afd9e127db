import Platform

/// Makes a data directory of a backup. Blocks.
package struct DirectoryRestore {
  private let backup: String
  private let target: String
  private let fileSystem = PosixFileSystem()

  package init(backup: String, target: String) {
    self.backup = backup
    self.target = target
  }

  /// Whole or not at all; durable on return. The backup stays as it is. Answers the number of files.
  /// Errors: no backup there or one of a newer format, or a target that holds anything.
  package func run() throws(PipelineHostError) -> Int {
    guard fileSystem.exists("\(backup)/catalog") else {
      throw PipelineHostError("\(backup) is no backup: it has no catalog")
    }
    try DataFormat.check(backup, fileSystem)
    do {
      if fileSystem.exists(target), try !fileSystem.entries(of: target).isEmpty {
        throw PipelineHostError("\(target) is not empty: a backup is restored into a new directory")
      }
      let draft = "\(target).restoring"
      try fileSystem.removeTree(draft)
      let count = try copy(backup, to: draft)
      if fileSystem.exists(target) { try fileSystem.removeTree(target) }
      try fileSystem.rename(draft, to: target)
      try fileSystem.syncDirectory(PosixFileSystem.parent(of: target))
      return count
    } catch let error as PipelineHostError { throw error } catch {
      throw PipelineHostError("\(target) cannot be restored: \(error)")
    }
  }

  /// Files that nobody changes once they are written are linked, all others copied.
  private func copy(_ source: String, to target: String) throws(FileError) -> Int {
    try fileSystem.createDirectories(target)
    var count = 0
    for name in try fileSystem.entries(of: source) {
      let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
      if fileSystem.isDirectory(from) {
        count += try copy(from, to: to)
        continue
      }
      count += 1
      if name.hasSuffix(".sst") || name.hasSuffix(".data") {
        try fileSystem.link(from, to: to)
      } else {
        try fileSystem.publish(to, try fileSystem.read(from), mode: name == "token.key" ? 0o600 : 0o644)
      }
    }
    try fileSystem.syncDirectory(target)
    return count
  }
}
