// Goal: a power cut takes what was not synced, no more and no less. Method: lines of the shim's journal by hand,
// against the files that must be there after the plan was carried out on plain values.
import PowerCuts
import Testing

@Suite struct DurableFilesTests {
  /// Path → bytes after the cut; a directory is nil. `files` holds what each inode has in the page cache.
  private static func after(
    _ lines: String..., files: [UInt64: String], choose: DurableFiles.Choice? = nil,
    from: DurableFiles = DurableFiles(root: 1)
  ) throws -> [String: String?] {
    var model = from
    try model.apply(journal: lines.enumerated().map { "\($0.offset) \($0.element)\n" }.joined())
    let plan = try model.cut(sizes: files.mapValues { UInt64($0.utf8.count) }, choose: choose)
    return carryOut(plan, files)
  }

  private static func carryOut(_ plan: CutPlan, _ files: [UInt64: String]) -> [String: String?] {
    var files = files
    var names: [String: UInt64?] = [:]
    for operation in plan.operations {
      switch operation {
      case .makeDirectory(let path): names.updateValue(nil, forKey: path)
      case .link(let inode, let path): names[path] = inode
      case .write(let path, let bytes):
        if let inode = names[path] ?? nil { files[inode] = String(decoding: bytes, as: UTF8.self) }
      case .setLength(let path, let length):
        guard let inode = names[path] ?? nil, let text = files[inode] else { continue }
        let padding = String(repeating: "0", count: max(0, Int(length) - text.utf8.count))
        files[inode] = String(text.prefix(Int(length))) + padding
      }
    }
    return names.mapValues { $0.flatMap { files[$0] } }
  }

  /// `old` and `gone`, both durable.
  private static var withFiles: DurableFiles {
    var model = DurableFiles(root: 1)
    model.hasFile(10, size: 3, named: "old", in: 1)
    model.hasFile(11, size: 4, named: "gone", in: 1)
    return model
  }
  private static let content: [UInt64: String] = [10: "old", 11: "gone", 12: "new bytes"]

  @Test func unsyncedBytesAreGone() throws {
    let found = try Self.after("C 1 a 12 f", "F 12 3", "D 1 1", files: Self.content)
    #expect(found == ["a": "new"])
  }

  @Test func aNameWithoutSyncOfItsDirectoryIsGone() throws {
    let files = Self.content
    #expect(try Self.after("C 1 a 12 f", "F 12 9", files: files).isEmpty)
    #expect(try Self.after("C 1 a 12 f", "D 1 0", "F 12 9", files: files).isEmpty, "created after that sync began")
    #expect(try Self.after("C 1 a 12 f", "D 1 1", "F 12 9", files: files) == ["a": "new bytes"])
  }

  @Test func aRenameWithoutSyncIsUndone() throws {
    let files = Self.content
    let made = ["C 1 a 12 f", "F 12 9", "D 1 1"]
    let undone = try Self.after(made[0], made[1], made[2], "R 1 a 1 old 12", files: files, from: Self.withFiles)
    #expect(undone == ["a": "new bytes", "old": "old", "gone": "gone"])
    let done = try Self.after(made[0], made[1], made[2], "R 1 a 1 old 12", "D 1 4", files: files, from: Self.withFiles)
    #expect(done == ["old": "new bytes", "gone": "gone"])
  }

