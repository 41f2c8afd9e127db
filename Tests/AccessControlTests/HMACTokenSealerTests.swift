// Goal: only the holder of the key makes tokens, and nothing but the exact text opens.
// Method: seal random tokens of a seeded generator, then change every bit, character and length of the text.

import AccessControl
import PipelineModel
import Platform
import Testing

struct HMACTokenSealerTests {
  private func sealer(seed: UInt64) throws -> HMACTokenSealer {
    HMACTokenSealer(key: try #require(SigningKey(bytes: SeededRandom(seed: seed).bytes(SigningKey.length))))
  }

  private func token(_ random: SeededRandom) throws -> CompletionToken {
    func id() -> UniqueID { UniqueID(high: random.next(), low: random.next()) }
    let first = random.next() >> 1
    return CompletionToken(
      pipeline: PipelineID(id()), log: LogID(id()), incarnation: Incarnation(id()),
      endpoint: EndpointID(UInt32(truncatingIfNeeded: random.next())),
      range: try #require(OffsetRange(first: Offset(first), end: Offset(first + random.next(below: 1000)))),
      stepsAtIssue: StepCount(random.next()), rejected: UInt32(truncatingIfNeeded: random.next()))
  }

  @Test func sealedTokensOpenAgain() throws {
    let random = SeededRandom(seed: 1)
    let sealer = try sealer(seed: 2)
    for _ in 0..<200 {
      let token = try token(random)
      let text = sealer.seal(token)
      #expect(text.utf8.allSatisfy { $0.isURLSafe })
      #expect(sealer.open(text) == token)
    }
  }

  @Test func everyFlippedBitIsRefused() throws {
    let sealer = try sealer(seed: 3)
    let bytes = Array(sealer.seal(try token(SeededRandom(seed: 4))).utf8)
    for index in bytes.indices {
      for bit in 0..<8 {
        var mutated = bytes
        mutated[index] ^= 1 << UInt8(bit)
        #expect(sealer.open(String(decoding: mutated, as: UTF8.self)) == nil, "byte \(index) bit \(bit)")
      }
    }
  }

  @Test func everyOtherCharacterIsRefused() throws {
    let sealer = try sealer(seed: 5)
    let bytes = Array(sealer.seal(try token(SeededRandom(seed: 6))).utf8)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=".utf8)
    for index in bytes.indices {
      for character in alphabet where character != bytes[index] {
        var mutated = bytes
        mutated[index] = character
        #expect(sealer.open(String(decoding: mutated, as: UTF8.self)) == nil)
      }
    }
  }

  @Test func otherLengthsAreRefused() throws {
    let sealer = try sealer(seed: 7)
    let text = sealer.seal(try token(SeededRandom(seed: 8)))
    for length in 0..<text.count { #expect(sealer.open(String(text.prefix(length))) == nil) }
    #expect(sealer.open(text + "A") == nil)
    #expect(sealer.open(text + "=") == nil)
    #expect(sealer.open(text + text) == nil)
    #expect(sealer.open(String(repeating: "é", count: text.count / 2)) == nil)
  }

  @Test func aTokenOfAnotherKeyIsRefused() throws {
    let text = try sealer(seed: 9).seal(try token(SeededRandom(seed: 10)))
    #expect(try sealer(seed: 11).open(text) == nil)
  }
}

extension UInt8 {
  fileprivate var isURLSafe: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
