// Goal: after a cut no step number, offset or transaction number comes twice, NOW() does not go back, and replay shows
// what the checkpoint shows (invariants 4 and 5). Method: lives over one MemoryStore, driven turn by turn, with a cut
// of log and journal between them.
import InputLog
import PipelineModel
import Platform
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite("Steps of a cut log")
struct StepCutTests {
  private func cut(_ world: StepTurnTests.World, _ first: UInt64, _ end: UInt64, after steps: UInt64) throws {
    let range = OffsetRange.clamped(first: Offset(first), end: Offset(end))
    var batch = try StepCut.put(
      range, after: StepCount(steps), now: world.clock.wall(), policy: .fail, in: world.store)
    try LogCut.put(range, in: world.store, &batch)
    try world.store.write(batch, .synced)
  }

  private func run(_ world: StepTurnTests.World, at position: EnginePosition = .beginning) throws {
    let engine = try world.engine(at: position)
    var loop = engine.loop()
    while loop.turn() == .again {}
    engine.requestStop()
    while loop.turn() != .ended {}
  }

  @Test("the cut is one step above every number told, taken again by every later life")
  func cutIsOneStep() throws {
    let world = StepTurnTests.World()
    for value in 1...4 as ClosedRange<Int64> {
      try world.append([value, value])
      try run(world)
    }
    let before = world.told.rows.withLock { $0 }
    let newest = try #require(before.map(\.now).max())
    let highest = try #require(world.told.initiated.withLock { $0.max() })
    let kept = try #require(before.first { $0.range.end == Offset(2) })
    world.clock.setWall(microseconds: newest.microseconds - 5_000_000)
    try cut(world, 2, 8, after: kept.step.completedCount.rawValue)
    for _ in 0..<2 {
      world.told.rows.withLock { $0 = [] }
      try run(world)
      let rows = world.told.rows.withLock { $0 }
      #expect(rows.count == 2 && rows[0] == kept)
      let cut = try #require(rows.last)
      #expect(cut.isCut && cut.range == .clamped(first: Offset(2), end: Offset(8)))
      #expect(cut.step > StepIndex(highest) && cut.now >= newest)
    }
    try world.append([9])
    world.told.initiated.withLock { $0 = [] }
    try run(world)
    let last = try #require(world.told.rows.withLock { $0.last })
    #expect(last.range == .clamped(first: Offset(8), end: Offset(9)) && last.now > newest)
    #expect(try #require(world.told.initiated.withLock { $0.min() }) > highest)
    let ends = try Journal(store: world.store).rows(from: StepIndex(0), startingAt: .zero).map(\.range.end.rawValue)
    #expect(ends == [2, 8, 9], "the journal has no gap")
  }

  @Test("rows of cut records go, those of kept ones stay")
  func rowsGo() throws {
    let world = StepTurnTests.World()
    try world.append([5, 0])
    try world.append([6, 0])
    try FailedStep(
      step: StepIndex(0), range: .clamped(first: .zero, end: Offset(4)), dismissals: 0, isTrap: false, message: ""
    ).write(to: world.store)
    try run(world)
    func count(_ kind: KeySpace) throws -> Int {
      var count = 0
      try world.store.scan(.base, from: kind.key(), to: kind.end) { _, _ in
        count += 1
        return true
      }
      return count
    }
    #expect(try count(.deadRecord) == 2)
    let rows = try Journal(store: world.store).rows(from: StepIndex(0), startingAt: .zero)
    let steps = try #require(rows.first { $0.range.end == Offset(2) }).step.completedCount
    try FailedStep(
      step: StepIndex(9), range: .clamped(first: Offset(3), end: Offset(4)), dismissals: 1, isTrap: false, message: ""
    ).write(to: world.store)
    try cut(world, 2, 4, after: steps.rawValue)
    #expect(try count(.deadRecord) == 1 && count(.failedStep) == 0)
    try run(world)
  }

  @Test("a transaction whose records are cut is over, and its number is not given again", arguments: [false, true])
  func transactions(isCommitted: Bool) throws {
    let world = StepTurnTests.World()
    try world.append([1])
    let desk = try TransactionDesk(store: world.store, clock: world.clock, durableEnd: { Offset(1) })
    #expect(try desk.start() == 1)
    if isCommitted {
      let later = try TransactionDesk(store: world.store, clock: world.clock, durableEnd: { Offset(2) })
      _ = try later.commit()
    }
    try world.append([2])
    try cut(world, 1, 2, after: 0)
    let next = try TransactionDesk(store: world.store, clock: world.clock, durableEnd: { Offset(2) })
    #expect(next.reading == nil)
    #expect(try next.start() == 2)
  }
}
