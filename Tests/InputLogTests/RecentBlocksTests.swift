// Goal: what a step gets from memory is what the log holds at these offsets, and memory has a bound. Method: appends
// through a real appender, compared with what a reader reads; leases counted.
import DataModel
import InputLog
import PipelineModel
import Platform
import StorageAPI
import Testing

@Suite("Recent blocks: the next step has them from memory")
struct RecentBlocksTests {
  private static func changes(_ values: Range<Int64>) -> ChangeBatch {
    ChangeBatch(
      columns: [ColumnVector(.int64(Array(values)))],
      kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: values.count))
  }

  private static func block(_ values: Range<Int64>, in recent: RecentBlocks?) -> LogBlock {
    let changes = changes(values)
    return LogBlock(
      table: "t", endpoint: EndpointID(7), recordCount: changes.count, inputBytes: 10 * changes.count,
      payload: ColumnCodec.encode(changes), decoded: recent?.decoded(changes))
  }

  @Test("they equal what the log holds, in any mixture of blocks with and without columns")
  func equalTheLog() async throws {
    let log = try LogFixture()
    let (store, appender, _) = try log.open()
    let random = SeededRandom(seed: 5)
    var next: Int64 = 0
    for _ in 0..<200 {
      var blocks: [LogBlock] = []
      for _ in 0..<random.next(below: 4) {
        let count = Int64(random.next(below: 5))
        blocks.append(Self.block(next..<next + count, in: random.next(below: 3) == 0 ? nil : appender.recent))
        next += count
      }
      _ = try await appender.append(AppendRequest(blocks: blocks)).get()
    }
    let end = appender.durableEnd
    #expect(end.rawValue == UInt64(next))
    var position = Offset.zero
    var fromMemory = 0
    while position < end {
      let rest = OffsetRange.clamped(first: position, end: end)
      let recent = appender.recent.blocks(covering: rest, bytesMax: 100)
      if let last = recent.last {
        #expect(recent.first?.range.first == position)
        let stored = try LogReader(store: store).read(from: position, to: last.range.end, bytesMax: .max)
        #expect(stored.map(\.range) == recent.map(\.range))
        for (read, held) in zip(stored, recent) {
          #expect(try DecodedBlock(read).changes == held.changes)
          #expect(read.table == held.table && read.endpoint == held.endpoint && read.inputBytes == held.inputBytes)
        }
        fromMemory += recent.count
        position = last.range.end
      } else {
        let until = appender.recent.next(after: position) ?? end
        #expect(until > position)
        position = until
      }
    }
    #expect(fromMemory > 100)
    appender.recent.forget(below: end)
    #expect(appender.recent.sizeBytes == 0)
    appender.close()
  }

  @Test("a block that reaches over the end of what was taken stays")
  func partlyTaken() async throws {
    let (_, appender, _) = try LogFixture().open()
    _ = try await appender.append(AppendRequest(blocks: [Self.block(0..<10, in: appender.recent)])).get()
    appender.recent.forget(below: Offset(4))
    let rest = appender.recent.blocks(covering: range(4, 10), bytesMax: 1000)
    #expect(rest.map(\.range) == [range(0, 10)])
    #expect(rest.first?.part(range(4, 10)) == Self.changes(4..<10))
    appender.close()
  }

  @Test("what finds no room is left to the log, and room comes back with the last holder")
  func bounded() {
    let recent = RecentBlocks(bytesMax: 1000)
    var kept: [LogBlock] = (0..<100).map { _ in Self.block(0..<10, in: recent) }
    #expect((1...99).contains(kept.count { $0.decoded != nil }))
    #expect(recent.sizeBytes <= 1000)
    kept = []
    #expect(recent.sizeBytes == 0)
    #expect(recent.decoded(Self.changes(0..<10)) != nil)
  }

  @Test("a failed write leaves nothing")
  func failedWrite() async throws {
    let log = try LogFixture()
    let (store, appender, _) = try log.open()
    store.close()
    let result = await appender.append(AppendRequest(blocks: [Self.block(0..<10, in: appender.recent)]))
    #expect(throws: LogError.self) { try result.get() }
    #expect(appender.recent.blocks(covering: range(0, 10), bytesMax: 1000).isEmpty)
    #expect(appender.recent.sizeBytes == 0)
    appender.close()
  }
}
