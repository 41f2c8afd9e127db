// Goal: names, ids, ranges and tokens accept exactly what they say. Method: golden cases, seeded round trips, mutations.
import PipelineModel
import Testing

private struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

@Suite struct PipelineNameTests {
  @Test(arguments: ["a", "A1", "my-pipe_2", String(repeating: "x", count: 63)])
  func accepted(_ text: String) throws {
    #expect(try PipelineName(text).text == text)
  }

  @Test(arguments: ["-a", "a-", "_a", "a b", "é", "a.", "a/b"])
  func patternRefused(_ text: String) {
    #expect(throws: PipelineName.Rejection.pattern) { try PipelineName(text) }
  }

  @Test func lengthRefused() {
    #expect(throws: PipelineName.Rejection.empty) { try PipelineName("") }
    #expect(throws: PipelineName.Rejection.tooLong) { try PipelineName(String(repeating: "x", count: 64)) }
  }
}

@Suite struct UniqueIDTests {
  @Test func textRoundTrip() {
    var generator = Generator(state: 3)
    for _ in 0..<200 {
      let id = UniqueID(high: generator.next(), low: generator.next())
      #expect(UniqueID(id.description) == id)
      #expect(UniqueID(id.description.uppercased()) == id)
      #expect(UniqueID(bytes: id.bytes) == id)
    }
  }

  @Test(arguments: ["", "0", "g0112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff0"])
  func malformedText(_ text: String) {
    #expect(UniqueID(text) == nil)
  }

  @Test func version7SortsByTimeAndSaysSo() {
    let early = UniqueID(version7At: 1000, randomHigh: .max, randomLow: .max)
    let late = UniqueID(version7At: 1001, randomHigh: 0, randomLow: 0)
    #expect(early < late)
    #expect(early.bytes[6] >> 4 == 7)
    #expect(early.bytes[8] >> 6 == 2)
    #expect(UniqueID(bytes: [1, 2, 3]) == nil)
  }
}

@Suite struct OffsetTests {
  @Test func rangesAreOrdered() {
    #expect(OffsetRange(first: Offset(2), end: Offset(1)) == nil)
    let range = OffsetRange(first: Offset(2), end: Offset(5))
    #expect(range?.count == 3)
    #expect(range?.contains(Offset(5)) == false)
    #expect(OffsetRange.clamped(first: Offset(9), end: Offset(1)).isEmpty)
    #expect(Offset(.max).advanced(by: 1) == nil)
    #expect(Offset(1).advanced(by: -1) == nil)
  }

  @Test func stepsAndCounts() {
    #expect(StepIndex(0).completedCount == StepCount(1))
    #expect(StepCount(3).nextIndex == StepIndex(3))
    #expect(StepCount(3).includes(StepIndex(2)))
    #expect(!StepCount(3).includes(StepIndex(3)))
  }
}

@Suite struct CompletionTokenTests {
  private func token(_ generator: inout Generator) -> CompletionToken {
    func id() -> UniqueID { UniqueID(high: generator.next(), low: generator.next()) }
    let first = generator.next() >> 1
    return CompletionToken(
      pipeline: PipelineID(id()), log: LogID(id()), incarnation: Incarnation(id()),
      endpoint: EndpointID(UInt32(truncatingIfNeeded: generator.next())),
      range: OffsetRange.clamped(first: Offset(first), end: Offset(first + generator.next() % 1000)),
      stepsAtIssue: StepCount(generator.next()), rejected: UInt32(truncatingIfNeeded: generator.next()),
      receivedAt: generator.next() % 4 == 0 ? nil : WallTime(microseconds: Int64(generator.next() >> 1)),
      firstRejected: UInt32(truncatingIfNeeded: generator.next()))
  }

  @Test func tokensOfTheFirstVersionAreStillRead() throws {
    var generator = Generator(state: 13)
    let token = token(&generator)
    var bytes = Array(token.encoded.prefix(CompletionToken.encodedLength1))
    #expect(CompletionToken(encoded: bytes) == nil)
    bytes[0] = 1
    let old = try #require(CompletionToken(encoded: bytes))
    #expect(old.range == token.range && old.incarnation == token.incarnation && old.rejected == token.rejected)
    #expect(old.receivedAt == nil && old.firstRejected == 0)
  }

  @Test func roundTrip() {
    var generator = Generator(state: 11)
    for _ in 0..<200 {
      let token = token(&generator)
      #expect(token.encoded.count == CompletionToken.encodedLength)
      #expect(CompletionToken(encoded: token.encoded) == token)
    }
  }

  @Test func mutationsAreRefusedOrAnotherToken() {
    var generator = Generator(state: 12)
    for _ in 0..<500 {
      let token = token(&generator)
      var bytes = token.encoded
      let at = Int(generator.next() % UInt64(bytes.count))
      bytes[at] ^= UInt8(1 + generator.next() % 255)
      if let other = CompletionToken(encoded: bytes) {
        #expect(other != token)
        #expect(other.encoded == bytes)
      }
      #expect(CompletionToken(encoded: Array(bytes.dropLast())) == nil)
      #expect(CompletionToken(encoded: bytes + [0]) == nil)
    }
    var bytes = token(&generator).encoded
    bytes[0] = 3
    #expect(CompletionToken(encoded: bytes) == nil)
  }
}
