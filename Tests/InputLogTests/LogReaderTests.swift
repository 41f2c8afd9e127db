// Goal: readers get whole blocks from exactly where they ask, within their limits. Method: a log of known
// blocks.
import InputLog
import PipelineModel
import StorageAPI
import Testing

struct LogReaderTests {
  /// Groups [0,2)+[2,5) and [5,6)+[6,10); each payload is 100 bytes.
  private func log() async throws -> (fixture: LogFixture, store: any OrderedStore) {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    let payload = (0..<100).map { UInt8($0) }
    _ = await appender.append(
      AppendRequest(blocks: [block(2, payload: payload), block(3, payload: payload)]))
    _ = await appender.append(
      AppendRequest(blocks: [block(1, payload: payload), block(4, payload: payload)]))
    appender.close()
    return (fixture, store)
  }

  private func code(_ body: () throws -> Void) -> LogError.Code? {
    do { try body() } catch { return (error as? LogError)?.code }
    return nil
  }

  @Test(
    arguments: [
      (0, 10, 1_000_000, [2, 5, 6, 10]), (0, 10, 1, [2]), (0, 10, 200, [2, 5]), (0, 10, 250, [2, 5]),
      (2, 10, 300, [5, 6, 10]), (6, 10, 0, [10]), (0, 5, 1_000_000, [2, 5]), (5, 6, 1_000_000, [6]),
      (0, 4, 1_000_000, [2]), (5, 5, 1_000_000, []),
    ] as [(UInt64, UInt64, Int, [UInt64])])
  func keepsItsLimits(_ from: UInt64, _ to: UInt64, _ bytesMax: Int, _ ends: [UInt64]) async throws {
    let (_, store) = try await log()
    let blocks = try LogReader(store: store).read(from: Offset(from), to: Offset(to), bytesMax: bytesMax)
    #expect(blocks.map(\.range.end.rawValue) == ends)
    #expect(blocks.first.map { $0.range.first == Offset(from) } ?? ends.isEmpty)
  }

  @Test(
    arguments: [
      (0, 10, [0, 2, 5, 6]), (1, 10, [0, 2, 5, 6]), (3, 4, [2]), (1, 3, [0, 2]), (7, 9, [6]), (5, 5, []),
    ] as [(UInt64, UInt64, [UInt64])])
  func coversPartsOfBlocks(_ first: UInt64, _ end: UInt64, _ firsts: [UInt64]) async throws {
    let (_, store) = try await log()
    let reader = LogReader(store: store)
    let range = OffsetRange.clamped(first: Offset(first), end: Offset(end))
    #expect(try reader.read(covering: range, bytesMax: .max).map(\.range.first.rawValue) == firsts)
    #expect(try reader.end() == Offset(10))
  }

  @Test func refusesWhatIsNoBoundary() async throws {
    let (_, store) = try await log()
    let reader = LogReader(store: store)
    #expect(code { _ = try reader.read(from: Offset(1), to: Offset(10), bytesMax: 1) } == .corrupt)
    #expect(code { _ = try reader.read(from: Offset(5), to: Offset(5 + 6), bytesMax: .max) } == .corrupt)
    #expect(code { _ = try reader.read(from: Offset(0), to: Offset(1), bytesMax: .max) } == .corrupt)
    #expect(code { _ = try reader.read(from: Offset(10), to: Offset(11), bytesMax: .max) } == .corrupt)
    #expect(
      code { _ = try LogReader(store: MemoryStore()).read(from: .zero, to: Offset(1), bytesMax: 1) }
        == .corrupt)
  }

  @Test func aMissingGroupIsAGap() async throws {
    let (_, store) = try await log()
    var batch = WriteBatch()
    batch.delete(.log, KeySpace.bigEndian(5))
    try store.write(batch, .synced)
    #expect(
      code { _ = try LogReader(store: store).read(from: .zero, to: Offset(10), bytesMax: .max) } == .corrupt)
  }
}
