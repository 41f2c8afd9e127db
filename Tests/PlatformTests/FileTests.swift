// Goal: the file door does what its comments say, errors included. Method: a directory of its own per test, removed
// at its end.
import Platform
import PipelineModel
import Testing

/// Runs `body` with an empty directory.
private func withDirectory(_ body: (PosixFileSystem, String) throws -> Void) throws {
  let files = PosixFileSystem()
  let path = "/tmp/tidemark-platform-\(UniqueID.version7(clock: SystemClock(), random: SystemRandom()))"
  try files.createDirectories(path)
  defer { try? files.removeTree(path) }
  try body(files, path)
}

private func code(_ body: () throws(FileError) -> Void) -> FileError.Code? {
  do throws(FileError) {
    try body()
    return nil
  } catch { return error.code }
}

@Suite struct FileTests {
  @Test func filesAreWrittenReadListedAndRemoved() throws {
    try withDirectory { files, path in
      try files.createDirectories(path + "/a/b/c")
      try files.createDirectories(path + "/a/b/c")
      try files.writeFile(path + "/a/x", [1, 2, 3, 4], sync: true)
      #expect(try files.entries(of: path + "/a") == ["b", "x"])
      #expect(try files.read(path + "/a/x") == [1, 2, 3, 4])
      #expect(try files.readRange(path + "/a/x", offset: 1, length: 2) == [2, 3])
      #expect(try files.readRange(path + "/a/x", offset: 3, length: .max) == [4])
      #expect(try files.readRange(path + "/a/x", offset: .max, length: 1) == [])
      #expect(try files.size(of: path + "/a/x") == 4)
      try files.rename(path + "/a/x", to: path + "/a/y")
      try files.syncDirectory(path + "/a")
      #expect(!files.exists(path + "/a/x"))
      try files.remove(path + "/a/y")
      try files.removeTree(path + "/a")
      try files.removeTree(path + "/a")
      #expect(try files.entries(of: path) == [])
      #expect(try files.freeBytes(at: path) > 0)
    }
  }

  @Test func errorsNameTheirKind() throws {
    try withDirectory { files, path in
      #expect(code { () throws(FileError) in _ = try files.read(path + "/none") } == .notFound)
      #expect(code { () throws(FileError) in try files.remove(path + "/none") } == .notFound)
      #expect(code { () throws(FileError) in _ = try files.read("") } == .notFound)
      try files.writeFile(path + "/plain", [], sync: false)
      #expect(code { () throws(FileError) in _ = try files.read(path + "/plain\0x") } == .notFound)
      #expect(code { () throws(FileError) in try files.createDirectories(path + "/plain") } == .exists)
      #expect(code { () throws(FileError) in try files.writeFile("/dev/full", [1], sync: false) } == .full)
      #expect(
        code { () throws(FileError) in _ = try AppendFile.open(path + "/none", create: false) } == .notFound)
    }
  }

  @Test func publishReplacesAndSetsTheMode() throws {
    try withDirectory { files, path in
      try files.publish(path + "/key", [1], mode: 0o600)
      try files.publish(path + "/key", [2, 3], mode: 0o600)
      #expect(try files.read(path + "/key") == [2, 3])
      #expect(try files.entries(of: path) == ["key"])
      #expect(
        code { () throws(FileError) in try files.publish(path + "/no/key", [1], mode: 0o600) } == .notFound)
    }
  }

  @Test func removeTreeDoesNotFollowLinks() throws {
    try withDirectory { files, path in
      try files.createDirectories(path + "/kept")
      try files.writeFile(path + "/kept/file", [1], sync: false)
      try files.createDirectories(path + "/gone")
      let link = "../kept"
      #expect(makeLink(to: link, at: path + "/gone/link"))
      try files.removeTree(path + "/gone")
      #expect(try files.read(path + "/kept/file") == [1])
    }
  }

  @Test func appendFileGrowsCutsAndOverwrites() throws {
    try withDirectory { files, path in
      var file = try AppendFile.open(path + "/log", create: true)
      try file.append([1, 2, 3])
      try file.append([4])
      try file.overwrite(at: 1, [9, 9])
      try file.fdatasync()
      #expect(file.length == 4)
      #expect(try file.read(at: 1, count: 10) == [9, 9, 4])
      try file.truncate(to: 2)
      try file.append([7])
      var again = try AppendFile.open(path + "/log", create: false)
      #expect(again.length == 3)
      try again.append([8])
      #expect(try files.read(path + "/log") == [1, 9, 7, 8])
    }
  }

  @Test func aDirectoryIsLockedOnceAndNamesItsOwner() throws {
    try withDirectory { _, path in
      do {
        let held = try DirectoryLock(path)
        let failure = #expect(throws: FileError.self) { _ = try DirectoryLock(path) }
        #expect(failure?.code == .locked)
        #expect(failure?.message.hasSuffix("process \(ProcessFacts.processID)") == true)
        _ = consume held
      }
      _ = try DirectoryLock(path)
    }
  }
}
