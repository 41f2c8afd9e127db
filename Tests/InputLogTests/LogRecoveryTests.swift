// Goal: what was acknowledged is there after any crash, offsets are never used twice, staged parts without
// publication vanish, and a shorter log is refused. Method: random schedules from seeds on a disk that loses
// unsynced writes.
import InputLog
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

struct LogRecoveryTests {
  private struct Acknowledged {
    let range: OffsetRange
    let blocks: [LogBlock]
  }

  private final class Schedule {
    let random: SeededRandom
    let fixture: LogFixture
    var acknowledged: [Acknowledged] = []

    init(seed: UInt64) throws {
      random = SeededRandom(seed: seed)
      fixture = try LogFixture()
    }

    func blocks() -> [LogBlock] {
      (0..<random.next(below: 4)).map { _ in
        let length = Int(random.next(below: 700))
        let noisy = random.next(below: 2) == 0
        let payload = (0..<length).map { noisy ? UInt8(truncatingIfNeeded: random.next()) : UInt8($0 / 64) }
        return block(
          Int(random.next(below: 5)), table: "t\(random.next(below: 3))",
          endpoint: UInt32(random.next(below: 9)),
          payload: payload)
      }
    }

    func note(_ result: Result<OffsetRange, LogError>, _ blocks: [LogBlock]) {
      if case .success(let range) = result { acknowledged.append(Acknowledged(range: range, blocks: blocks)) }
    }

    /// Some operations, of which the last ones are not waited for; then a power cut.
    func live(_ appender: LogAppender) async throws {
      for _ in 0..<random.next(below: 12) {
        if random.next(below: 3) > 0 {
          let mine = blocks()
          note(await appender.append(AppendRequest(blocks: mine)), mine)
        } else {
          try await stage(appender)
        }
      }
      for _ in 0..<random.next(below: 3) { appender.append(AppendRequest(blocks: blocks())) { _ in } }
      fixture.disk.crash(keepingUnsynced: Int(random.next(below: 6)))
      appender.close()
    }

    private func stage(_ appender: LogAppender) async throws {
      let stage = appender.newStage()
      var mine: [LogBlock] = []
      for _ in 0..<random.next(below: 4) {
        let part = blocks()
        mine += part
        _ = try await appender.stage(part, in: stage).get()
      }
      switch random.next(below: 3) {
      case 0: appender.abandon(stage)
      case 1: note(await appender.publish(stage), mine)
      default: break  // left open
      }
    }

    func check(_ store: any OrderedStore, end: Offset, firstFree: Offset) throws {
      #expect(end >= firstFree, "an acknowledged offset would be used again")
      let stored = try readAll(store, to: end)
      var position = Offset.zero
      for block in stored {
        #expect(block.range.first == position)
        position = block.range.end
      }
      #expect(position == end)
      for entry in acknowledged {
        let found = stored.filter { $0.range.first >= entry.range.first && $0.range.end <= entry.range.end }
        let expected = entry.blocks.filter { $0.recordCount > 0 }
        #expect(found.map(\.payload) == expected.map(\.payload))
        #expect(found.map(\.table) == expected.map(\.table))
        #expect(found.map { Int($0.range.count) } == expected.map(\.recordCount))
      }
    }
  }

  @Test(arguments: UInt64(1)...40)
  func acknowledgedRangesSurvive(_ seed: UInt64) async throws {
    let schedule = try Schedule(seed: seed)
    for _ in 0..<4 {
      let firstFree = schedule.acknowledged.map(\.range.end).max() ?? .zero
      let before = schedule.acknowledged.count
      let (store, appender, end) = try schedule.fixture.open()
      try schedule.check(store, end: end, firstFree: firstFree)
      try #require(try openStages(store) == 0)
      try await schedule.live(appender)
      var last = end
      for entry in schedule.acknowledged[before...] {
        #expect(entry.range.first >= last, "ranges overlap")
        last = entry.range.end
      }
    }
  }

  /// Stages whose row says open.
  private func openStages(_ store: any OrderedStore) throws -> Int {
    var count = 0
    try store.scan(.base, from: KeySpace.stagedPart.key(), to: KeySpace.stagedPart.end) { key, value in
      if key.suffix(4) == [0, 0, 0, 0], value[1] == 0 { count += 1 }
      return true
    }
    return count
  }

  @Test func aShorterLogIsRefusedWithTheMissingOffsets() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    for count in [3, 4] { _ = await appender.append(AppendRequest(blocks: [block(count)])) }
    appender.close()
    var batch = WriteBatch()
    batch.delete(.log, KeySpace.bigEndian(3))
    try store.write(batch, .synced)
    #expect(throws: LogError.self) { try fixture.recover(store) }
    do { _ = try fixture.recover(store) } catch {
      let error = try #require(error as? LogError)
      #expect(error.code == .lost(first: Offset(3), end: Offset(7)))
      #expect(error.message.contains("first_offset=3") && error.message.contains("end_offset=7"))
    }
    #expect(try fixture.recover(store, floor: Offset(7)).durableEnd == Offset(7))
  }

  @Test func aDamagedLastGroupIsCorrupt() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    _ = await appender.append(AppendRequest(blocks: [block(3)]))
    appender.close()
    var value = try #require(try store.get(.log, KeySpace.bigEndian(0)))
    value[30] ^= 1
    var batch = WriteBatch()
    batch.put(.log, KeySpace.bigEndian(0), value)
    try store.write(batch, .synced)
    do {
      _ = try fixture.recover(store)
      Issue.record("recovered")
    } catch { #expect((error as? LogError)?.code == .corrupt) }
  }

  @Test func theFloorKeepsOffsetsFromComingBack() throws {
    let fixture = try LogFixture()
    let (_, appender, end) = try fixture.open(floor: Offset(100))
    #expect(end == Offset(100))
    appender.close()
  }
}
