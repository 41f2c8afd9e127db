// Goal: every engine keeps the contract of OrderedStore. Method: one suite of small cases, then random operations
// compared with a plain dictionary, per engine.
import Platform
import StorageAPI
import TestSupport
import Testing

@Suite struct OrderedStoreTests {
  @Test(arguments: Engine.allCases)
  func keysOrderAsUnsignedBytes(_ engine: Engine) throws {
    let store = try Bench(engine).open()
    let keys: [[UInt8]] = [[0xFF], [0x7F], [0x80], [0, 0], [0], [1], [0x80, 0], []]
    for key in keys { try store.put(key, [1]) }
    let sorted: [[UInt8]] = [[], [0], [0, 0], [1], [0x7F], [0x80], [0x80, 0], [0xFF]]
    #expect(try store.pairs().map { $0[0] } == sorted)
    store.close()
  }

  @Test(arguments: Engine.allCases)
  func scanTakesFromAndLeavesTo(_ engine: Engine) throws {
    let store = try Bench(engine).open()
    for byte: UInt8 in 1...5 { try store.put([byte], [byte]) }
    #expect(try store.pairs(from: [2], to: [4]) == [[[2], [2]], [[3], [3]]])
    #expect(try store.pairs(from: [4]) == [[[4], [4]], [[5], [5]]])
    #expect(try store.pairs(from: [3], to: [3]).isEmpty)
    #expect(try store.pairs(from: [4], to: [2]).isEmpty)
    #expect(try store.pairs(from: [6]).isEmpty)
    var seen: [UInt8] = []
    try store.scan(.base, from: [], to: nil) { key, _ in
      seen += key
      return seen.count < 2
    }
    #expect(seen == [1, 2])
    store.close()
  }

  @Test(arguments: Engine.allCases)
  func lastIsTheGreatestKeyBelowTheEnd(_ engine: Engine) throws {
    let store = try Bench(engine).open()
    #expect(try store.last(.log, from: [], to: nil) == nil)
    for byte: UInt8 in [1, 3, 5] { try store.put([byte], [byte, byte], .log) }
    #expect(try store.last(.log, from: [], to: nil)?.key == [5])
    #expect(try store.last(.log, from: [], to: [5])?.value == [3, 3])
    #expect(try store.last(.log, from: [2], to: [3]) == nil)
    #expect(try store.last(.log, from: [3], to: [1]) == nil)
    #expect(try store.last(.base, from: [], to: nil) == nil)
    store.close()
  }

  @Test(arguments: Engine.allCases)
  func batchesApplyInOrderOverBothFamilies(_ engine: Engine) throws {
    let store = try Bench(engine).open()
    try store.put([1], [9])
    var batch = WriteBatch()
    batch.put([1], [1])
    batch.put([2], [2])
    batch.delete([1])
    batch.put(.log, [1], [7])
    batch.deleteRange(from: [2], to: [3])
    batch.put([2], [4])
    batch.put([3], [])
    try store.write(batch, .synced)
    #expect(try store.get(.base, [1]) == nil)
    #expect(try store.get(.base, [2]) == [4])
    #expect(try store.get(.base, [3]) == [])
    #expect(try store.get(.log, [1]) == [7])
    try store.write(WriteBatch(), .synced)
    try store.write(WriteBatch(), .buffered)
    store.close()
  }

  @Test(arguments: Engine.allCases)
  func deleteRangeLeavesItsEndAndIgnoresAReversedRange(_ engine: Engine) throws {
    let store = try Bench(engine).open()
    for family in StoreFamily.allCases {
      for byte: UInt8 in 1...6 { try store.put([byte], [byte], family) }
      var batch = WriteBatch()
      batch.deleteRange(family, from: [2], to: [4])
      batch.deleteRange(family, from: [6], to: [5])
      try store.write(batch, .synced)
      #expect(try store.pairs(family).map { $0[0] } == [[1], [4], [5], [6]])
    }
    store.close()
  }

