// Goal: RocksDB's texts become the right codes. Method: provoke each from the real library: a second open in this
// process and one beside another process's lock, damaged files, a file where the directory should be.
import RocksStorage
import Platform
import StorageAPI
import TestSupport
import Testing

@Suite struct RocksStatusTests {
  @Test(arguments: [
    (
      "IO error: lock hold by current process, acquire time 1700000000: /x/LOCK: No locks available",
      StorageError.Code.locked
    ),
    ("IO error: While lock file: /x/LOCK: Resource temporarily unavailable", .locked),
    ("Corruption: block checksum mismatch", .corruption),
    (
      "IO error: No space left on device: While appending to file: /x/000004.log: No space left on device",
      .full
    ),
    ("IO error: While fdatasync: /x/000004.log: Input/output error", .io),
    ("Invalid argument: Column families not opened: other", .io),
    ("", .io),
  ])
  func textsAreClassified(text: String, code: StorageError.Code) { #expect(RocksStatus.code(text) == code) }

  @Test func aDamagedManifestPointerIsCorruption() throws {
    let bench = try Bench(.rocks)
    try bench.open().close()
    try PosixFileSystem().writeFile(bench.path + "/CURRENT", Array("nonsense".utf8), sync: false)
    #expect(code { () throws(StorageError) in _ = try bench.open() } == .corruption)
  }

  @Test func aDamagedTableIsCorruptionAndDoesNotTrap() throws {
    let bench = try Bench(.rocks)
    let store = try bench.open()
    for byte: UInt8 in 0..<200 { try store.put([byte], [UInt8](repeating: byte, count: 500), .log) }
    store.close()
    let files = PosixFileSystem()
    let tables = try files.entries(of: bench.path).filter { $0.hasSuffix(".sst") }
    #expect(!tables.isEmpty)
    for name in tables {
      var bytes = try files.read(bench.path + "/" + name)
      for index in stride(from: 0, to: bytes.count / 2, by: 100) { bytes[index] ^= 0x55 }
      try files.writeFile(bench.path + "/" + name, bytes, sync: false)
    }
    let reopened = try bench.open()
    #expect(
      code { () throws(StorageError) in try reopened.scan(.log, from: [], to: nil) { _, _ in true } }
        == .corruption)
    reopened.close()
  }

  @Test func anotherProcessGetsLocked() async throws {
    let bench = try Bench(.rocks)
    let store = try bench.open()
    await #expect(processExitsWith: .success) { [path = bench.path as String] in
      let seen = code { () throws(StorageError) in try RocksStoreOpener().open(directory: path).close() }
      precondition(seen == .locked, "got \(String(describing: seen))")
    }
    store.close()
  }

  @Test func aFileInPlaceOfTheDirectoryIsAnError() throws {
    let directory = try TemporaryDirectory("file")
    try PosixFileSystem().writeFile(directory.path + "/store", [1], sync: false)
    #expect(
      code { () throws(StorageError) in _ = try RocksStoreOpener().open(directory: directory.path + "/store")
      } == .io)
  }

  @Test(
    arguments: [([5], [4]), ([1, 0], [1]), ([], []), ([0], []), ([2, 0, 7], [2, 0, 6])]
      as [([UInt8], [UInt8])])
  func keyBelowIsBelow(key: [UInt8], below: [UInt8]) { #expect(RocksDatabase.keyBelow(key) == below) }
}
