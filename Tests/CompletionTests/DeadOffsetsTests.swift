// Goal: dead records are counted exactly in every range. Method: random offsets against a set, before and after
// a reading from the store.
import Completion
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

@Suite("Dead offsets")
struct DeadOffsetsTests {
  @Test("counts equal those of a set", arguments: 0..<UInt64(20))
  func counts(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let store = MemoryStore()
    let dead = try DeadOffsets(store: store)
    var known: Set<UInt64> = []
    var batch = WriteBatch()
    for offset in UInt64(0)..<200 where random.next(below: 3) == 0 {
      known.insert(offset)
      dead.add(Offset(offset))
      dead.add(Offset(offset))
      batch.put(KeySpace.deadRecord.key(offset), [])
    }
    if !batch.isEmpty { try store.write(batch, .synced) }
    for list in [dead, try DeadOffsets(store: store)] {
      for _ in 0..<300 {
        let first = random.next(below: 210)
        let end = first + random.next(below: 60)
        let expected = known.filter { (first..<end).contains($0) }.count
        #expect(list.count(in: .clamped(first: Offset(first), end: Offset(end))) == UInt64(expected))
      }
    }
  }
}
