/// What a `multipart/form-data` body must keep to.
package struct MultipartLimits: Sendable {
  /// Headers of one part.
  package var headerBytes = 16 << 10
  package var parts = 128
  package init() {}
}

/// Why a body is not `multipart/form-data`.
package struct MultipartFault: Error, Sendable, Equatable {
  package let message: String
}

/// Splits a `multipart/form-data` body (RFC 7578) as it comes in. Holds back no more than a delimiter or the
/// headers of a part, whatever the pieces are. Pure.
package struct MultipartParser: Sendable {
  package enum Event: Sendable, Equatable {
    case part(MultipartHeaders)
    /// More of the part's content.
    case content([UInt8])
    case partEnd
  }

  private enum State {
    case preamble
    /// Behind a delimiter: `--` or the end of its line.
    case delimited
    case headers
    case content
    case epilogue
  }

  private let delimiter: [UInt8]
  private let limits: MultipartLimits
  private var state = State.preamble
  private var parts = 0
  /// Not yet taken; the first delimiter needs no line break before it.
  private var buffer: [UInt8] = [0x0D, 0x0A]

  /// Nil when a boundary is no boundary: 1 to 70 bytes, printable.
  package init?(boundary: String, limits: MultipartLimits = MultipartLimits()) {
    guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
      return nil
    }
    delimiter = Array("\r\n--\(boundary)".utf8)
    self.limits = limits
  }

  /// The boundary that a content type names; nil when it is not `multipart/form-data` or names none.
  package static func boundary(of contentType: String) -> String? {
    let parameters = MultipartHeaders.parameters(of: contentType)
    guard parameters.value.lowercased() == "multipart/form-data" else { return nil }
    return parameters.named["boundary"]
  }

  /// Takes the next piece of the body.
  package mutating func feed(_ bytes: some Sequence<UInt8>) throws(MultipartFault) -> [Event] {
    buffer += bytes
    var events: [Event] = []
    var position = 0
    while let next = try step(from: position, &events) { position = next }
    buffer.removeFirst(position)
    return events
  }

  /// The body has ended.
  package func finish() throws(MultipartFault) {
    if case .epilogue = state { return }
    throw MultipartFault(message: "the body ends before its last boundary")
  }

  /// Takes one thing from the buffer; where the rest begins, or nil when more is needed.
  private mutating func step(from start: Int, _ events: inout [Event]) throws(MultipartFault) -> Int? {
    switch state {
    case .preamble, .content:
      let isContent = state == .content
      if let found = delimiterStart(from: start) {
        if isContent {
          if found > start { events.append(.content(Array(buffer[start..<found]))) }
          events.append(.partEnd)
        }
        state = .delimited
        return found + delimiter.count
      }
      // What is left may be the begin of a delimiter.
      let safe = max(start, buffer.count - delimiter.count + 1)
      guard safe > start else { return nil }
      if isContent { events.append(.content(Array(buffer[start..<safe]))) }
      return safe
    case .delimited: return try delimited(from: start)
    case .headers:
      guard let end = headerEnd(from: start) else {
        try checkHeaders(buffer.count - start)
        return nil
      }
      try checkHeaders(end - start)
      events.append(.part(try MultipartHeaders(Array(buffer[start..<end]))))
      state = .content
      return end + 2
    case .epilogue: return start < buffer.count ? buffer.count : nil
    }
  }

  private mutating func delimited(from start: Int) throws(MultipartFault) -> Int? {
    var position = start
    while position < buffer.count, buffer[position] == 0x20 || buffer[position] == 0x09 { position += 1 }
    guard position - start <= 64 else {
      throw MultipartFault(message: "a boundary is followed by other text")
    }
    guard position + 1 < buffer.count else { return nil }
    switch (buffer[position], buffer[position + 1]) {
    case (UInt8(ascii: "-"), UInt8(ascii: "-")) where position == start:
      state = .epilogue
    case (0x0D, 0x0A):
      parts += 1
      guard parts <= limits.parts else {
        throw MultipartFault(message: "the body has more than \(limits.parts) parts")
      }
      state = .headers
      // Kept: a part without headers begins with the empty line.
      return position
    default: throw MultipartFault(message: "a boundary is followed by other text")
    }
    return position + 2
  }

  private func checkHeaders(_ count: Int) throws(MultipartFault) {
    guard count <= limits.headerBytes else {
      throw MultipartFault(message: "the headers of a part have more than \(limits.headerBytes) bytes")
    }
  }

  /// Where the empty line after the headers begins: at the break that ends the last header.
  private func headerEnd(from start: Int) -> Int? {
    var position = start
    while position + 3 < buffer.count {
      if buffer[position] == 0x0D, buffer[position + 1] == 0x0A, buffer[position + 2] == 0x0D,
        buffer[position + 3] == 0x0A
      {
        return position + 2
      }
      position += 1
    }
    return nil
  }

  private func delimiterStart(from start: Int) -> Int? {
    var position = start
    while position + delimiter.count <= buffer.count {
      guard let found = buffer[position...].firstIndex(of: 0x0D), found + delimiter.count <= buffer.count
      else {
        return nil
      }
      if buffer[found..<found + delimiter.count].elementsEqual(delimiter) { return found }
      position = found + 1
    }
    return nil
  }
}
