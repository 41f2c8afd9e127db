// Goal: a power cut that leaves half a record at the end of RocksDB's MANIFEST does not keep the store from opening;
// any other damage of it does. Method: torn records behind the real file of a real store; flipped bits before it.
import Platform
import RocksStorage
import StorageAPI
import TestSupport
import Testing

@Suite struct TornManifestTests {
  private static func prepared() throws -> (bench: Bench, path: String, bytes: [UInt8]) {
    let bench = try Bench(.rocks)
    let store = try bench.open()
    for byte: UInt8 in 0..<50 { try store.put([byte], [byte, byte], .log) }
    store.close()
    let files = PosixFileSystem()
    let name = String(decoding: try files.read(bench.path + "/CURRENT").prefix { $0 != 10 }, as: UTF8.self)
    let path = bench.path + "/" + name
    return (bench, path, try files.read(path))
  }

  private static func holdsAll(_ bench: Bench) throws -> Bool {
    let store = try bench.open()
    defer { store.close() }
    var count = 0
    try store.scan(.log, from: [], to: nil) { key, value in
      if value == [key[0], key[0]] { count += 1 }
      return true
    }
    return count == 50
  }

  /// A checksum that fits nothing, 2000 bytes of payload, type 1.
  private static let record: [UInt8] = [1, 2, 3, 4, 0xD0, 7, 1] + [UInt8](repeating: 0xAB, count: 2000)

  @Test(arguments: 0..<4)
  func aRecordWhoseLastSectorsAreZerosIsCutOff(sectors: Int) throws {
    let (bench, path, bytes) = try Self.prepared()
    var torn = bytes + Self.record
    let hole = max(bytes.count, (torn.count - 1) / 512 * 512 - 512 * sectors)
    for index in hole..<torn.count { torn[index] = 0 }
    try PosixFileSystem().writeFile(path, torn, sync: false)
    #expect(try Self.holdsAll(bench))
  }

  @Test(arguments: [1, 3, 7, 100, 2000])
  func aLengthWithoutBytesIsCutOff(zeros: Int) throws {
    let (bench, path, bytes) = try Self.prepared()
    try PosixFileSystem().writeFile(path, bytes + [UInt8](repeating: 0, count: zeros), sync: false)
    #expect(try Self.holdsAll(bench))
  }

  @Test func zerosBehindATornRecordAreCutOffToo() throws {
    let (bench, path, bytes) = try Self.prepared()
    let torn: [UInt8] = [1, 2, 3, 4, 100, 0, 1, 7, 7] + [UInt8](repeating: 0, count: 5000)
    try PosixFileSystem().writeFile(path, bytes + torn, sync: false)
    #expect(try Self.holdsAll(bench))
  }

  @Test func otherDamageIsStillRefused() throws {
    let (bench, path, bytes) = try Self.prepared()
    for place in stride(from: 8, to: bytes.count / 2, by: 37) {
      var damaged = bytes
      damaged[place] ^= 4
      try PosixFileSystem().writeFile(path, damaged, sync: false)
      #expect(code { () throws(StorageError) in try bench.open().close() } != nil, "\(place)")
    }
    let foreign: [UInt8] = [1, 2, 3, 4, 10, 0, 1] + [UInt8](repeating: 0xAB, count: 10)
    try PosixFileSystem().writeFile(path, bytes + foreign + [0, 0, 0], sync: false)
    #expect(code { () throws(StorageError) in try bench.open().close() } == .corruption)
    let wholeSectors = bytes + Self.record
    try PosixFileSystem().writeFile(path, wholeSectors, sync: false)
    #expect(code { () throws(StorageError) in try bench.open().close() } == .corruption)
  }
}
