/// How the directory that a machine finds after a power cut is made of the files that are there before it.
package struct CutPlan: Hashable, Sendable {
  /// Paths are relative to the new directory.
  package enum Operation: Hashable, Sendable {
    case makeDirectory(String)
    /// A name for a file that is there.
    case link(DurableFiles.Inode, String)
    case write(String, [UInt8])
    /// Cuts the file, or lengthens it with zeros.
    case setLength(String, UInt64)
  }

  package internal(set) var operations: [Operation] = []
  package internal(set) var lostNames = 0
  package internal(set) var lostBytes: UInt64 = 0
  /// A file with two names is cut once.
  var cut: Set<DurableFiles.Inode> = []
}

package extension DurableFiles {
  /// A number below the bound.
  typealias Choice = (_ bound: UInt64) -> UInt64

  /// The machine goes off; `sizes` are those of all files that have a name, or had one since the last cut.
  ///
  /// Without a choice all that was not synced is gone; with it each file and directory keeps some part of it, as
  /// write-back would have it.
  func cut(sizes: [Inode: UInt64], choose: Choice?) throws(Fault) -> CutPlan {
    var plan = CutPlan()
    var kept = directories
    for index in kept.indices {
      let count = kept[index].pending.count
      let survives = choose.map { Int($0(UInt64(count) + 1)) } ?? 0
      kept[index].commit(survives)
      plan.lostNames += count - survives
    }
    // Depth is that of the tree, which the server makes: a few levels.
    func rebuild(_ directory: Int, at prefix: String) throws(Fault) {
      // Sorted, so that a seed gives the same cut again.
      for (name, entry) in kept[directory].names.sorted(by: { $0.key < $1.key }) {
        let path = prefix + name
        switch entry {
        case .directory(let inner):
          plan.operations.append(.makeDirectory(path))
          try rebuild(inner, at: path + "/")
        case .file(let inode):
          guard let size = sizes[inode] else { throw .lostFile(path: path) }
          plan.operations.append(.link(inode, path))
          if plan.cut.insert(inode).inserted { cutFile(inode, path, size, choose, &plan) }
        }
      }
    }
    try rebuild(0, at: "")
    return plan
  }

  private func cutFile(_ inode: Inode, _ path: String, _ size: UInt64, _ choose: Choice?, _ plan: inout CutPlan) {
    let durable = lengths[inode] ?? 0
    if let synced = contents[inode], UInt64(synced.count) == durable, choose.map({ $0(2) == 0 }) ?? true {
      // Overwritten in place since the sync: the old bytes are as likely as the new ones.
      plan.operations.append(.write(path, synced))
      plan.lostBytes += size - min(size, durable)
      return
    }
    guard size > durable else { return }
    var length = durable
    if let choose { length = [durable, size, durable + choose(size - durable + 1)][Int(choose(3))] }
    plan.operations.append(.setLength(path, length))
    plan.lostBytes += size - length
    guard let choose, length > durable, choose(10) < 3 else { return }
    // The length reached the disk, the last sectors did not.
    let sector: UInt64 = 512
    let first = durable / sector + 1
    let boundaries = length > first * sector ? (length - 1) / sector - first + 1 : 0
    let pick = choose(boundaries + 1)
    plan.operations.append(.setLength(path, pick == 0 ? durable : (first + pick - 1) * sector))
    plan.operations.append(.setLength(path, length))
  }
}
