/// What a power cut would leave of a directory: the names and bytes that were synced, by the journal of the shim
/// (`CPowerCut/shim.c` tells its lines). Pure: lines in, a `CutPlan` out.
package struct DurableFiles {
  package typealias Inode = UInt64

  package enum Fault: Error, Hashable, CustomStringConvertible {
    /// The server makes changes that are not recorded, so that nobody knows what a power cut leaves.
    case untracked(String)
    case unreadable(line: String)
    case lostFile(path: String)

    package var description: String {
      switch self {
      case .untracked(let what): "the server does what the recorder of power cuts cannot follow: \(what)"
      case .unreadable(let line): "the journal of power cuts has a line that nobody wrote: \(line.prefix(200))"
      case .lostFile(let path): "the recorder of power cuts lost track of \(path)"
      }
    }
  }

  /// Directories have numbers of their own: the inode of a removed one may be taken again before the next cut.
  enum Entry: Hashable {
    case file(Inode)
    case directory(Int)
  }

  /// One change of a directory, whole or not at all; nil removes the name.
  struct Change {
    let number: UInt64
    let steps: [(name: String, entry: Entry?)]
  }

  struct Directory {
    var names: [String: Entry] = [:]
    /// Not synced yet, oldest first.
    var pending: [Change] = []

    mutating func commit(_ count: Int) {
      for change in pending.prefix(count) {
        for (name, entry) in change.steps { names[name] = entry }
      }
      pending.removeFirst(count)
    }
  }

  /// The first is the root.
  private(set) var directories = [Directory()]
  private var directoryOf: [Inode: Int]
  /// Bytes of each file that survive.
  private(set) var lengths: [Inode: UInt64] = [:]
  /// Of small files: what was synced last, since they may be overwritten in place.
  private(set) var contents: [Inode: [UInt8]] = [:]
  /// The number that the next line of the journal gets.
  package private(set) var nextNumber: UInt64

  /// An empty directory.
  package init(root: Inode, nextNumber: UInt64 = 0) {
    directoryOf = [root: 0]
    self.nextNumber = nextNumber
  }

  // MARK: What is durable from the beginning

  package mutating func hasFile(_ inode: Inode, size: UInt64, named name: String, in parent: Inode) {
    lengths[inode] = size
    let parent = number(of: parent)
    directories[parent].names[name] = .file(inode)
  }

  /// Its parent is told before.
  package mutating func hasDirectory(_ inode: Inode, named name: String, in parent: Inode) {
    let parent = number(of: parent)
    directories[parent].names[name] = .directory(add(inode))
  }

  // MARK: Lines

  /// Takes all whole lines; kill -9 may have left a part of one at the end.
  package mutating func apply(journal: String) throws(Fault) {
    var rest = journal[...]
    while let end = rest.utf8.firstIndex(of: UInt8(ascii: "\n")) {
      try apply(line: rest[..<end])
      rest = rest[rest.utf8.index(after: end)...]
    }
  }

  private mutating func apply(line: Substring) throws(Fault) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    let unreadable = Fault.unreadable(line: String(line))
    guard words.count >= 2, let number = UInt64(words[0]) else { throw unreadable }
    nextNumber = number + 1
    // The fields after the kind, and those that are numbers.
    let fields = words.dropFirst(2).map(String.init)
    let values = fields.map { UInt64($0) }
    switch (words[1], fields.count) {
    case ("C", 4):
      guard let parent = values[0], let inode = values[2] else { throw unreadable }
      created(inode, isDirectory: fields[3] == "d", fields[1], in: parent, number)
    case ("R", 5):
      guard let source = values[0], let target = values[2], let inode = values[4] else { throw unreadable }
      renamed(inode, from: (source, fields[1]), to: (target, fields[3]), number)
    case ("U", 2):
      guard let parent = values[0] else { throw unreadable }
      change(parent, Change(number: number, steps: [(fields[1], nil)]))
    case ("T", 2):
      guard let inode = values[0], let length = values[1] else { throw unreadable }
      // Bytes behind the new end may reach the disk at any time; those before it are as durable as they were.
      lengths[inode] = min(lengths[inode] ?? 0, length)
      contents[inode] = nil
    case ("F", 2):
      guard let inode = values[0], let length = values[1] else { throw unreadable }
      lengths[inode] = length
      contents[inode] = nil
    case ("S", 2):
      guard let inode = values[0], let bytes = Self.bytes(hex: fields[1]) else { throw unreadable }
      contents[inode] = bytes
    case ("D", 2):
      guard let inode = values[0], let end = values[1] else { throw unreadable }
      let directory = self.number(of: inode)
      directories[directory].commit(directories[directory].pending.prefix { $0.number < end }.count)
    case ("X", _): throw .untracked(fields.joined(separator: " "))
    case ("K", 0): return
    default: throw unreadable
    }
  }

  private mutating func created(
    _ inode: Inode, isDirectory: Bool, _ name: String, in parent: Inode, _ number: UInt64
  ) {
    let entry: Entry
    if isDirectory {
      entry = .directory(add(inode))
    } else {
      directoryOf[inode] = nil
      // A second name of a file changes nothing of its bytes.
      lengths[inode] = lengths[inode] ?? 0
      entry = .file(inode)
    }
    change(parent, Change(number: number, steps: [(name, entry)]))
  }

  private mutating func renamed(
    _ inode: Inode, from: (directory: Inode, name: String), to: (directory: Inode, name: String), _ number: UInt64
  ) {
    let entry = directoryOf[inode].map { Entry.directory($0) } ?? .file(inode)
    if from.directory == to.directory {
      change(to.directory, Change(number: number, steps: [(from.name, nil), (to.name, entry)]))
    } else {
      change(to.directory, Change(number: number, steps: [(to.name, entry)]))
      change(from.directory, Change(number: number, steps: [(from.name, nil)]))
    }
  }

  private mutating func change(_ directory: Inode, _ change: Change) {
    let directory = number(of: directory)
    directories[directory].pending.append(change)
  }

  /// One that nobody told of has no durable name either: its changes go nowhere.
  private mutating func number(of inode: Inode) -> Int { directoryOf[inode] ?? add(inode) }

  private mutating func add(_ inode: Inode) -> Int {
    directories.append(Directory())
    directoryOf[inode] = directories.count - 1
    return directories.count - 1
  }

  private static func bytes(hex: String) -> [UInt8]? {
    let digits = Array(hex.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
