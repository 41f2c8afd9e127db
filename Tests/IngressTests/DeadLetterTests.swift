// Goal: refused records can be found by id, reason and request, and taken again; the letters count it in the same
// write. Records that no step could take are found beside them.
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

@Suite(.timeLimit(.minutes(15)))
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

  private static func failed(_ offset: UInt64, _ id: Int64, _ note: String?) -> FailedRecord {
    let text = ColumnType.varchar(length: nil).physical
    let notes = ColumnVector(repeating: note.map { .text($0) } ?? .null, physical: text, count: 1)
    let change = ChangeBatch(
      columns: [ColumnVector(.int64([id])), notes], kinds: [ChangeKind.insert.rawValue])
    return FailedRecord(
      at: (Offset(offset), StepIndex(7), WallTime(microseconds: 5)), table: "t1", endpoint: EndpointID(1),
      reason: "division by zero", change: change)
  }

  private static func bury(_ life: IngressLife, _ records: FailedRecord...) throws {
    for record in records {
      try life.store.write(life.endpoints.letter(of: record, IngressLife.table.schema), .synced)
    }
  }

  @Test func failedRecordsAreLettersLikeTheOthers() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    let refused = try await life.ingest("1,a\nx,b\n2,\"c,\"\"d\"\"\"\n3,\ny,e\n").get()
    try Self.bury(life, Self.failed(1, 2, "c,\"d\""), Self.failed(0, 1, nil))
    let ids = ["0-0", "0-1", "0-failed", "1-failed"]
    #expect(try Self.all(life).map(\.id.description) == ids)
    #expect(ids.allSatisfy { DeadLetterID($0)?.description == $0 })
    #expect(DeadLetterID("0-4294967295") == nil)
    life.crash()
    life = try disk.open()
    defer { life.close() }
    let letters = try Self.all(life)
    let changes = [#"{"insert":{"id":1,"note":null}}"#, #"{"insert":{"id":2,"note":"c,\"d\""}}"#]
    #expect(Self.texts(letters.suffix(2)) == changes)
    #expect(letters.map(\.row.step) == [nil, nil, StepIndex(7), StepIndex(7)])
    #expect(letters.allSatisfy { !$0.row.isTruncated })
    // The number of the next refused record at the same offset is not confused by the failed one.
    let next = try await life.ingest("z,1\n").get()
    #expect(next.range.first == Offset(3) && next.firstRejected == 0)

    let id = UniqueID(high: 1, low: 2)
    func token(_ range: OffsetRange, rejected: UInt32, first: UInt32) -> [String] {
      var filter = DeadLetterFilter()
      filter.request = CompletionToken(
        pipeline: PipelineID(id), log: LogID(id), incarnation: Incarnation(id), endpoint: refused.endpoint,
        range: range, stepsAtIssue: .zero, rejected: rejected, firstRejected: first
      ).deadLetters(keptMax: 1000)
      return ((try? Self.all(life, filter)) ?? []).map(\.id.description)
    }
    #expect(token(refused.range, rejected: 2, first: refused.firstRejected) == ids)
    #expect(token(.clamped(first: Offset(1), end: Offset(3)), rejected: 0, first: 0) == ["1-failed"])
    #expect(token(.empty(at: .zero), rejected: 1, first: 1) == ["0-1"])
    #expect(token(.clamped(first: Offset(2), end: Offset(3)), rejected: 0, first: 0) == [])
  }

  @Test func aFailedRecordIsTakenAgainAsItWas() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    _ = try await life.ingest("1,a\n2,b\n").get()
    try Self.bury(life, Self.failed(1, 2, "b"))
    let letter = try #require(try Self.all(life).first)
    let format = try #require(life.ingest.format(of: letter, table: IngressLife.table))
    _ = try await Self.replay(life, [(letter, letter.row.rawBytes)], format)
    #expect(try life.loggedIDs() == [1, 2, 2])
    #expect(try Self.all(life).map(\.row.replayed) == [1])
    #expect(try Self.all(life).first?.row.step == StepIndex(7))
  }

  @Test func oldLettersMakeRoomAlsoForFailedOnes() async throws {
    let life = try IngressDisk().open(rejectedBytesMax: 2000)
    defer { life.close() }
    for number in 0..<200 {
      let outcome = try await life.ingest("\(number),a\nx,\(number)\n").get()
      try Self.bury(life, Self.failed(outcome.range.first.rawValue, Int64(number), "n"))
    }
    let letters = try Self.all(life)
    let bytes = letters.reduce(0) { $0 + $1.row.rawBytes.count + $1.row.reason.utf8.count }
    #expect(letters.last?.id.description == "199-failed" && letters.count > 5 && bytes < 2500)
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
