// Goal: a look-up that the cache answers is what the store would say, and the cache stays within its bound.
// Method: random steps of random lengths, random look-ups, each miss inserts what a scan of the model gives.
import Completion
import PipelineModel
import StorageAPI
import TestSupport
import Testing

/// SplitMix64.
private struct SeededRandom {
  var seed: UInt64

  mutating func next() -> UInt64 {
    seed &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (seed ^ (seed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite("StepRowCache")
struct StepRowCacheTests {
  private static func run(_ ends: [UInt64], from: UInt64, count: Int) -> StepRun {
    var run = StepRun(from: Offset(from))
    for (index, end) in ends.enumerated().filter({ $0.element >= from }).prefix(count) {
      run.append(StepIndex(UInt64(index) * 2), end: Offset(end))
    }
    return run
  }

  @Test("answers are those of the store", arguments: [UInt64](1...20))
  func agreesWithTheStore(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var ends: [UInt64] = []
    for _ in 0..<200 { ends.append((ends.last ?? 0) + 1 + random.next() % 5) }
    var cache = StepRowCache(countMax: 8)
    var hits = 0
    let end = ends[ends.count - 1]
    for _ in 0..<2000 {
      let offset = 1 + random.next() % (end + 3)
      let truth = ends.firstIndex { $0 >= offset }.map { StepIndex(UInt64($0) * 2) }
      if let known = cache.step(of: Offset(offset)) {
        #expect(known == truth)
        hits += 1
      } else {
        cache.insert(Self.run(ends, from: offset, count: 1 + Int(random.next() % 9)))
        #expect(cache.step(of: Offset(offset)) == truth)
      }
      #expect(cache.count <= 8)
    }
    #expect(hits > 20)
  }

  @Test("what is asked for again stays, what is not goes")
  func secondChance() {
    let ends = (1...1000).map { UInt64($0) * 10 }
    var cache = StepRowCache(countMax: 4)
    cache.insert(Self.run(ends, from: 5000, count: 2))
    for step in UInt64(0)..<50 {
      cache.insert(Self.run(ends, from: step * 60 + 1, count: 2))
      #expect(cache.step(of: Offset(5005)) == StepIndex(1000))
    }
    #expect(cache.step(of: Offset(1)) == nil)
    #expect(cache.count == 4)
  }

  @Test("a run without rows, and an offset behind all rows, are not cached")
  func nothing() {
    var cache = StepRowCache(countMax: 4)
    cache.insert(Self.run([10, 20], from: 21, count: 4))
    #expect(cache.count == 0)
    cache.insert(Self.run([10, 20], from: 5, count: 4))
    #expect(cache.step(of: Offset(21)) == nil)
    #expect(cache.step(of: Offset(4)) == nil)
    #expect(cache.step(of: Offset(11)) == StepIndex(2))
  }

  @Test("the ledger answers neighbours of what was read without the store")
  func neighbours() throws {
    let store = MemoryStore()
    var batch = WriteBatch()
    for step in UInt64(0)..<100 {
      batch.put(KeySpace.stepIndex.key((step + 1) * 10), KeySpace.bigEndian(step))
    }
    try store.write(batch, .synced)
    let ledger = CompletionLedger(
      store: store, clock: ManualClock(), steps: StepCount(100), processedEnd: Offset(1000))
    defer { ledger.close() }
    let range = OffsetRange.clamped(first: Offset(200), end: Offset(210))
    let next = OffsetRange.clamped(first: Offset(210), end: Offset(215))
    let far = OffsetRange.clamped(first: Offset(900), end: Offset(910))
    #expect(ledger.status(of: range, stepsAtIssue: .zero) == nil)
    #expect(try ledger.storedStatus(of: range, stepsAtIssue: .zero) == .complete(step: StepCount(21)))
    #expect(ledger.status(of: range, stepsAtIssue: .zero) == .complete(step: StepCount(21)))
    #expect(ledger.status(of: next, stepsAtIssue: .zero) == .complete(step: StepCount(22)))
    #expect(ledger.status(of: far, stepsAtIssue: .zero) == nil)
  }

  @Test("rows behind what is processed are taken anew after a rewind, so they are not remembered")
  func rewound() throws {
    let store = MemoryStore()
    var batch = WriteBatch()
    for step in UInt64(0)..<10 {
      batch.put(KeySpace.stepIndex.key((step + 1) * 10), KeySpace.bigEndian(step))
    }
    try store.write(batch, .synced)
    let ledger = CompletionLedger(
      store: store, clock: ManualClock(), steps: StepCount(10), processedEnd: Offset(50))
    defer { ledger.close() }
    let old = OffsetRange.clamped(first: Offset(30), end: Offset(40))
    let anew = OffsetRange.clamped(first: Offset(50), end: Offset(60))
    #expect(try ledger.storedStatus(of: old, stepsAtIssue: .zero) == .complete(step: StepCount(4)))
    var retaken = WriteBatch()
    retaken.put(KeySpace.stepIndex.key(UInt64(60)), KeySpace.bigEndian(12))
    try store.write(retaken, .synced)
    ledger.processed(StepIndex(12), range: .clamped(first: Offset(50), end: Offset(60)))
    ledger.processed(StepIndex(13), range: .clamped(first: Offset(60), end: Offset(70)))
    #expect(try ledger.storedStatus(of: anew, stepsAtIssue: .zero) == .complete(step: StepCount(13)))
  }
}
