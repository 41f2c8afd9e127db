// Goal: a cut takes exactly the records behind it, and their offsets never come again. Method: a log of inline and
// staged groups is cut at every offset, opened again, and appended to.
import DataModel
import InputLog
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

struct LogCutTests {
  /// Records with their offsets as values: [0,3)+[3,5) inline in one group, [5,7)+[7,10) staged, [10,12) inline.
  private static let counts = [[3, 2], [2, 3], [2]]
  private static let end: UInt64 = 12

  private static func numbered(_ first: UInt64, _ count: Int) -> LogBlock {
    let values = (0..<count).map { Int64(first) + Int64($0) }
    let changes = ChangeBatch(
      columns: [ColumnVector(.int64(values))], kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: count))
    return block(count, payload: ColumnCodec.encode(changes))
  }

  private func log() async throws -> (fixture: LogFixture, store: any OrderedStore) {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    _ = await appender.append(AppendRequest(blocks: [Self.numbered(0, 3), Self.numbered(3, 2)]))
    let stage = appender.newStage()
    _ = await appender.stage([Self.numbered(5, 2), Self.numbered(7, 1)], in: stage)
    _ = await appender.stage([Self.numbered(8, 2)], in: stage)
    _ = await appender.publish(stage)
    _ = await appender.append(AppendRequest(blocks: [Self.numbered(10, 2)]))
    appender.close()
    return (fixture, store)
  }

  /// Values in the log with their offsets.
  private static func records(
    _ store: any OrderedStore, from: UInt64 = 0, to end: UInt64
  ) throws -> [UInt64: Int64] {
    var found: [UInt64: Int64] = [:]
    for stored in try LogReader(store: store).read(from: Offset(from), to: Offset(end), bytesMax: .max) {
      let decoded = try DecodedBlock(stored)
      guard case .int64(let values) = decoded.changes.columns[0].storage else { continue }
      for (index, value) in values.enumerated() { found[stored.range.first.rawValue + UInt64(index)] = value }
    }
    return found
  }

  private static func cut(_ store: any OrderedStore, _ first: UInt64, _ end: UInt64) throws {
    var batch = WriteBatch()
    try LogCut.put(range(first, end), in: store, &batch)
    try store.write(batch, .synced)
  }

  @Test("cut at every offset", arguments: 0..<Self.end)
  func everyOffset(first: UInt64) async throws {
    let (fixture, store) = try await log()
    try Self.cut(store, first, Self.end)
    let kept = Dictionary(uniqueKeysWithValues: (0..<first).map { ($0, Int64($0)) })
    #expect(try Self.records(store, to: Self.end) == kept)
    #expect(try Self.records(store, from: first, to: Self.end).isEmpty)
    let recovered = try fixture.recover(store)
    #expect(recovered.durableEnd == Offset(Self.end), "its offsets stay taken")
    #expect(try StageRow.all(in: store).count == (first > 5 ? 1 : 0))

    let appender = fixture.appender(recovered, store)
    let again = try await appender.append(AppendRequest(blocks: [Self.numbered(12, 3)])).get()
    #expect(again == range(12, 15))
    appender.close()
    let all = kept.merging([12: 12, 13: 13, 14: 14]) { left, _ in left }
    #expect(try Self.records(store, to: 15) == all)
    // A second cut further in front swallows the first one; one behind leaves it.
    try Self.cut(store, 13, 15)
    #expect(try Self.records(store, to: 15) == all.filter { $0.key < 13 })
    try Self.cut(store, first / 2, 15)
    #expect(try Self.records(store, to: 15) == all.filter { $0.key < first / 2 })
    #expect(try fixture.recover(store).durableEnd == Offset(15))
    try LogRetention.trim(store: store, below: Offset(15))
    #expect(try fixture.recover(store).durableEnd == Offset(15))
  }

  @Test func aLogThatGoesOnIsNotCut() async throws {
    let (_, store) = try await log()
    var batch = WriteBatch()
    #expect(throws: LogError.self) { try LogCut.put(range(3, 8), in: store, &batch) }
    try LogCut.put(range(12, 12), in: store, &batch)
    #expect(batch.isEmpty)
  }
}
