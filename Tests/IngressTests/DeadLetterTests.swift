// Goal: refused records can be found by id, reason and request, and taken again; the letters count it in the same write.
// Method: bad bodies on a simulated disk that loses power.
import DataModel
import Formats
import InputLog
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

import Ingress

@Suite(.timeLimit(.minutes(1)))
struct DeadLetterTests {
  private static func all(_ life: IngressLife, _ filter: DeadLetterFilter = DeadLetterFilter()) throws -> [DeadLetter] {
    try life.endpoints.deadLetters(filter, limit: 1000)
  }

  private static func texts(_ letters: [DeadLetter]) -> [String] {
    letters.map { String(decoding: $0.row.rawBytes, as: UTF8.self) }
  }

  private static func replay(
    _ life: IngressLife, _ letters: [(letter: DeadLetter, bytes: [UInt8])], _ format: InputFormat = IngressLife.csv
  ) async throws -> IngestOutcome {
    let ingest = life.ingest
    return try await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<IngestOutcome, IngressError>, Never>) in
      ingest.replay(DeadLetterReplay(letters), into: IngressLife.table, format: format) {
        continuation.resume(returning: $0)
      }
    }.get()
  }

  @Test func idsAreReadAndPrinted() {
    let id = DeadLetterID(offset: Offset(120), sequence: 3)
    #expect(id.description == "120-3" && DeadLetterID("120-3") == id)
    for bad in ["", "-", "1", "1-", "-1", "1-2-3", "1-x", "99999999999999999999-1", "1-4294967296"] {
      #expect(DeadLetterID(bad) == nil)
    }
  }

  @Test func lettersAreFilteredAndPaged() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    for number in 0..<10 { _ = try await life.ingest("\(number),a\nx\(number),b\n").get() }
    var filter = DeadLetterFilter()
    #expect(try Self.texts(Self.all(life)) == (0..<10).map { "x\($0),b" })
    let first = try life.endpoints.deadLetters(filter, limit: 4)
    let second = try life.endpoints.deadLetters(filter, after: first.last?.id, limit: 4)
    #expect(Self.texts(second) == (4..<8).map { "x\($0),b" })
    filter.ids = [first[1].id, second[3].id]
    #expect(try Self.texts(Self.all(life, filter)) == ["x1,b", "x7,b"])
    filter = DeadLetterFilter()
    filter.table = "other"
    #expect(try Self.all(life, filter).isEmpty)
    filter.table = "t1"
    filter.reason = "no such reason"
    #expect(try Self.all(life, filter).isEmpty)
    filter.reason = String(first[0].row.reason.prefix(6))
    #expect(try Self.all(life, filter).count == 10)
  }

  @Test func aTokenKnowsTheLettersOfItsRequest() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    // Requests without a good record share their offset with the next one.
    var tokens: [CompletionToken] = []
    let id = UniqueID(high: 1, low: 2)
    for body in ["x,1\ny,1\n", "z,2\n", "1,a\nu,3\n2,b\n", "v,4\n"] {
      let outcome = try await life.ingest(body).get()
      tokens.append(
        CompletionToken(
          pipeline: PipelineID(id), log: LogID(id), incarnation: Incarnation(id), endpoint: outcome.endpoint,
          range: outcome.range, stepsAtIssue: .zero, rejected: UInt32(outcome.errorCount),
          firstRejected: outcome.firstRejected))
    }
    let texts = try tokens.map { token in
      var filter = DeadLetterFilter()
      filter.request = token.deadLetters(keptMax: 1000)
      return try Self.texts(Self.all(life, filter))
    }
    #expect(texts == [["x,1", "y,1"], ["z,2"], ["u,3"], ["v,4"]])
  }

  @Test func aReplayIsAnAttemptOfItsOwn() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    _ = try await life.ingest("1,a\nx,b\ny,c\n").get()
    let letters = try Self.all(life)
    let edited = try await Self.replay(life, [(letters[0], Array("2,b".utf8)), (letters[1], letters[1].row.rawBytes)])
    #expect(edited.accepted == 1 && edited.errorCount == 1 && edited.range.first == Offset(1))
    life.crash()
    life = try disk.open()
    defer { life.close() }
    let kept = try Self.all(life)
    #expect(Self.texts(kept) == ["x,b", "y,c", "y,c"])
    #expect(kept.map(\.row.replayed) == [1, 1, 0])
    #expect(try life.loggedIDs() == [1, 2])
    _ = try await Self.replay(life, [(kept[1], Array("3,c".utf8))])
    var filter = DeadLetterFilter()
    filter.isReplayed = false
    #expect(try Self.all(life, filter).map(\.id) == [kept[2].id])
    #expect(try Self.all(life).map(\.row.replayed) == [1, 2, 0])
  }

  @Test func aReplayThatFailsCountsNothing() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    _ = try await life.ingest("x,b\n").get()
    let letters = try Self.all(life)
    life.store.failWrite()
    await #expect(throws: IngressError.self) {
      _ = try await Self.replay(life, [(letters[0], Array("2,b".utf8))])
    }
    life.crash()
    life = try disk.open()
    defer { life.close() }
    #expect(try Self.all(life).map(\.row.replayed) == [0])
    #expect(try life.loggedIDs().isEmpty)
  }

  @Test func endpointsTellTheirFormat() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    for format in [
      InputFormat(kind: .csv), InputFormat(kind: .json, updateFormat: .raw),
      InputFormat(kind: .json, updateFormat: .insertDelete, array: true),
    ] {
      let endpoint = life.ingest.endpoint(IngressLife.table, format: format)
      #expect(life.ingest.format(of: endpoint, table: IngressLife.table) == format)
    }
    #expect(life.ingest.format(of: EndpointID(99), table: IngressLife.table) == nil)
  }

  @Test func elementsOfArraysAreTakenAsArrays() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let format = InputFormat(kind: .json, updateFormat: .raw, array: true)
    _ = try await life.ingest(#"[{"id":"x"}]"#, format).get()
    let letter = try #require(try Self.all(life).first)
    let outcome = try await Self.replay(
      life, [(letter, Array(#"{"id":5}"#.utf8)), (letter, Array(#" [{"id":6},{"id":7}]"#.utf8))], format)
    #expect(outcome.accepted == 3)
    #expect(try life.loggedIDs() == [5, 6, 7])
  }

  @Test func rowsOfTheFirstVersionAreRead() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    _ = try await life.ingest("x,b\n").get()
    let key = KeySpace.rejectedRow.key(UInt64(0)) + [0, 0, 0, 0]
    var value = try #require(try life.store.get(.base, key))
    value[0] = 1
    value.removeLast(4)
    var batch = WriteBatch()
    batch.put(key, value)
    try life.store.write(batch, .synced)
    #expect(try Self.texts(Self.all(life)) == ["x,b"])
  }
}
