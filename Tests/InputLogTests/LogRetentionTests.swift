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
}
