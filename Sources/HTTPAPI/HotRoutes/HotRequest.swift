package import PipelineRuntime

/// A request that a hot route may answer: what its head says, copied out of the connection's bytes.
package struct HotRequest: Hashable, Sendable {
  package enum Route: Hashable, Sendable {
    case ingest(table: String, IngressOptions)
    /// A poll that waits for `seconds` is parked in the ledger.
    case completionStatus(token: String, follow: Bool, seconds: Double)
    /// A new cargo.
    case load
    /// Where a cargo stands.
    case tracking(cargo: String)
  }

  /// Empty where the route names none.
  package let pipeline: String
  package let route: Route
  /// The key that it presents.
  package var key: String?

  package init(pipeline: String, route: Route, key: String? = nil) {
    self.pipeline = pipeline
    self.route = route
    self.key = key
  }
}

/// What the first bytes of a connection that is between requests say. Bytes count from their start.
package enum HotHead: Hashable, Sendable {
  /// The head has not ended yet.
  case incomplete
  /// Not for the hot routes; the request is `length` bytes long.
  case other(length: Int)
  /// Its end is not ours to find (chunked, upgrade, closing, malformed): the connection is never hot again.
  case unbounded
  case hot(HotRequest, headLength: Int, bodyLength: Int)
}

/// Reads request heads of RFC 9112 far more strictly than a server must: whatever is unusual is left to the
/// complete parser behind, so that both always agree on where a request ends. Pure.
package enum HotHeadParser {
  /// Longer heads are left to the complete parser.
  package static let headBytesMax = 8 << 10

  /// `scanned`: bytes that an earlier call has seen without finding the end of the head.
  package static func parse(_ bytes: Span<UInt8>, scanned: Int = 0) -> HotHead {
    guard let headEnd = end(of: bytes, from: max(3, scanned)) else {
      return bytes.count > headBytesMax ? .unbounded : .incomplete
    }
    guard let lineEnd = bytes.firstIndex(of: 13, in: 0..<headEnd),
      let fields = HotHeaderFields(bytes, lineEnd..<headEnd), !fields.isUnbounded,
      let line = HotRequestLine(bytes, 0..<lineEnd)
    else { return .unbounded }
    let bodyLength = fields.contentLength ?? 0
    let (length, overflow) = headEnd.addingReportingOverflow(bodyLength)
    guard !overflow else { return .unbounded }
    guard fields.isPlain, var request = line.request(bytes, announcesBody: fields.contentLength != nil) else {
      return .other(length: length)
    }
    request.key = fields.key
    return .hot(request, headLength: headEnd, bodyLength: bodyLength)
  }

  /// Index behind the blank line; nil when it has not come.
  private static func end(of bytes: Span<UInt8>, from start: Int) -> Int? {
    let limit = min(bytes.count, headBytesMax)
    var index = start
    while index < limit {
      if bytes[index] == 10, bytes[index - 2] == 10, bytes[index - 1] == 13, bytes[index - 3] == 13 {
        return index + 1
      }
      index += 1
    }
    return nil
  }
}
