// Goal: segments and files of records are what their records say, also in the server's next life; a segment that is
// deleted is gone, one change builds on the other.
// Method: books over records in memory; a second book over the same records stands for the next life.
import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import WireTypes
import Workflows

struct SegmentBookTests {
  private let store = MemoryWorkStore()
  private static let filter: JSONValue = ["conjonction": "and", "groups": []]

  private func book(_ seed: UInt64 = 1) -> SegmentBook {
    SegmentBook(service: WorkService(store: store, clock: SystemClock()), random: SeededRandom(seed: seed))
  }

  @Test func changesAtOnceBuildOnEachOther() async throws {
    let book = book()
    let made = try await book.make(Segment.Content(name: "", model: "shop.big", filter: Self.filter))
    await withTaskGroup { group in
      for _ in 0..<20 {
        group.addTask {
          _ = try? await book.change(made.uuid) { content in
            var content = content
            content.name += "x"
            return content
          }
        }
      }
    }
    let later = try await self.book(2).segment(made.uuid.uppercased())
    #expect(later.content.name.count == 20 && later.content.filter == Self.filter)
    #expect(later.createdAt == made.createdAt && later.updatedAt > made.createdAt)
  }

  @Test func aDeletedSegmentIsGone() async throws {
    let book = book()
    let one = try await book.make(Segment.Content(name: "one", model: "a.b", filter: Self.filter))
    let two = try await book.make(
      Segment.Content(name: "two", model: "a.b", filter: Self.filter, trackedColumns: ["size"]))
    #expect(try await book.segments(limit: 10, offset: 0).map(\.content.name) == ["two", "one"])
    try await book.delete(one.uuid)
    #expect(try await self.book(2).segments(limit: 10, offset: 0).map(\.content) == [two.content])
    await #expect(throws: SegmentBook.Refusal.unknownSegment) { try await book.segment(one.uuid) }
    await #expect(throws: SegmentBook.Refusal.unknownSegment) { try await book.delete(one.uuid) }
    await #expect(throws: SegmentBook.Refusal.unknownSegment) { try await book.change(one.uuid) { $0 } }
  }

  @Test func aChangeToTheSameIsNone() async throws {
    let book = book()
    let made = try await book.make(Segment.Content(name: "one", model: "a.b", filter: Self.filter))
    for _ in 0..<3 { _ = try await book.change(made.uuid) { $0 } }
    #expect(store.records.withLock { $0.count } == 1)
  }

  @Test func filesAreTheirRecordsInParts() async throws {
    let service = WorkService(store: store, clock: SystemClock())
    let files = FileBook(service: service, random: SeededRandom(seed: 3))
    let records = (0..<4000).map { JSONValue.make(["n": .integer($0), "text": .string(String(repeating: "é", count: 400))]) }
    func parts(_ records: [JSONValue]) -> RecordParts {
      var parts = RecordParts()
      for record in records { parts.add(record) }
      parts.finish()
      return parts
    }
    let name = try await files.make(name: "my \"companies\"/é.csv", records: parts(records))
    #expect(name.hasSuffix("-my__companies____.csv"))
    #expect(store.records.withLock { $0.count } > 3)
    let later = FileBook(service: WorkService(store: store, clock: SystemClock()), random: SeededRandom(seed: 4))
    #expect(try await later.records(name) == records)
    #expect(try await later.bytes(of: name) == records.reduce(0) { $0 + $1.encodedBytes.count })
    let none = try await files.make(name: "none", records: parts([]))
    #expect(try await later.records(none).isEmpty)
    #expect(try await later.bytes(of: none) == 0)
    for other in [name + "x", String(name.dropLast()), "x", "", "../" + name] {
      await #expect(throws: FileBook.Refusal.unknownFile) { try await later.records(other) }
    }
  }

  @Test func filesOfAFormerReleaseAreRead() async throws {
    let service = WorkService(store: store, clock: SystemClock())
    let files = FileBook(service: service, random: SeededRandom(seed: 3))
    let uuid = "00000000-0000-4000-8000-00000000000f"
    let bodies = ["{\"name\":\"\(uuid)-a.csv\",\"parts\":2}", "[1,{\"bytes\":2}]", "[3]"]
    try await service.define(
      bodies.enumerated().map { index, body in
        WorkRecord(
          subject: "file-\(uuid)", sequence: Int64(index), kind: index == 0 ? .definition : .event, dialect: .orchestration,
          status: "file", at: WallTime(microseconds: 1), body: body)
      })
    #expect(try await files.records("\(uuid)-a.csv") == [1, ["bytes": 2], 3])
    #expect(try await files.bytes(of: "\(uuid)-a.csv") == nil, "it does not tell its size")
    #expect(try await files.bytes(of: "\(uuid.dropLast())0-a.csv") == 0)
  }
}