  @Test(arguments: Engine.allCases)
  func aScanSeesTheStoreAsItWasAtItsStart(_ engine: Engine) throws {
    let store = try Bench(engine).open()
    for byte: UInt8 in 1...3 { try store.put([byte], [byte]) }
    var seen = 0
    var inner: [[UInt8]?] = []
    try store.scan(.base, from: [], to: nil) { _, _ in
      seen += 1
      try? store.put([UInt8(100 + seen)], [0])
      inner.append((try? store.get(.base, [1])) ?? nil)
      return true
    }
    #expect(seen == 3)
    #expect(inner == [[1], [1], [1]])
    #expect(try store.pairs().count == 6)
    store.close()
  }

  @Test(arguments: Engine.allCases)
  func aCleanCloseKeepsEverything(_ engine: Engine) throws {
    let bench = try Bench(engine)
    let first = try bench.open()
    try first.put([1], [1], .log, .synced)
    try first.put([2], [2])
    try first.put([3], [UInt8](repeating: 7, count: 300_000), .log)
    first.close()
    let second = try bench.open()
    #expect(try second.get(.log, [1]) == [1])
    #expect(try second.get(.base, [2]) == [2])
    #expect(try second.get(.log, [3])?.count == 300_000)
    #expect(second.sizeBytes() > 0)
    second.close()
  }

  @Test(arguments: Engine.allCases)
  func aClosedStoreSaysSo(_ engine: Engine) throws {
    let store = try Bench(engine).open()
    try store.put([1], [1])
    store.close()
    store.close()
    #expect(code { () throws(StorageError) in _ = try store.get(.base, [1]) } == .closed)
    #expect(code { () throws(StorageError) in _ = try store.last(.base, from: [], to: nil) } == .closed)
    #expect(
      code { () throws(StorageError) in try store.scan(.base, from: [], to: nil) { _, _ in true } } == .closed
    )
    #expect(code { () throws(StorageError) in try store.sync() } == .closed)
    let batch = single([1], [1])
    #expect(code { () throws(StorageError) in try store.write(batch, .synced) } == .closed)
    #expect(store.sizeBytes() == 0)
  }

  @Test(arguments: Engine.allCases)
  func aDirectoryOpensOnce(_ engine: Engine) throws {
    let bench = try Bench(engine)
    let first = try bench.open()
    #expect(code { () throws(StorageError) in _ = try bench.open() } == .locked)
    first.close()
    try bench.open().close()
  }

  @Test(arguments: Engine.allCases)
  func randomOperationsMatchADictionary(_ engine: Engine) throws {
    let bench = try Bench(engine)
    var store = try bench.open()
    let random = SeededRandom(seed: 20)
    var model: [[UInt8]: [UInt8]] = [:]
    for round in 0..<120 {
      var batch = WriteBatch()
      for _ in 0..<random.next(below: 8) {
        let key = random.bytes(Int(random.next(below: 3))).map { $0 & 7 }
        switch random.next(below: 10) {
        case 0..<7:
          let value = random.bytes(Int(random.next(below: 20)))
          batch.put(.log, key, value)
          model[key] = value
        case 7, 8:
          batch.delete(.log, key)
          model[key] = nil
        default:
          let end = random.bytes(2).map { $0 & 7 }
          batch.deleteRange(.log, from: key, to: end)
          model = model.filter {
            $0.key.lexicographicallyPrecedes(key) || !$0.key.lexicographicallyPrecedes(end)
          }
        }
      }
      try store.write(batch, random.next(below: 4) == 0 ? .synced : .buffered)
      if round % 40 == 39 {
        store.close()
        store = try bench.open()
      }
      let expected = model.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { [$0.key, $0.value] }
      #expect(try store.pairs(.log) == expected, "round \(round)")
    }
    store.close()
  }
}
