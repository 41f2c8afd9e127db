/// A signed, self-describing claim on one contiguous offset range; its status is computed from the ledger.
///
/// Nothing is stored per token. Binary form (big endian), before the seal: version u8 = 2, pipeline 16, log
/// 16, incarnation 16, endpoint u32, first u64, end u64, steps u64, rejected u32, received i64 (microseconds),
/// first rejected u32. Version 1 ends after `rejected`.
package struct CompletionToken: Hashable, Sendable {
  package let pipeline: PipelineID
  package let log: LogID
  package let incarnation: Incarnation
  package let endpoint: EndpointID
  package let range: OffsetRange
  /// Steps initiated when the token was issued: a token over zero records is complete at this count.
  package let stepsAtIssue: StepCount
  /// Records of the request that were refused: they took no offset and are dead with a reason.
  package let rejected: UInt32
  /// When the request came; nil for tokens that do not say.
  package let receivedAt: WallTime?
  /// Number of the first refused record among those kept at the range's first offset.
  package let firstRejected: UInt32

  package init(
    pipeline: PipelineID, log: LogID, incarnation: Incarnation, endpoint: EndpointID, range: OffsetRange,
    stepsAtIssue: StepCount, rejected: UInt32 = 0, receivedAt: WallTime? = nil, firstRejected: UInt32 = 0
  ) {
    self.pipeline = pipeline
    self.log = log
    self.incarnation = incarnation
    self.endpoint = endpoint
    self.range = range
    self.stepsAtIssue = stepsAtIssue
    self.rejected = rejected
    self.receivedAt = receivedAt
    self.firstRejected = firstRejected
  }

  package static let encodedLength = encodedLength1 + 8 + 4
  /// Of tokens of version 1.
  package static let encodedLength1 = 1 + 16 * 3 + 4 + 8 * 3 + 4

  package var encoded: [UInt8] {
    var out: [UInt8] = [2]
    out.reserveCapacity(CompletionToken.encodedLength)
    out += pipeline.value.bytes
    out += log.value.bytes
    out += incarnation.value.bytes
    for shift in stride(from: 24, through: 0, by: -8) {
      out.append(UInt8(truncatingIfNeeded: endpoint.rawValue >> UInt32(shift)))
    }
    for number in [range.first.rawValue, range.end.rawValue, stepsAtIssue.rawValue] {
      for shift in stride(from: 56, through: 0, by: -8) {
        out.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
      }
    }
    for shift in stride(from: 24, through: 0, by: -8) {
      out.append(UInt8(truncatingIfNeeded: rejected >> UInt32(shift)))
    }
    // No request came before 1970, so the least number says that the time is not known.
    let received = receivedAt?.microseconds ?? .min
    for shift in stride(from: 56, through: 0, by: -8) {
      out.append(UInt8(truncatingIfNeeded: received >> Int64(shift)))
    }
    for shift in stride(from: 24, through: 0, by: -8) {
      out.append(UInt8(truncatingIfNeeded: firstRejected >> UInt32(shift)))
    }
    return out
  }

  /// Nil unless the bytes are exactly one token of a known version with an ordered range.
  package init?(encoded bytes: [UInt8]) {
    let isFirstVersion = bytes.count == CompletionToken.encodedLength1 && bytes[0] == 1
    guard isFirstVersion || bytes.count == CompletionToken.encodedLength && bytes[0] == 2 else { return nil }
    func number(at start: Int, length: Int) -> UInt64 {
      bytes[start..<start + length].reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard let pipeline = UniqueID(bytes: bytes[1..<17]), let log = UniqueID(bytes: bytes[17..<33]),
      let incarnation = UniqueID(bytes: bytes[33..<49]),
      let range = OffsetRange(
        first: Offset(number(at: 53, length: 8)), end: Offset(number(at: 61, length: 8)))
    else { return nil }
    let received = isFirstVersion ? .min : Int64(bitPattern: number(at: 81, length: 8))
    self.init(
      pipeline: PipelineID(pipeline), log: LogID(log), incarnation: Incarnation(incarnation),
      endpoint: EndpointID(UInt32(truncatingIfNeeded: number(at: 49, length: 4))), range: range,
      stepsAtIssue: StepCount(number(at: 69, length: 8)),
      rejected: UInt32(truncatingIfNeeded: number(at: 77, length: 4)),
      receivedAt: received == .min ? nil : WallTime(microseconds: received),
      firstRejected: isFirstVersion ? 0 : UInt32(truncatingIfNeeded: number(at: 89, length: 4)))
  }
}

/// Turns tokens into opaque text and back; implemented with the server's signing key in `AccessControl`.
package protocol TokenSealer: Sendable {
  /// URL-safe text of the token and its signature.
  func seal(_ token: CompletionToken) -> String
  /// Nil when the text is malformed or its signature is wrong.
  func open(_ text: String) -> CompletionToken?
}
