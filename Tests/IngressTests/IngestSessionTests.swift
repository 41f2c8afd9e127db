// Goal: a body of any size becomes visible at once, as one range, or not at all; memory stays bounded by
// staging.
// Method: tiny bounds make small bodies large; another request comes in between.
import DataModel
import Formats
import InputLog
import PipelineModel
import StorageAPI
import Synchronization
import TestSupport
import Testing

import Ingress

@Suite struct IngestSessionTests {
  private static let tiny = IngestBounds(blockBytes: 256, stagedFlushBytes: 1024, partBytes: .max)

  private func feed(_ session: IngestSession, _ text: String, by chunk: Int) async throws {
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      try await session.feed(Array(bytes[start..<min(bytes.count, start + chunk)])).get()
    }
  }

  private func stagedRows(_ store: any OrderedStore) throws -> Int {
    var count = 0
    try store.scan(.base, from: KeySpace.stagedPart.key(), to: KeySpace.stagedPart.end) { _, _ in
      count += 1
      return true
    }
    return count
  }

  @Test(arguments: [1, 7, 100, 5000]) func chunksMakeNoDifference(chunk: Int) async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let session = life.open()
    try await feed(session, lines(0..<200), by: chunk)
    #expect(life.appender.durableEnd == .zero)
    let outcome = try await session.finish().get()
    #expect(outcome.accepted == 200 && outcome.range == .clamped(first: .zero, end: Offset(200)))
    #expect(try life.loggedIDs() == Array(0..<200))
  }

  /// A body that is longer than the disk has room for ends with an error and leaves nothing (invariant 7).
  @Test func aLongBodyIsRefusedWhenTheDiskIsFull() async throws {
    let life = try IngressDisk().open(bounds: Self.tiny)
    defer { life.close() }
    let session = life.open()
    try await feed(session, lines(0..<500), by: 100)
    life.room.shortage.withLock { $0 = "the disk is full" }
    let error = await #expect(throws: IngressError.self) { try await feed(session, lines(500..<1000), by: 100) }
    #expect(error?.code == .full)
    #expect(try life.loggedIDs().isEmpty)
  }

  /// Rows of a wide table are three bytes of text each at least: blocks are cut by what they hold, not by the text.
  @Test func emptyRowsOfWideTablesAreCutIntoBlocks() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let columns = (0..<500).map { Field(name: SQLIdentifier("c\($0)"), type: .bigint, nullable: true) }
    let wide = IngressTable(name: SQLIdentifier("wide"), schema: Schema(fields: columns))
    let session = life.ingest.open(wide, format: InputFormat(kind: .json, updateFormat: .raw, array: false))
    let count = 20_000
    try await session.feed(Array(String(repeating: "{}\n", count: count).utf8)).get()
    let outcome = try await session.finish().get()
    #expect(outcome.accepted == UInt64(count))
    let blocks = try LogReader(store: life.store).read(from: .zero, to: outcome.range.end, bytesMax: .max)
    #expect(blocks.count > 1)
    #expect(blocks.allSatisfy { $0.range.count <= 10_000 })
  }

  @Test func aStagedBodyIsOneRange() async throws {
    let disk = try IngressDisk()
    var life = try disk.open(bounds: Self.tiny)
    let session = life.open()
    try await feed(session, lines(0..<1000), by: 100)
    #expect(try stagedRows(life.store) > 3)
    _ = try await life.ingest("-1,between\n").get()
    #expect(try life.loggedIDs() == [-1])
    try await feed(session, lines(1000..<2000) + "bad\n", by: 3000)
    let outcome = try await session.finish().get()
    #expect(outcome.range == .clamped(first: Offset(1), end: Offset(2001)))
    #expect(outcome.accepted == 2000 && outcome.errorCount == 1)
    #expect(life.reading?.totalRecords == 2001)
    life.crash()
    life = try disk.open()
    defer { life.close() }
    #expect(try life.loggedIDs() == [-1] + Array(0..<2000))
    #expect(try life.endpoints.rejectedRows(limit: 10).map(\.eventNumber) == [2001])
  }

  @Test func cancelLeavesNothing() async throws {
    let disk = try IngressDisk()
    var life = try disk.open(bounds: Self.tiny)
    let session = life.open()
    try await feed(session, lines(0..<1000) + "bad\n", by: 500)
    #expect(try stagedRows(life.store) > 3)
    await session.cancel()
    guard case .failure = await session.feed(Array("1,a\n".utf8)), case .failure = await session.finish()
    else {
      Issue.record("a cancelled session went on")
      return
    }
    life.close()
    life = try disk.open()
    defer { life.close() }
    #expect(life.appender.durableEnd == .zero && life.reading == nil)
    #expect(try stagedRows(life.store) == 0)
    #expect(try life.endpoints.rejectedRows(limit: 10).isEmpty)
  }

  @Test func aCrashBeforeFinishLeavesNothing() async throws {
    let disk = try IngressDisk()
    var life = try disk.open(bounds: Self.tiny)
    let session = life.open()
    try await feed(session, lines(0..<1000), by: 500)
    life.crash(keepingUnsynced: 4)
    life = try disk.open()
    defer { life.close() }
    #expect(life.appender.durableEnd == .zero)
    #expect(try stagedRows(life.store) == 0)
  }

  @Test func aHugeBodyIsPublishedInParts() async throws {
    let bounds = IngestBounds(blockBytes: 256, stagedFlushBytes: 1024, partBytes: 4096)
    let life = try IngressDisk().open(bounds: bounds)
    defer { life.close() }
    let session = life.open()
    try await feed(session, lines(0..<1000), by: 500)
    let partly = try life.loggedIDs()
    #expect(!partly.isEmpty && partly.count < 1000)
    _ = try await life.ingest("-1,between\n").get()
    try await feed(session, lines(1000..<2000), by: 500)
    let outcome = try await session.finish().get()
    #expect(outcome.accepted == 2000 && outcome.range == .clamped(first: .zero, end: Offset(2001)))
    #expect(try life.loggedIDs().filter { $0 >= 0 } == Array(0..<2000))
    #expect(life.reading?.totalRecords == 2001)
  }

  @Test func aFailedStageEndsTheSession() async throws {
    let life = try IngressDisk().open(bounds: Self.tiny)
    defer { life.close() }
    let session = life.open()
    life.store.failWrite()
    let result = await session.feed(Array(lines(0..<1000).utf8))
    guard case .failure(let error) = result else {
      Issue.record("a failed stage was reported as a success")
      return
    }
    #expect(error.code == .storage)
    guard case .failure = await session.finish() else {
      Issue.record("a failed session finished")
      return
    }
    #expect(life.appender.durableEnd == .zero && life.reading?.totalRecords == 0)
  }
}
