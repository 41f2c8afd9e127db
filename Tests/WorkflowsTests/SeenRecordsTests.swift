// Goal: a play is told of every change of its segment once: none is lost or told twice, whatever moment its server
// dies at, however many changes come at once, and whatever is left for later.
// Method: random segments against a plain model of what was told; a book over records in memory whose store dies at
// each append in turn, with and without that append.
import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import WireTypes
import Workflows

struct SeenRecordsTests {
  private static let workflow = "00000000-0000-4000-8000-00000000000b"

  private static func changes(
    _ former: SeenRecords?, _ records: [String: String], kinds: Set<ChangeKind> = Set(ChangeKind.allCases),
    busy: Set<String> = [], limit: Int = 1000
  ) -> SegmentChanges {
    SegmentChanges(
      from: former, to: records.sorted { $0.key < $1.key }.map { .init(id: $0.key, digest: $0.value) }, basis: "*",
      kinds: kinds, busy: busy, limit: limit)
  }

  private static func seen(_ digests: [String: String], basis: String = "*") -> SeenRecords {
    SeenRecords(segment: "s", model: "m", basis: basis, digests: digests)
  }

  private static func told(_ changes: SegmentChanges) -> [String] { changes.changes.map { "\($0.kind) \($0.id)" } }

  @Test func addedUpdatedAndRemoved() {
    let first = Self.changes(nil, ["a": "1", "b": "1"])
    #expect(Self.told(first) == ["added a", "added b"] && !first.isCut)
    let second = Self.changes(Self.seen(first.digests), ["b": "2", "c": "1"])
    #expect(Self.told(second) == ["removed a", "updated b", "added c"])
    #expect(second.changes.map(\.place) == [nil, 0, 1])
    #expect(Self.changes(Self.seen(second.digests), ["b": "2", "c": "1"]).changes.isEmpty)
  }

  @Test func kindsThatAreNotAskedForAreSeenNevertheless() {
    let first = Self.changes(nil, ["a": "1"], kinds: [.updated])
    #expect(first.changes.isEmpty && first.digests == ["a": "1"])
    #expect(Self.told(Self.changes(Self.seen(first.digests), ["a": "2"], kinds: [.updated])) == ["updated a"])
    #expect(Self.changes(Self.seen(first.digests), [:], kinds: [.updated]).digests.isEmpty)
  }

  @Test func whatIsBusyOrTooMuchIsToldLater() {
    let first = Self.changes(Self.seen(["a": "1", "b": "1"]), ["b": "2", "c": "1"], busy: ["a", "b"])
    #expect(Self.told(first) == ["added c"] && first.isCut)
    #expect(Self.told(Self.changes(Self.seen(first.digests), ["b": "2", "c": "1"])) == ["removed a", "updated b"])
    let part = Self.changes(Self.seen(["a": "1", "b": "1"]), ["b": "2", "c": "1"], limit: 2)
    #expect(Self.told(part) == ["removed a", "updated b"] && part.isCut)
    #expect(Self.told(Self.changes(Self.seen(part.digests), ["b": "2", "c": "1"], limit: 2)) == ["added c"])
  }

  @Test func anotherBasisTellsNoUpdates() {
    let changes = Self.changes(Self.seen(["a": "x", "b": "x"], basis: "size"), ["a": "1", "c": "1"])
    #expect(Self.told(changes) == ["removed b", "added c"])
    #expect(changes.digests == ["a": "1", "c": "1"])
  }

  @Test func recordsHoldWhatIsSeenInParts() throws {
    let digests = Dictionary(uniqueKeysWithValues: (0..<60_000).map { ("record \"\($0)\" é", "digest\($0)") })
    let seen = Self.seen(digests)
    let records = seen.records(of: Self.workflow, number: 7, at: WallTime(microseconds: 1))
    #expect(records.count > 3 && records.allSatisfy { $0.body.utf8.count < 2 << 20 })
    #expect(SeenRecords(records) == seen)
    #expect(SeenRecords(Array(records.dropLast())) == nil)
    #expect(SeenRecords(Self.seen([:]).records(of: "w", number: 1, at: WallTime(microseconds: 1))) == Self.seen([:]))
  }

