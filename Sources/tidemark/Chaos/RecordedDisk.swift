import Foundation
import Platform
import PowerCuts

/// A directory that can lose its power: a server that runs with `environment` has its changes recorded, and `cut` makes
/// the files what a machine would find after a power cut. The shell of `DurableFiles`.
final class RecordedDisk {
  /// What the server may write; all in it counts as durable when this is made.
  let root: String
  private let base: String
  private let library: String
  private var files: DurableFiles
  private let fileSystem = PosixFileSystem()

  static let libraryName = "libTidemarkPowerCut.so"

  /// The library of the shim, when it lies beside this program.
  static var library: String? {
    guard let program = ChildProcess.ownPath else { return nil }
    let path = "\(PosixFileSystem.parent(of: program))/\(libraryName)"
    // The loader takes a blank or a colon for the end of a path.
    return PosixFileSystem().exists(path) && !path.contains { " :".contains($0) } ? path : nil
  }

  /// `base` holds `root` and exists.
  init(base: String, root: String, library: String) throws {
    // The shim compares paths as text, as the server writes them.
    guard root.hasPrefix("/") else { throw ChaosServer.Fault(description: "\(root) is no absolute path") }
    self.base = base
    self.root = root
    self.library = library
    try fileSystem.createDirectories("\(base)/grave")
    try fileSystem.writeFile("\(base)/events", [], sync: false)
    // The shim's words; all zero: nothing fails.
    try fileSystem.writeFile("\(base)/control", [UInt8](repeating: 0, count: 4096), sync: false)
    files = try RecordedDisk.durable(root, nextNumber: 0)
  }

  /// For the next life of the server.
  func environment(_ inherited: [String]) -> [String] {
    let name = "LD_PRELOAD="
    let others = inherited.first { $0.hasPrefix(name) }.map { ":" + $0.dropFirst(name.count) } ?? ""
    return inherited.filter { !$0.hasPrefix(name) && !$0.hasPrefix("TIDEMARK_SHIM_") } + [
      "\(name)\(library)\(others)", "TIDEMARK_SHIM_ROOT=\(root)", "TIDEMARK_SHIM_GRAVE=\(base)/grave",
      "TIDEMARK_SHIM_EVENTS=\(base)/events", "TIDEMARK_SHIM_CONTROL=\(base)/control",
      "TIDEMARK_SHIM_FIRST=\(files.nextNumber)",
    ]
  }

  /// After the end of a life, before the next.
  func takeEvents() throws {
    let bytes = try fileSystem.read("\(base)/events")
    // A server writes at least the lock of its directory: nothing recorded means that the library was not loaded.
    guard !bytes.isEmpty || files.nextNumber > 0 else {
      throw ChaosServer.Fault(description: "\(library) recorded nothing: is it built for this system?")
    }
    try files.apply(journal: String(decoding: bytes, as: UTF8.self))
    try fileSystem.writeFile("\(base)/events", [], sync: false)
  }

  /// The machine goes off; the server must be dead and its events taken. Answers what was lost.
  func cut(choose: DurableFiles.Choice?) throws -> (names: Int, bytes: UInt64) {
    var sizes: [DurableFiles.Inode: UInt64] = [:]
    var places: [DurableFiles.Inode: String] = [:]
    for top in ["\(base)/grave", root] {
      try RecordedDisk.walk(top) { path, facts, _ in
        guard !facts.isDirectory else { return }
        sizes[facts.inode] = facts.size
        places[facts.inode] = path
      }
    }
    let plan = try files.cut(sizes: sizes, choose: choose)
    let fresh = "\(base)/after"
    try fileSystem.createDirectories(fresh)
    for operation in plan.operations { try carryOut(operation, in: fresh, places) }
    try fileSystem.removeTree(root)
    try fileSystem.removeTree("\(base)/grave")
    try fileSystem.rename(fresh, to: root)
    try fileSystem.createDirectories("\(base)/grave")
    files = try RecordedDisk.durable(root, nextNumber: files.nextNumber)
    return (plan.lostNames, plan.lostBytes)
  }

  private func carryOut(
    _ operation: CutPlan.Operation, in fresh: String, _ places: [DurableFiles.Inode: String]
  ) throws {
    switch operation {
    case .makeDirectory(let path):
      try FileManager.default.createDirectory(atPath: "\(fresh)/\(path)", withIntermediateDirectories: false)
    case .link(let inode, let path):
      guard let place = places[inode] else { throw DurableFiles.Fault.lostFile(path: path) }
      try fileSystem.link(place, to: "\(fresh)/\(path)")
    case .write(let path, let bytes): try fileSystem.writeFile("\(fresh)/\(path)", bytes, sync: false)
    case .setLength(let path, let length):
      let file = try FileHandle(forWritingTo: URL(filePath: "\(fresh)/\(path)"))
      try file.truncate(atOffset: length)
      try file.close()
    }
  }

  private struct Facts {
    let inode: DurableFiles.Inode
    let isDirectory: Bool
    let size: UInt64

    init(_ path: String) throws {
      let found = try FileManager.default.attributesOfItem(atPath: path)
      guard let inode = (found[.systemFileNumber] as? NSNumber)?.uint64Value else {
        throw ChaosServer.Fault(description: "\(path) has no inode")
      }
      self.inode = inode
      isDirectory = found[.type] as? FileAttributeType == .typeDirectory
      size = (found[.size] as? NSNumber)?.uint64Value ?? 0
    }
  }

  private static func durable(_ root: String, nextNumber: UInt64) throws -> DurableFiles {
    var files = DurableFiles(root: try Facts(root).inode, nextNumber: nextNumber)
    try walk(root) { path, facts, parent in
      let name = String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
      if facts.isDirectory {
        files.hasDirectory(facts.inode, named: name, in: parent)
      } else {
        files.hasFile(facts.inode, size: facts.size, named: name, in: parent)
      }
    }
    return files
  }

  /// All below the directory, each directory before what is in it.
  private static func walk(
    _ directory: String, _ visit: (_ path: String, Facts, _ parent: DurableFiles.Inode) -> Void
  ) throws {
    let parent = try Facts(directory).inode
    for name in try PosixFileSystem().entries(of: directory) {
      let path = "\(directory)/\(name)"
      let facts = try Facts(path)
      visit(path, facts, parent)
      if facts.isDirectory { try walk(path, visit) }
    }
  }
}
