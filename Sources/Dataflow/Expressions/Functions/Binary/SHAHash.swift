/// SHA-1, SHA-256 and SHA-512 as FIPS 180-4 defines them.
enum SHAHash {
  static func sha1(_ message: [UInt8]) -> [UInt8] {
    let padded = HashPadding.padded(message, blockSize: 64, lengthSize: 8, bigEndian: true)
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    for block in stride(from: 0, to: padded.count, by: 64) {
      var words: [UInt32] = (0..<16).map { number(padded, block + 4 * $0) }
      for index in 16..<80 {
        let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
        words.append(mixed << 1 | mixed >> 31)
      }
      var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
      for (round, word) in words.enumerated() {
        let (mixed, constant): (UInt32, UInt32) =
          switch round / 20 {
          case 0: ((b & c) | (~b & d), 0x5a82_7999)
          case 1: (b ^ c ^ d, 0x6ed9_eba1)
          case 2: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
          default: (b ^ c ^ d, 0xca62_c1d6)
          }
        let sum = (a << 5 | a >> 27) &+ mixed &+ e &+ constant &+ word
        (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, sum)
      }
      state = zip(state, [a, b, c, d, e]).map { $0 &+ $1 }
    }
    return bytes(state)
  }

  static func sha256(_ message: [UInt8]) -> [UInt8] {
    let padded = HashPadding.padded(message, blockSize: 64, lengthSize: 8, bigEndian: true)
    // The same constants as those of SHA-512, cut to their first 32 bits, and their first 64 of 80.
    let constants = rounds.prefix(64).map { UInt32(truncatingIfNeeded: $0 >> 32) }
    var state = initial.map { UInt32(truncatingIfNeeded: $0 >> 32) }
    for block in stride(from: 0, to: padded.count, by: 64) {
      var words: [UInt32] = (0..<16).map { number(padded, block + 4 * $0) }
      compress(
        &state, &words, constants, Rotations(big: (2, 13, 22), (6, 11, 25), small: (7, 18, 3), (17, 19, 10)))
    }
    return bytes(state)
  }

  static func sha512(_ message: [UInt8]) -> [UInt8] {
    let padded = HashPadding.padded(message, blockSize: 128, lengthSize: 16, bigEndian: true)
    var state = initial
    for block in stride(from: 0, to: padded.count, by: 128) {
      var words: [UInt64] = (0..<16).map { number(padded, block + 8 * $0) }
      compress(
        &state, &words, rounds, Rotations(big: (28, 34, 39), (14, 18, 41), small: (1, 8, 7), (19, 61, 6)))
    }
    return bytes(state)
  }

  /// The last of each small triple is a shift.
  private struct Rotations<Word: FixedWidthInteger & UnsignedInteger> {
    let a: (Word, Word, Word)
    let e: (Word, Word, Word)
    let first: (Word, Word, Word)
    let second: (Word, Word, Word)

    init(
      big a: (Word, Word, Word), _ e: (Word, Word, Word), small first: (Word, Word, Word),
      _ second: (Word, Word, Word)
    ) {
      (self.a, self.e, self.first, self.second) = (a, e, first, second)
    }
  }

  private static func rotated<Word: FixedWidthInteger & UnsignedInteger>(_ word: Word, _ count: Word) -> Word
  {
    word >> count | word << (Word(Word.bitWidth) - count)
  }

  private static func compress<Word: FixedWidthInteger & UnsignedInteger>(
    _ state: inout [Word], _ words: inout [Word], _ constants: [Word], _ by: Rotations<Word>
  ) {
    for index in 16..<constants.count {
      let x = words[index - 15]
      let y = words[index - 2]
      let low = rotated(x, by.first.0) ^ rotated(x, by.first.1) ^ (x >> by.first.2)
      let high = rotated(y, by.second.0) ^ rotated(y, by.second.1) ^ (y >> by.second.2)
      words.append(words[index - 16] &+ low &+ words[index - 7] &+ high)
    }
    var v = state
    for (word, constant) in zip(words, constants) {
      let e = rotated(v[4], by.e.0) ^ rotated(v[4], by.e.1) ^ rotated(v[4], by.e.2)
      let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
      let first = v[7] &+ e &+ choice &+ constant &+ word
      let a = rotated(v[0], by.a.0) ^ rotated(v[0], by.a.1) ^ rotated(v[0], by.a.2)
      let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
      v = [first &+ a &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
    }
    for index in state.indices { state[index] &+= v[index] }
  }

  private static func number<Word: FixedWidthInteger>(_ bytes: [UInt8], _ at: Int) -> Word {
    (0..<Word.bitWidth / 8).reduce(0) { $0 << 8 | Word(truncatingIfNeeded: bytes[at + $1]) }
  }

  private static func bytes<Word: FixedWidthInteger>(_ state: [Word]) -> [UInt8] {
    state.flatMap { word in
      stride(from: Word.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> Word($0)) }
    }
  }

  // Fraction bits of the square roots of the first 8 primes, and of the cube roots of the first 80. They are
  // computed: integer roots of the primes times powers of two are exact.

  private static let primes: [UInt64] = (2..<410).filter { n in !(2..<n).contains { n % $0 == 0 } }.map {
    UInt64($0)
  }

  private static let initial: [UInt64] = primes.prefix(8).map { prime in root(prime, power: 2) }
  private static let rounds: [UInt64] = primes.prefix(80).map { prime in root(prime, power: 3) }

  /// The 64 bits behind the point of a square or cube root: the greatest x with x^power <= prime * 2^(64
  /// power).
  private static func root(_ prime: UInt64, power: Int) -> UInt64 {
    var x: UInt128 = 0
    for bit in stride(from: 68, through: 0, by: -1) {
      let candidate = x | UInt128(1) << UInt128(bit)
      if compare(candidate, power, prime) <= 0 { x = candidate }
    }
    return UInt64(truncatingIfNeeded: x)
  }

  /// Whether x^power is below, equal to or above prime * 2^(64 power), over 32-bit digits.
  private static func compare(_ x: UInt128, _ power: Int, _ prime: UInt64) -> Int {
    let digits = (0..<4).map { UInt64(truncatingIfNeeded: x >> UInt128(32 * $0)) & 0xFFFF_FFFF }
    var product: [UInt64] = [1]
    for _ in 0..<power { product = multiplied(product, digits) }
    var target = [UInt64](repeating: 0, count: 2 * power)
    target.append(prime)
    for index in stride(from: max(product.count, target.count) - 1, through: 0, by: -1) {
      let a = index < product.count ? product[index] : 0
      let b = index < target.count ? target[index] : 0
      if a != b { return a < b ? -1 : 1 }
    }
    return 0
  }

  private static func multiplied(_ a: [UInt64], _ b: [UInt64]) -> [UInt64] {
    var result = [UInt64](repeating: 0, count: a.count + b.count)
    for (i, x) in a.enumerated() {
      var carry: UInt64 = 0
      for (j, y) in b.enumerated() {
        let sum = x * y + result[i + j] + carry
        result[i + j] = sum & 0xFFFF_FFFF
        carry = sum >> 32
      }
      result[i + b.count] += carry
    }
    return result
  }
}
