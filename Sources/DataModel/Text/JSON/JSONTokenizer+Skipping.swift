extension JSONTokenizer {
  /// Checks and passes one whole value; `depth` is the number of arrays and objects around it.
  package static func skipValue(
    _ text: Span<UInt8>, _ position: inout Int, depth: Int = 0
  ) throws(JSONFault) {
    var stack = JSONNesting(around: depth)
    while true {
      let byte = try peek(text, &position)
      switch byte {
      case 0x7B:
        try stack.open(object: true, at: position)
        position += 1
        if try peek(text, &position) == 0x7D { break }
        try key(text, &position)
        continue
      case 0x5B:
        try stack.open(object: false, at: position)
        position += 1
        if try peek(text, &position) == 0x5D { break }
        continue
      case 0x22: _ = try string(text, &position)
      case 0x2D, 0x30...0x39: _ = try number(text, &position)
      default: _ = try literal(text, &position)
      }
      guard try closeAndAdvance(text, &position, &stack) else { return }
    }
  }

  /// Behind a value: closes what ends here. False when the outermost value is complete.
  private static func closeAndAdvance(
    _ text: Span<UInt8>, _ position: inout Int, _ stack: inout JSONNesting
  ) throws(JSONFault) -> Bool {
    while !stack.isEmpty {
      let byte = try peek(text, &position)
      if byte == 0x2C {
        position += 1
        if stack.inObject { try key(text, &position) }
        return true
      }
      guard byte == (stack.inObject ? 0x7D : 0x5D) else { throw JSONFault(.unexpectedByte, at: position) }
      position += 1
      stack.close()
    }
    return false
  }

  private static func key(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) {
    _ = try peek(text, &position)
    _ = try string(text, &position)
    try expect(0x3A, text, &position)
  }
}

/// Which arrays and objects are open, one bit each.
package struct JSONNesting: Sendable {
  /// Bit 0 is the innermost; set for an object.
  private var bits: UInt64 = 0
  private let around: Int
  package private(set) var depth = 0

  package init(around: Int = 0) { self.around = around }

  package var isEmpty: Bool { depth == 0 }
  package var inObject: Bool { bits & 1 == 1 }

  package mutating func open(object: Bool, at position: Int) throws(JSONFault) {
    guard around + depth < JSONTokenizer.depthMax else { throw JSONFault(.tooDeep, at: position) }
    bits = bits << 1 | (object ? 1 : 0)
    depth += 1
  }

  package mutating func close() {
    bits >>= 1
    depth -= 1
  }
}