  // MARK: Lives

  /// One look: what it told, all or nothing.
  private static func look(
    _ service: WorkService, _ segment: [String: String], id: String, limit: Int
  ) async throws {
    let book = SeenBook(service: service)
    try await book.inTurn(of: workflow) {
      let state = try await book.state(of: workflow)
      let found = changes(state.records, segment, limit: limit)
      let at = service.clock.wall()
      let rows =
        [WorkRecord.group(id, .orchestration, configuration: "{}", at: at)]
        + found.changes.enumerated().map { place, change in
          .item(
            "\(id)-\(place)", .orchestration, group: id, position: Int64(place),
            input: "\(change.kind.rawValue) \(change.id) \(segment[change.id] ?? "")", at: at)
        }
      try await service.create(
        rows, with: seen(found.digests).records(of: workflow, number: state.nextNumber, at: at))
      await book.forget(state)
    }
  }

  /// What a receiver of all that was told believes the segment to be; nil when something was told twice.
  private static func belief(_ store: MemoryWorkStore) -> [String: String]? {
    var belief: [String: String] = [:]
    for record in store.records.withLock({ $0 }) where record.kind == .item {
      let words = record.body.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      let known = belief[words[1]]
      switch words[0] {
      case "added": if known != nil { return nil }
      case "updated": if known == nil || known == words[2] { return nil }
      default: if known == nil { return nil }
      }
      belief[words[1]] = words[0] == "removed" ? nil : words[2]
    }
    return belief
  }

  @Test(arguments: 0..<40, [false, true])
  func everyChangeIsToldOnceWhateverTheServerDiesAt(seed: Int, lastIsWritten: Bool) async throws {
    let inner = MemoryWorkStore()
    let random = SeededRandom(seed: UInt64(seed))
    var segment: [String: String] = [:]
    var looks = 0
    for _ in 0..<6 {
      let life = WorkService(
        store: DyingStore(inner, appendsLeft: Int(random.next() % 4) + 1, lastIsWritten: lastIsWritten),
        clock: SystemClock())
      for _ in 0..<5 {
        for _ in 0..<(random.next() % 8) {
          let id = "r\(random.next() % 12)"
          segment[id] = random.next() % 3 == 0 ? nil : "v\(random.next() % 3)"
        }
        looks += 1
        do {
          try await Self.look(life, segment, id: "b\(looks)", limit: Int(random.next() % 6) + 1)
        } catch { break }
      }
      life.close()
    }
    let last = WorkService(store: inner, clock: SystemClock())
    for _ in 0..<12 {
      looks += 1
      try await Self.look(last, segment, id: "b\(looks)", limit: 3)
    }
    #expect(Self.belief(inner) == segment)
    #expect(inner.records.withLock { Set($0.filter { $0.status == "seen" }.map(\.subject)).count } == 1)
  }

  @Test func looksAtOnceAreOneAfterTheOther() async throws {
    let store = MemoryWorkStore()
    let service = WorkService(store: store, clock: SystemClock())
    let book = SeenBook(service: service)
    let segment = ["a": "1", "b": "1", "c": "1"]
    try await withThrowingTaskGroup { group in
      for number in 0..<20 {
        group.addTask {
          try await book.inTurn(of: Self.workflow) {
            let state = try await book.state(of: Self.workflow)
            let found = Self.changes(state.records, segment, limit: 1)
            let at = service.clock.wall()
            try await service.create(
              found.changes.map {
                .item("i\(number)", .orchestration, input: "\($0.kind.rawValue) \($0.id) \(segment[$0.id] ?? "")", at: at)
              },
              with: Self.seen(found.digests).records(of: Self.workflow, number: state.nextNumber, at: at))
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(Self.belief(store) == segment)
  }
}
