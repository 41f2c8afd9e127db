import DataModel

/// Gzip members (RFC 1952) unpacked; nil for what is none, and beyond the limit of a string.
struct Inflate {
  private let input: [UInt8]
  private var at: Int
  private var bits: UInt64 = 0
  private var bitCount: UInt64 = 0
  private var output: [UInt8] = []

  static func gunzip(_ bytes: [UInt8]) -> [UInt8]? {
    guard let start = headerEnd(bytes) else { return nil }
    var inflate = Inflate(input: bytes, at: start)
    guard inflate.run() else { return nil }
    let trailer = inflate.at - Int(inflate.bitCount / 8)
    guard trailer + 8 <= bytes.count else { return nil }
    let sum = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[trailer + $1]) << UInt32(8 * $1) }
    return sum == SmallHashes.crc32(inflate.output[...]) ? inflate.output : nil
  }

  private init(input: [UInt8], at: Int) {
    self.input = input
    self.at = at
  }

  private static func headerEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 18, bytes[0] == 0x1F, bytes[1] == 0x8B, bytes[2] == 8 else { return nil }
    let flags = bytes[3]
    var at = 10
    if flags & 4 != 0 {
      guard at + 2 <= bytes.count else { return nil }
      at += 2 + Int(bytes[at]) + Int(bytes[at + 1]) << 8
    }
    for flag: UInt8 in [8, 16] where flags & flag != 0 {
      guard at < bytes.count, let end = bytes[at...].firstIndex(of: 0) else { return nil }
      at = end + 1
    }
    if flags & 2 != 0 { at += 2 }
    return at < bytes.count ? at : nil
  }

  private mutating func take(_ count: UInt64) -> Int? {
    while bitCount < count {
      guard at < input.count else { return nil }
      bits |= UInt64(input[at]) << bitCount
      at += 1
      bitCount += 8
    }
    let value = bits & ((1 << count) - 1)
    bits >>= count
    bitCount -= count
    return Int(value)
  }

  private mutating func run() -> Bool {
    while true {
      guard let last = take(1), let kind = take(2) else { return false }
      switch kind {
      case 0: guard stored() else { return false }
      case 1:
        let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
        guard block(Huffman(lengths), Huffman([Int](repeating: 5, count: 30))) else { return false }
      case 2:
        guard let tables = tables(), block(tables.0, tables.1) else { return false }
      default: return false
      }
      if last == 1 { return true }
    }
  }

  private mutating func stored() -> Bool {
    _ = take(bitCount % 8)
    guard let length = take(16), let check = take(16), length == ~check & 0xFFFF else { return false }
    for _ in 0..<length {
      guard output.count < TextLimits.bytesMax, let byte = take(8) else { return false }
      output.append(UInt8(truncatingIfNeeded: byte))
    }
    return true
  }

  private mutating func tables() -> (Huffman, Huffman)? {
    guard let literals = take(5), let distances = take(5), let codes = take(4) else { return nil }
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    var lengths = [Int](repeating: 0, count: 19)
    for index in 0..<codes + 4 {
      guard let length = take(3) else { return nil }
      lengths[order[index]] = length
    }
    let table = Huffman(lengths)
    var all: [Int] = []
    let wanted = literals + 257 + distances + 1
    while all.count < wanted {
      guard let symbol = symbol(table) else { return nil }
      switch symbol {
      case 0..<16: all.append(symbol)
      case 16:
        guard let last = all.last, let more = take(2) else { return nil }
        all += [Int](repeating: last, count: more + 3)
      case 17:
        guard let more = take(3) else { return nil }
        all += [Int](repeating: 0, count: more + 3)
      default:
        guard let more = take(7) else { return nil }
        all += [Int](repeating: 0, count: more + 11)
      }
    }
    guard all.count == wanted else { return nil }
    return (Huffman(Array(all[0..<literals + 257])), Huffman(Array(all[(literals + 257)...])))
  }

  private mutating func symbol(_ table: Huffman) -> Int? {
    var code = 0
    var first = 0
    var index = 0
    for length in 1..<16 {
      guard let bit = take(1) else { return nil }
      code |= bit
      let count = table.counts[length]
      if code - count < first { return table.symbols[index + code - first] }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return nil
  }

  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
    4097, 6145,
    8193, 12289, 16385, 24577,
  ]

  private mutating func block(_ literals: Huffman, _ distances: Huffman) -> Bool {
    while true {
      guard let symbol = symbol(literals) else { return false }
      if symbol == 256 { return true }
      if symbol < 256 {
        guard output.count < TextLimits.bytesMax else { return false }
        output.append(UInt8(truncatingIfNeeded: symbol))
        continue
      }
      let place = symbol - 257
      guard place < 29, let more = take(place < 8 || place == 28 ? 0 : UInt64(place / 4 - 1)) else {
        return false
      }
      let length = Self.lengthBases[place] + more
      guard let far = self.symbol(distances), far < 30, let extra = take(far < 4 ? 0 : UInt64(far / 2 - 1))
      else {
        return false
      }
      let distance = Self.distanceBases[far] + extra
      guard distance <= output.count, output.count + length <= TextLimits.bytesMax else { return false }
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }
}

/// A canonical code by the lengths of its words.
struct Huffman {
  private(set) var counts = [Int](repeating: 0, count: 16)
  private(set) var symbols: [Int]

  init(_ lengths: [Int]) {
    for length in lengths where length > 0 { counts[length] += 1 }
    symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    // An incomplete code from bad bytes must not reach beyond the symbols.
    symbols += [Int](repeating: 512, count: 1 << 10)
  }
}
