import Platform

/// The format of a data directory: the text file `format` in it, `tidemark data format 2`.
///
/// It is the version of everything that has none of its own, and grows when an older release must not touch what
/// this one writes. Each pipeline's store says it too (`StateMeta`), and is upgraded when its pipeline starts: it
/// may lag behind its directory and is never ahead of it, so that no newer store is opened only to be refused.
enum DataFormat {
  static let current = Int(StateMeta.currentFormat)
  private static let fileName = "format"
  private static let prefix = "tidemark data format "

  /// Nil for a directory without data. Format 1 had no file. Errors: a file that says nothing.
  static func read(_ directory: String, _ fileSystem: any FileSystem) throws(PipelineHostError) -> Int? {
    let path = "\(directory)/\(fileName)"
    guard fileSystem.exists(path) else { return fileSystem.exists("\(directory)/catalog") ? 1 : nil }
    let bytes: [UInt8]
    do { bytes = try fileSystem.read(path) } catch {
      throw PipelineHostError("\(path) cannot be read: \(error)")
    }
    let text = String(decoding: bytes.prefix(100), as: UTF8.self)
    guard text.hasPrefix(prefix), text.hasSuffix("\n"),
      let version = Int(text.dropFirst(prefix.count).dropLast()), version > 0
    else {
      throw PipelineHostError(
        "\(path) is damaged: restore it from a backup; it should say '\(prefix)\(current)'")
    }
    return version
  }

  /// Touches nothing. Errors: a format that this version does not know.
  @discardableResult
  static func check(_ directory: String, _ fileSystem: any FileSystem) throws(PipelineHostError) -> Int? {
    let found = try read(directory, fileSystem)
    if let found, found > current {
      throw PipelineHostError(
        "\(directory) has data format \(found), which a newer tidemark wrote, and this one knows formats 1 "
          + "to \(current): start that version, or restore a backup that this one has made (tidemark restore); "
          + "nothing was changed")
    }
    return found
  }

  /// Durable on return; only under the directory's lock.
  static func write(_ directory: String, _ fileSystem: any FileSystem) throws(FileError) {
    try fileSystem.publish("\(directory)/\(fileName)", Array("\(prefix)\(current)\n".utf8), mode: 0o644)
  }
}
