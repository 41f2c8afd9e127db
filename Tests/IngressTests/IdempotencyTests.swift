// Goal: the same key yields the same range once, whatever happens in between (invariant 6). Method: requests with
// keys on a simulated disk that loses power between append and answer.
import Formats
import InputLog
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

import Ingress

@Suite(.timeLimit(.minutes(15))) struct IdempotencyTests {
  private static func index(_ life: IngressLife, retentionSeconds: Int64 = 1000) -> IdempotencyIndex {
    IdempotencyIndex(
      store: life.store, clock: life.clock, pool: life.pool, retentionSeconds: retentionSeconds,
      steps: { StepCount(5) })
  }

  /// One whole request as the face makes it.
  private static func request(
    _ ingest: BatchIngest, _ index: IdempotencyIndex, _ key: String, _ body: String,
    _ format: InputFormat = IngressLife.csv
  ) async throws(IngressError) -> IngestOutcome {
    switch try await index.claim(key) {
    case .first(let claim):
      let session = ingest.open(IngressLife.table, format: format, claim: claim)
      try await session.feed(Array(body.utf8)).get()
      return try await session.finish().get()
    case .answered(let replay):
      replay.feed(Array(body.utf8.prefix(3)))
      replay.feed(Array(body.utf8.dropFirst(3)))
      return try replay.finish(ingest.endpoint(IngressLife.table, format: format))
    }
  }

  @Test("a key of cut records is free again; one whose records are kept, or are none, is not")
  func keysOfCutRecords() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life)
    var answers: [IngestOutcome] = []
    for (number, body) in ["1,a\n", "2,a\n3,b\n4,c\n", "x,y\n", "5,z\n"].enumerated() {
      answers.append(try await Self.request(life.ingest, index, "k\(number)", body))
    }
    #expect(answers.map(\.range.first.rawValue) == [0, 1, 4, 4])
    var batch = WriteBatch()
    try IngressCut.put(.clamped(first: Offset(2), end: Offset(5)), in: life.store, &batch)
    try life.store.write(batch, .synced)
    let again = Self.index(life)
    for (number, body) in ["1,a\n", "2,a\n3,b\n4,c\n", "x,y\n"].enumerated() {
      let outcome = try await Self.request(life.ingest, again, "k\(number)", body)
      #expect(outcome.isReplay && outcome.range == answers[number].range)
    }
    let fresh = try await Self.request(life.ingest, again, "k3", "5,z\n")
    #expect(!fresh.isReplay && fresh.range.first == Offset(5))
  }

  @Test func whatHasAKeyIsDurableAlthoughAskedForAsynchronously() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    guard case .first(let claim) = try await Self.index(life).claim("k") else {
      Issue.record("a fresh key has no answer")
      return
    }
    let keyed = life.ingest.open(IngressLife.table, format: IngressLife.csv, claim: claim, isAsync: true)
    try await keyed.feed(Array("1,a\n".utf8)).get()
    let outcome = try await keyed.finish().get()
    #expect(!outcome.isAsync && life.appender.durableEnd == outcome.range.end)
    let plain = life.ingest.open(IngressLife.table, format: IngressLife.csv, isAsync: true)
    try await plain.feed(Array("2,b\n".utf8)).get()
    #expect(try await plain.finish().get().isAsync)
  }

  @Test func aRetryGetsTheFirstAnswer() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life)
    _ = try await life.ingest("9,z\n").get()
    let first = try await Self.request(life.ingest, index, "k", "1,a\nx,b\n3,c\n")
    _ = try await life.ingest("8,z\n").get()
    let again = try await Self.request(life.ingest, index, "k", "1,a\nx,b\n3,c\n")
    #expect(!first.isReplay && again.isReplay)
    #expect(again.range == first.range && again.accepted == 2 && again.errorCount == 1)
    #expect(again.errors.map(\.description) == first.errors.map(\.description))
    #expect(again.receivedAt == first.receivedAt && again.stepsAtIssue == StepCount(5))
    #expect(again.firstRejected == first.firstRejected)
    #expect(try life.loggedIDs() == [9, 1, 3, 8])
  }

  @Test func onlyBadRecordsAndEmptyBodiesHaveAnAnswerToo() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life)
    for (key, body) in [("bad", "x,1\n"), ("empty", "")] {
      let first = try await Self.request(life.ingest, index, key, body)
      let again = try await Self.request(life.ingest, index, key, body)
      #expect(first.range.isEmpty && again.isReplay && again.range == first.range)
      #expect(again.errorCount == first.errorCount)
    }
    #expect(try life.endpoints.rejectedRows(limit: 10).count == 1)
  }

  @Test func anotherBodyOrFormatIsRefused() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life)
    _ = try await Self.request(life.ingest, index, "k", "1,a\n")
    for (body, format) in [
      ("1,b\n", IngressLife.csv), ("1,a\n2,b\n", IngressLife.csv),
      ("1,a\n", InputFormat(kind: .json, updateFormat: .raw)),
    ] {
      await #expect(throws: IngressError.self) { try await Self.request(life.ingest, index, "k", body, format) }
    }
    #expect(try life.loggedIDs() == [1])
    _ = try await Self.request(life.ingest, index, "other", "2,b\n")
    #expect(try life.loggedIDs() == [1, 2])
  }

  @Test func aCrashBetweenAppendAndAnswerKeepsBothOrNeither() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    let first = try await Self.request(life.ingest, Self.index(life), "k", "1,a\n2,b\n")
    life.crash()
    life = try disk.open()
    let again = try await Self.request(life.ingest, Self.index(life), "k", "1,a\n2,b\n")
    #expect(again.isReplay && again.range == first.range)
    #expect(try life.loggedIDs() == [1, 2])
    life.store.failWrite()
    await #expect(throws: IngressError.self) {
      try await Self.request(life.ingest, Self.index(life), "lost", "3,c\n")
    }
    life.crash()
    life = try disk.open()
    defer { life.close() }
    let taken = try await Self.request(life.ingest, Self.index(life), "lost", "3,c\n")
    #expect(!taken.isReplay)
    #expect(try life.loggedIDs() == [1, 2, 3])
  }

  @Test func aRequestInFlightIsWaitedFor() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life)
    guard case .first(let claim) = try await index.claim("k") else {
      Issue.record("the key is fresh")
      return
    }
    let ingest = life.ingest
    let session = ingest.open(IngressLife.table, format: IngressLife.csv, claim: claim)
    async let second = Self.request(ingest, index, "k", "1,a\n")
    async let third = Self.request(ingest, index, "k", "1,a\n")
    try await session.feed(Array("1,a\n".utf8)).get()
    let first = try await session.finish().get()
    let others = try await [second, third]
    #expect(others.allSatisfy { $0.isReplay && $0.range == first.range })
    #expect(try life.loggedIDs() == [1])
  }

  @Test func aRequestThatIsBrokenOffFreesItsKey() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life)
    guard case .first(let claim) = try await index.claim("k") else {
      Issue.record("the key is fresh")
      return
    }
    let ingest = life.ingest
    let session = ingest.open(IngressLife.table, format: IngressLife.csv, claim: claim)
    async let second = Self.request(ingest, index, "k", "2,b\n")
    try await session.feed(Array("1,a\n".utf8)).get()
    await session.cancel()
    #expect(try await !second.isReplay)
    #expect(try life.loggedIDs() == [2])
  }

  @Test func aKeyedBodyIsNeverPublishedInParts() async throws {
    let bounds = IngestBounds(blockBytes: 64, stagedFlushBytes: 128, partBytes: 256)
    let life = try IngressDisk().open(bounds: bounds)
    defer { life.close() }
    let index = Self.index(life)
    let body = (0..<500).map { "\($0),abcdefgh\n" }.joined() + "x,bad\n"
    let first = try await Self.request(life.ingest, index, "k", body)
    #expect(first.accepted == 500 && first.range.count == 500 && first.errorCount == 1)
    let again = try await Self.request(life.ingest, index, "k", body)
    #expect(again.isReplay && again.range == first.range && again.accepted == 500)
    #expect(try life.loggedIDs().count == 500)
  }

  @Test func oldKeysAreForgotten() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life, retentionSeconds: 100)
    _ = try await Self.request(life.ingest, index, "a", "1,a\n")
    life.clock.advance(milliseconds: 60_000)
    _ = try await Self.request(life.ingest, index, "b", "2,a\n")
    life.clock.advance(milliseconds: 60_000)
    #expect(try await !Self.request(life.ingest, index, "a", "9,a\n").isReplay)
    index.sweep()
    #expect(try await Self.request(life.ingest, index, "b", "2,a\n").isReplay)
    #expect(try await Self.request(life.ingest, index, "a", "9,a\n").isReplay)
    var aged = 0
    try life.store.scan(.base, from: KeySpace.idempotencyAge.key(), to: KeySpace.idempotencyAge.end) { _, _ in
      aged += 1
      return true
    }
    #expect(aged == 2)
  }

  @Test func badKeysAreRefused() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let index = Self.index(life)
    for key in ["", String(repeating: "k", count: 256)] {
      await #expect(throws: IngressError.self) { _ = try await index.claim(key) }
    }
  }
}
