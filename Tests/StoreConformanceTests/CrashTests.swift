// Goal: after a crash a store holds a prefix of the written batches with at least all synced ones, and failures
// poison. Method: CrashStore at every cut; for RocksDB a copy of its live directory, taken as a power cut would leave
// it, then opened.
import Platform
import RocksStorage
import StorageAPI
import TestSupport
import Testing

@Suite struct CrashTests {
  @Test(arguments: 0...4)
  func aCrashKeepsAPrefixWithAllSyncedBatches(kept: Int) throws {
    let disk = CrashDisk()
    let store = try disk.open(directory: "")
    try store.put([0], [0])
    try store.put([1], [1], .log, .synced)
    for byte: UInt8 in 2...4 { try store.put([byte], [byte]) }
    #expect(disk.unsyncedCount == 3)
    disk.crash(keepingUnsynced: kept)
    #expect(code { () throws(StorageError) in try store.sync() } == .closed)
    let after = try disk.open(directory: "")
    #expect(try after.get(.log, [1]) == [1])
    let survivors: [[UInt8]] = [[0]] + (2..<2 + UInt8(min(kept, 3))).map { [$0] }
    #expect(try after.pairs().map { $0[0] } == survivors)
  }

  @Test func syncMakesEarlierWritesDurable() throws {
    let disk = CrashDisk()
    let store = try disk.open(directory: "")
    try store.put([1], [1])
    try store.sync()
    try store.put([2], [2])
    disk.crash()
    #expect(try disk.open(directory: "").pairs() == [[[1], [1]]])
  }

  @Test(arguments: [0, 1, 7, 40, 200])
  func rocksRecoversAPrefixFromATornLog(cut: Int) throws {
    let bench = try Bench(.rocks)
    let store = try bench.open()
    let files = PosixFileSystem()
    let copy = try TemporaryDirectory("torn")
    for byte: UInt8 in 1...10 { try store.put([byte], [UInt8](repeating: byte, count: 20), .log, .synced) }
    // The live directory as the disk holds it now, with the newest write-ahead log cut short.
    for name in try files.entries(of: bench.path) where name != "LOCK" {
      var bytes = try files.read(bench.path + "/" + name)
      if name.hasSuffix(".log") { bytes.removeLast(min(cut, bytes.count)) }
      try files.writeFile(copy.path + "/" + name, bytes, sync: false)
    }
    store.close()
    let after = try RocksStoreOpener().open(directory: copy.path)
    let keys = try after.pairs(.log).map { $0[0] }
    #expect(keys == (1...10).prefix(keys.count).map { [$0] })
    #expect(cut == 0 ? keys.count == 10 : keys.count < 10)
    after.close()
  }

  @Test func aFailedWritePoisons() throws {
    let store = FaultyStore(MemoryStore())
    try store.put([1], [1])
    store.failWrite(after: 1, .full)
    try store.put([2], [2])
    let batch = single([3], [3])
    #expect(code { () throws(StorageError) in try store.write(batch, .synced) } == .full)
    #expect(code { () throws(StorageError) in try store.write(batch, .synced) } == .poisoned)
    #expect(code { () throws(StorageError) in _ = try store.get(.base, [1]) } == .poisoned)
  }

  @Test func aFailedSyncPoisons() throws {
    let below = MemoryStore()
    let store = FaultyStore(below)
    store.failSync()
    #expect(code { () throws(StorageError) in try store.sync() } == .io)
    #expect(
      code { () throws(StorageError) in try store.scan(.base, from: [], to: nil) { _, _ in true } }
        == .poisoned)
    try below.put([1], [1])
    #expect(try below.pairs().count == 1)
  }
}
