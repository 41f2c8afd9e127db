/// The words and signs of a statement with their places: enough to see what a statement does.
struct StatementWords {
  struct Word {
    /// In upper case unless quoted.
    let text: String
    let range: Range<Int>
  }

  let bytes: [UInt8]
  private(set) var words: [Word] = []

  init(_ text: String) {
    bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
      let start = index
      switch bytes[index] {
      case 0...32:
        index += 1
        continue
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        let quote = bytes[index]
        index += 1
        while index < bytes.count, bytes[index] != quote { index += 1 }
        index = min(index + 1, bytes.count)
        words.append(Word(text: string(start..<index), range: start..<index))
      case let byte where Self.isNamePart(byte):
        while index < bytes.count, Self.isNamePart(bytes[index]) { index += 1 }
        words.append(Word(text: string(start..<index).uppercased(), range: start..<index))
      default:
        index += 1
        words.append(Word(text: string(start..<index), range: start..<index))
      }
    }
  }

  func begins(_ expected: String...) -> Bool { begins(expected) }

  func begins(_ expected: [String]) -> Bool {
    words.count >= expected.count && zip(words, expected).allSatisfy { $0.text == $1 }
  }

  func word(_ index: Int) -> String { index < words.count ? words[index].text : "" }

  func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// The text from a word to another one or the end.
  func text(from first: Int, to end: Int? = nil) -> String {
    guard first < words.count else { return "" }
    let upper = end.map { $0 < words.count ? words[$0].range.lowerBound : bytes.count } ?? bytes.count
    return string(words[first].range.lowerBound..<upper)
  }

  /// The first place at or behind `index`, outside of parentheses, where the word stands.
  func index(of text: String, from index: Int) -> Int? {
    var depth = 0
    for position in words.indices.dropFirst(index) {
      if depth == 0, words[position].text == text { return position }
      if words[position].text == "(" { depth += 1 }
      if words[position].text == ")" { depth -= 1 }
    }
    return nil
  }

  /// Behind the parenthesis that closes the one at `index`.
  func behindParenthesis(_ index: Int) -> Int {
    var depth = 0
    for position in words.indices.dropFirst(index) {
      if words[position].text == "(" { depth += 1 }
      if words[position].text == ")" { depth -= 1 }
      if depth == 0 { return position + 1 }
    }
    return words.count
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), 128...255:
      true
    default: false
    }
  }
}