  @Test func aRenameToAnotherDirectoryNeedsBothSyncs() throws {
    var model = Self.withFiles
    model.hasDirectory(2, named: "to", in: 1)
    let lines = ["R 1 old 2 moved 10", "D 2 1", "D 1 1"]
    let files = Self.content
    #expect(try Self.after(lines[0], files: files, from: model) == ["old": "old", "gone": "gone", "to": nil])
    #expect(
      try Self.after(lines[0], lines[1], files: files, from: model)
        == ["old": "old", "gone": "gone", "to": nil, "to/moved": "old"])
    #expect(
      try Self.after(lines[0], lines[1], lines[2], files: files, from: model)
        == ["gone": "gone", "to": nil, "to/moved": "old"])
  }

  @Test func aRemovalWithoutSyncIsUndone() throws {
    let files = Self.content
    #expect(try Self.after("U 1 gone", files: files, from: Self.withFiles) == ["old": "old", "gone": "gone"])
    #expect(try Self.after("U 1 gone", "D 1 1", files: files, from: Self.withFiles) == ["old": "old"])
  }

  @Test func aTruncationTakesBytesBack() throws {
    let cut = try Self.after("T 10 1", files: [10: "oNEW", 11: "gone"], from: Self.withFiles)
    #expect(cut == ["old": "o", "gone": "gone"])
    let synced = try Self.after("T 10 1", "F 10 3", files: [10: "oNEW", 11: "gone"], from: Self.withFiles)
    #expect(synced == ["old": "oNE", "gone": "gone"])
  }

  @Test func aSmallFileOverwrittenInPlaceHasItsSyncedBytes() throws {
    let files: [UInt64: String] = [10: "XYZ", 11: "gone"]
    let old = try Self.after("F 10 3", "S 10 6f6c64", files: files, from: Self.withFiles)
    #expect(old == ["old": "old", "gone": "gone"])
    let never = try Self.after("F 10 0", "S 10 ", files: files, from: Self.withFiles)
    #expect(never == ["old": "", "gone": "gone"])
    let cutSince = try Self.after("F 10 3", "S 10 6f6c64", "T 10 0", files: files, from: Self.withFiles)
    #expect(cutSince == ["old": "", "gone": "gone"])
  }

  @Test func aDirectoryWithoutItsNameTakesItsFilesAlong() throws {
    let lines = ["C 1 d 2 d", "C 2 a 12 f", "F 12 9", "D 2 2", "D 1 1"]
    #expect(try Self.after(lines[0], lines[1], lines[2], lines[3], files: Self.content).isEmpty)
    let kept = try Self.after(lines[0], lines[1], lines[2], lines[3], lines[4], files: Self.content)
    #expect(kept == ["d": nil, "d/a": "new bytes"])
  }

  @Test func aRemovedDirectoryComesBackWithItsFilesThoughItsInodeWasTakenAgain() throws {
    var model = DurableFiles(root: 1)
    model.hasDirectory(2, named: "d", in: 1)
    model.hasFile(10, size: 3, named: "old", in: 2)
    let found = try Self.after("U 2 old", "U 1 d", "C 1 e 2 d", "C 2 a 12 f", files: Self.content, from: model)
    #expect(found == ["d": nil, "d/old": "old"])
  }

  @Test func aFileWithTwoNamesIsCutOnce() throws {
    let found = try Self.after("C 1 a 12 f", "C 1 b 12 f", "F 12 3", "D 1 2", files: Self.content)
    #expect(found == ["a": "new", "b": "new"])
  }

  @Test func halfALineAtTheEndIsNoLine() throws {
    var model = DurableFiles(root: 1)
    try model.apply(journal: "0 C 1 a 12 f\n1 D 1 1\n2 F 12 9")
    #expect(model.nextNumber == 2)
    #expect(try Self.carryOut(model.cut(sizes: [12: 9], choose: nil), Self.content) == ["a": ""])
  }

  @Test func aJournalGoesOnOverLives() throws {
    var model = DurableFiles(root: 1, nextNumber: 7)
    try model.apply(journal: "7 C 1 a 12 f\n8 F 12 9\n")
    try model.apply(journal: "9 K\n")
    try model.apply(journal: "10 D 1 8\n")
    #expect(model.nextNumber == 11)
    #expect(try model.cut(sizes: [12: 9], choose: nil).operations == [.link(12, "a")])
  }

  @Test func whatTheShimCannotFollowIsAFault() {
    var model = DurableFiles(root: 1)
    #expect(throws: DurableFiles.Fault.untracked("shared_writable_mapping")) {
      try model.apply(journal: "0 X shared_writable_mapping\n")
    }
  }

  @Test(arguments: ["x", "0", "0 Z 1", "0 C 1 a f", "0 F 12", "a F 12 9", "0 S 12 6f6", "0 S 12 zz", "0 C 1 a b 12 f"])
  func aLineThatNobodyWroteIsAFault(line: String) {
    var model = DurableFiles(root: 1)
    #expect(throws: DurableFiles.Fault.unreadable(line: line)) { try model.apply(journal: line + "\n") }
  }

  @Test func aFileThatIsNowhereIsAFault() {
    #expect(throws: DurableFiles.Fault.lostFile(path: "gone")) {
      _ = try Self.withFiles.cut(sizes: [10: 3], choose: nil)
    }
  }

  @Test func lossesAreCounted() throws {
    var model = Self.withFiles
    try model.apply(journal: "0 U 1 gone\n1 C 1 a 12 f\n2 F 10 3\n")
    let plan = try model.cut(sizes: [10: 5, 11: 4, 12: 9], choose: nil)
    #expect(plan.lostNames == 2 && plan.lostBytes == 2, "\(plan)")
  }

  /// Whatever write-back did, synced bytes are there, names are a prefix of the changes, and the same choices give
  /// the same plan.
  @Test(arguments: 0..<200)
  func aPartialCutKeepsWhatWasSynced(seed: UInt64) throws {
    func choices() -> DurableFiles.Choice {
      var state = seed &* 2 &+ 1
      return { bound in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
      }
    }
    var model = Self.withFiles
    try model.apply(journal: "0 C 1 a 12 f\n1 F 12 600\n2 D 1 1\n3 R 1 a 1 b 12\n4 U 1 gone\n")
    let text = String(repeating: "x", count: 2000)
    let files: [UInt64: String] = [10: "old", 11: "gone", 12: text]
    let plan = try model.cut(sizes: files.mapValues { UInt64($0.utf8.count) }, choose: choices())
    #expect(try plan == model.cut(sizes: files.mapValues { UInt64($0.utf8.count) }, choose: choices()))
    let found = Self.carryOut(plan, files)
    let names = Set(found.keys)
    #expect([["a", "old", "gone"], ["b", "old", "gone"], ["b", "old"]].contains(names), "\(names)")
    let bytes = try #require(found["a"] ?? found["b"] ?? nil)
    #expect(bytes.utf8.count >= 600 && bytes.utf8.count <= 2000 && bytes.hasPrefix(text.prefix(600)))
    let hole = bytes.utf8.drop { $0 == UInt8(ascii: "x") }
    #expect(hole.allSatisfy { $0 == UInt8(ascii: "0") })
  }

  @Test func aPartialCutMakesEveryKindOfLoss() throws {
    var model = DurableFiles(root: 1)
    try model.apply(journal: "0 C 1 a 12 f\n1 F 12 600\n2 D 1 1\n")
    var isWhole = false, isCut = false, isPartial = false, hasHole = false
    for seed in 0..<200 as Range<UInt64> {
      var state = seed &* 2 &+ 1
      let plan = try model.cut(sizes: [12: 2000]) { bound in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % bound
      }
      let lengths = plan.operations.compactMap { if case .setLength(_, let length) = $0 { length } else { nil } }
      isWhole = isWhole || lengths == [2000]
      isCut = isCut || lengths == [600]
      isPartial = isPartial || lengths.count == 1 && (601..<2000).contains(lengths[0])
      hasHole = hasHole || lengths.count == 3 && lengths[1] < lengths[2] && lengths[0] == lengths[2]
    }
    #expect(isWhole && isCut && isPartial && hasHole)
  }
}
