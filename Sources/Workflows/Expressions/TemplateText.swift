/// A text with holes, cut into its pieces.
struct TemplateText: Sendable {
  enum Piece: Sendable {
    case text(String)
    case hole(ScriptProgram)
  }

  private(set) var pieces: [Piece] = []

  /// Positions of faults count from the beginning of the whole text.
  init(parsing text: String) throws(ExpressionFault) {
    let units = Array(text.utf16)
    let brace = UInt16(ascii: "{")
    var start = 0
    var position = 0
    while position < units.count {
      guard units[position] == brace, position + 1 < units.count, units[position + 1] == brace else {
        position += 1
        continue
      }
      if start < position { pieces.append(.text(String(decoding: units[start..<position], as: UTF16.self))) }
      var parser = ScriptParser(units: units, position: position + 2)
      pieces.append(.hole(try parser.expression()))
      // The parser has read one brace and stands behind it.
      guard parser.token == .mark(.rightBrace) else { throw parser.unexpected() }
      let end = parser.tokenPosition + 1
      guard end < units.count, units[end] == UInt16(ascii: "}") else {
        throw ExpressionFault("expected '}}'", at: parser.tokenPosition)
      }
      position = end + 1
      start = position
    }
    if start < units.count { pieces.append(.text(String(decoding: units[start...], as: UTF16.self))) }
  }

  /// The only hole of a text without other text.
  var wholeHole: ScriptProgram? {
    guard pieces.count == 1, case .hole(let program) = pieces[0] else { return nil }
    return program
  }
}
