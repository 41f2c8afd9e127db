// Goal: the word kernels read nothing outside a text and agree with a byte at a time. Method: every offset of short
// texts, random words against plain loops.
import DataModel
import Testing

@Suite("Text kernels")
struct TextKernelsTests {
  @Test("words behind the end are filled with zeros, at every offset", arguments: 0...20)
  func wordsAtTheEnd(length: Int) {
    let text = (0..<length).map { UInt8($0 + 1) }
    for offset in -9...length + 9 {
      var expected: UInt64 = 0
      for index in 0..<8 where offset >= 0 && offset + index < length {
        expected |= UInt64(text[offset + index]) << UInt64(8 * index)
      }
      #expect(TextKernels.word(text.span, at: offset) == expected)
      #expect(TextKernels.byte(text.span, at: offset) == (text.indices.contains(offset) ? text[offset] : 0))
    }
    #expect(TextKernels.word(text.span, at: .max) == 0 && TextKernels.word(text.span, at: .min) == 0)
  }

  @Test("the lowest string end is exact for every byte at every place")
  func stringEnds() {
    for byte in UInt8.min...UInt8.max {
      for place in 0..<8 {
        var bytes = [UInt8](repeating: 0x61, count: 8)
        bytes[place] = byte
        for behind in place + 1..<8 { bytes[behind] = UInt8((behind * 37 + Int(byte)) & 0xFF) }
        let first = bytes.firstIndex { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }
        let found = TextKernels.stringEnds(TextKernels.word(bytes.span, at: 0))
        #expect(found == 0 ? first == nil : found.trailingZeroBitCount >> 3 == first)
      }
    }
  }

  @Test("leading digits and their number, for every byte behind them")
  func digits() {
    for count in 0...8 {
      for byte in UInt8.min...UInt8.max where count < 8 || byte == 0 {
        var bytes = (0..<8).map { UInt8(0x30 + ($0 * 7 + count) % 10) }
        if count < 8 {
          bytes[count] = byte
          guard byte < 0x30 || byte > 0x39 else { continue }
        }
        let word = TextKernels.word(bytes.span, at: 0)
        #expect(TextKernels.leadingDigits(word) == count)
        guard count > 0 else { continue }
        let expected = bytes.prefix(count).reduce(0 as UInt64) { $0 * 10 + UInt64($1 - 0x30) }
        #expect(TextKernels.number(word, digits: count) == expected)
      }
    }
    for exponent in -1...20 {
      let expected = (0...18).contains(exponent) ? (0..<exponent).reduce(1 as UInt64) { power, _ in power * 10 } : 0
      #expect(TextKernels.powerOfTen(exponent) == expected)
    }
  }
}
