// Goal: trimming drops only what lies wholly below, and the log still knows its end. Method: trim at every
// offset.
import InputLog
import PipelineModel
import StorageAPI
import Testing

struct LogRetentionTests {
  /// [0,3) inline, [3,5)+[5,7) staged, [7,10) inline, [10,12)+[12,13) staged.
  private func log() async throws -> (fixture: LogFixture, store: any OrderedStore) {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    _ = await appender.append(AppendRequest(blocks: [block(3)]))
    for counts in [[2, 2], [2, 1]] {
      let stage = appender.newStage()
      for count in counts { _ = await appender.stage([block(count)], in: stage) }
      _ = await appender.publish(stage)
      if counts == [2, 2] { _ = await appender.append(AppendRequest(blocks: [block(3)])) }
    }
    appender.close()
    return (fixture, store)
  }

  @Test(
    arguments: [
      (0, 0, 2), (1, 0, 2), (3, 3, 2), (4, 3, 2), (5, 5, 2), (7, 7, 1), (9, 7, 1), (10, 10, 1), (12, 12, 1),
      (13, 12, 1),
      (99, 12, 1),
    ] as [(UInt64, UInt64, Int)])
  func dropsWhatLiesBelow(_ below: UInt64, _ kept: UInt64, _ stages: Int) async throws {
    let (fixture, store) = try await log()
    try LogRetention.trim(store: store, below: Offset(below))
    #expect(try readAll(store, from: Offset(kept), to: Offset(13)).last?.range.end == Offset(13))
    if kept > 0 {
      #expect(throws: LogError.self) {
        try LogReader(store: store).read(from: Offset(kept - 1), to: Offset(13), bytesMax: 1)
      }
    }
    #expect(try StageRow.all(in: store).count == stages)
    #expect(try fixture.recover(store).durableEnd == Offset(13))
  }

  @Test func anEmptyLogIsTrimmed() throws {
    try LogRetention.trim(store: MemoryStore(), below: Offset(5))
  }

  private func time(_ seconds: Int64) -> WallTime { WallTime(microseconds: seconds * 1_000_000) }

  private func first(_ store: any OrderedStore) throws -> UInt64? {
    var first: UInt64?
    try store.scan(.log, from: [], to: nil) { key, _ in
      first = KeySpace.number(key, at: 0)
      return false
    }
    return first
  }

  @Test(
    "What the rule asks for stays",
    arguments: [
      (0, 0, 100, 30), (1, 0, 40, 30), (10, 0, 40, 30), (11, 0, 40, 20), (21, 0, 40, 10), (31, 0, 40, 0),
      (0, 1, 40, 20), (0, 5, 40, 20), (0, 6, 40, 10), (0, 12, 40, 10), (0, 13, 40, 0), (10, 6, 40, 10), (21, 5, 40, 10),
      (UInt64.max, 0, 40, 0), (0, UInt64.max, 40, 0),
      // A clock that went back: nothing is old.
      (1, 0, 0, 0),
    ] as [(UInt64, UInt64, Int64, UInt64)])
  func beginning(_ seconds: UInt64, _ bytes: UInt64, _ now: Int64, _ expected: UInt64) {
    let marks = [(10, 10, 9), (20, 20, 7), (30, 30, 5)].map { end, at, size in
      LogMark(end: Offset(UInt64(end)), at: time(Int64(at)), sizeBytes: UInt64(size))
    }
    #expect(
      LogRetention.beginning(marks, seconds: seconds, bytes: bytes, now: time(now)) == Offset(expected))
  }

  @Test("A group of records a checkpoint each: they stay for their time, or their bytes, and then go")
  func retention() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    var sizes: [UInt64] = []
    for turn in 0..<6 {
      if turn == 2 {
        let stage = appender.newStage()
        _ = await appender.stage([block(2, payload: [UInt8](repeating: 7, count: 5000))], in: stage)
        _ = await appender.publish(stage)
      } else {
        _ = await appender.append(AppendRequest(blocks: [block(2)]))
      }
    }
    try store.scan(.log, from: [], to: nil) { _, value in
      sizes.append(UInt64(value.count))
      return true
    }
    func trim(_ checkpoint: Int, _ rule: LogRetentionRule, at now: Int64? = nil) throws {
      try LogRetention.trim(
        store: store, below: Offset(UInt64(checkpoint * 2)), takenAt: time(Int64(checkpoint) * 10), keeping: rule,
        now: time(now ?? Int64(checkpoint) * 10))
    }
    try trim(1, .all, at: 1000)
    #expect(try first(store) == 0)
    for checkpoint in 1...3 { try trim(checkpoint, .least(seconds: 25, bytes: 1)) }
    #expect(try first(store) == 0)
    try trim(4, .least(seconds: 25, bytes: 1))
    #expect(try first(store) == 2)
    // The staged bytes count: with them there is enough behind it.
    try trim(5, .least(seconds: 0, bytes: sizes[4] + sizes[3] + sizes[2] + 1))
    #expect(try first(store) == 4)
    let part = try #require(try LogMark.all(in: store).first { $0.end == Offset(6) })
    #expect(part.sizeBytes > sizes[2])
    // The same end again is no younger.
    try trim(5, .least(seconds: 40, bytes: 0), at: 200)
    #expect(try first(store) == 10)
    #expect(try LogMark.all(in: store).map(\.end) == [Offset(10)])
    appender.close()
  }

  @Test("Much log without marks: a part of it goes at once, whatever rule came before", arguments: [false, true])
  func firstMarks(byAge: Bool) async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    for _ in 0..<1000 { _ = await appender.append(AppendRequest(blocks: [block(2)])) }
    appender.close()
    var size: UInt64 = 0
    try store.scan(.log, from: [], to: nil) { _, value in
      size += UInt64(value.count)
      return true
    }
    let before: LogRetentionRule = byAge ? .least(seconds: 1000, bytes: 0) : .all
    for rule in [before, .least(seconds: 0, bytes: size / 2)] {
      #expect(try first(store) == 0)
      try LogRetention.trim(store: store, below: Offset(2000), takenAt: time(10), keeping: rule, now: time(10))
    }
    let first = try #require(try first(store))
    #expect(first > 900 && first <= 1000)
  }

  @Test("A clock that was wrong for a checkpoint makes nothing old")
  func earlyClock() async throws {
    let (_, store) = try await log()
    func trim(_ below: UInt64, _ takenAt: Int64, now: Int64) throws {
      try LogRetention.trim(
        store: store, below: Offset(below), takenAt: time(takenAt), keeping: .least(seconds: 1000, bytes: 0),
        now: time(now))
    }
    try trim(3, 100_000, now: 100_010)
    try trim(5, 5, now: 6)
    try trim(7, 7, now: 100_020)
    try trim(10, 100_030, now: 100_040)
    #expect(try first(store) == 0)
    try trim(12, 101_000, now: 101_025)
    #expect(try first(store) == 7)
  }

  @Test(
    "There are few marks where one part of the rule decides",
    arguments: [(60, 128_000), (2560, 1), (2560, 1_000_000_000_000)] as [(UInt64, UInt64)])
  func marksOfOnePart(seconds: UInt64, bytes: UInt64) async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    for turn in 1...3000 {
      _ = await appender.append(AppendRequest(blocks: [block(1)]))
      try LogRetention.trim(
        store: store, below: Offset(UInt64(turn)), takenAt: time(Int64(turn)),
        keeping: .least(seconds: seconds, bytes: bytes), now: time(Int64(turn)))
    }
    appender.close()
    #expect(try LogMark.all(in: store).count < 600)
  }

  @Test("There are few marks, however many checkpoints")
  func marksAreJoined() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    for turn in 1...3000 {
      _ = await appender.append(AppendRequest(blocks: [block(1)]))
      try LogRetention.trim(
        store: store, below: Offset(UInt64(turn)), takenAt: time(Int64(turn)),
        keeping: .least(seconds: 2560, bytes: 128_000), now: time(Int64(turn)))
    }
    appender.close()
    let marks = try LogMark.all(in: store)
    #expect(marks.count > 100 && marks.count < 600)
    let first = try #require(try first(store))
    #expect(first > 400 && first <= 440)
    #expect(marks.first?.end == Offset(first))
  }

  @Test("A cut takes the marks behind it along")
  func marksOfACutLog() async throws {
    let (_, store) = try await log()
    for below in [3, 5, 7] as [UInt64] {
      try LogRetention.trim(
        store: store, below: Offset(below), takenAt: time(Int64(below)), keeping: .least(seconds: 100, bytes: 0),
        now: time(8))
    }
    var batch = WriteBatch()
    try LogCut.put(.clamped(first: Offset(5), end: Offset(13)), in: store, &batch)
    try store.write(batch, .synced)
    #expect(try LogMark.all(in: store).map(\.end) == [Offset(3), Offset(5)])
  }
}
