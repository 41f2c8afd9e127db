package import PipelineModel
import StorageAPI

/// Names a dead letter: the first offset of its request and a number there, `120-3`, for a record that was refused;
/// its offset, `120-failed`, for one that no step could take.
package struct DeadLetterID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let offset: Offset
  package let sequence: UInt32

  package init(offset: Offset, sequence: UInt32) {
    self.offset = offset
    self.sequence = sequence
  }

  /// Of a record of the log.
  init(failed offset: Offset) { self.init(offset: offset, sequence: DeadLetterID.failedSequence) }

  /// No request is refused so many records at one offset.
  static let failedSequence = UInt32.max
  private static let failedText = "failed"

  package var isFailed: Bool { sequence == DeadLetterID.failedSequence }

  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let offset = UInt64(parts[0]) else { return nil }
    if parts[1] == DeadLetterID.failedText {
      self.init(failed: Offset(offset))
      return
    }
    guard let sequence = UInt32(parts[1]), sequence != DeadLetterID.failedSequence else { return nil }
    self.init(offset: Offset(offset), sequence: sequence)
  }

  init?(key: [UInt8]) {
    guard key.count == 13, let offset = KeySpace.number(key, at: 1) else { return nil }
    self.init(offset: Offset(offset), sequence: key[9...].reduce(0) { $0 << 8 | UInt32($1) })
  }

  var key: [UInt8] {
    KeySpace.rejectedRow.key(offset.rawValue) + KeySpace.bigEndian(UInt64(sequence)).dropFirst(4)
  }

  package static func < (left: DeadLetterID, right: DeadLetterID) -> Bool {
    (left.offset, left.sequence) < (right.offset, right.sequence)
  }

  package var description: String { "\(offset)-\(isFailed ? DeadLetterID.failedText : "\(sequence)")" }
}

/// A record that was refused, or that no step could take, with its bytes and its reason.
package struct DeadLetter: Sendable {
  package let id: DeadLetterID
  package let row: RejectedRow
}

/// Which dead letters are meant; what is nil matches all.
package struct DeadLetterFilter: Sendable {
  package var ids: Set<DeadLetterID>?
  /// Canonical name of a table.
  package var table: String?
  /// Part of the reason.
  package var reason: String?
  package var request: RequestLetters?
  package var isReplayed: Bool?

  package init() {}

  func matches(_ letter: DeadLetter) -> Bool {
    if let ids, !ids.contains(letter.id) { return false }
    if let table, letter.row.table != table { return false }
    if let request, !request.contains(letter.id) { return false }
    if let isReplayed, (letter.row.replayed > 0) != isReplayed { return false }
    if let reason, !letter.row.reason.contains(reason) { return false }
    return true
  }

  /// Keys outside hold no match.
  var bounds: (from: [UInt8], to: [UInt8]) {
    if let request { return request.bounds }
    guard let ids, let first = ids.min(), let last = ids.max() else {
      return (KeySpace.rejectedRow.key(), KeySpace.rejectedRow.end)
    }
    return (first.key, last.key + [0])
  }
}

/// The letters of one request: records that it was refused, and those of its range that no step could take.
package struct RequestLetters: Sendable {
  let range: OffsetRange
  /// Their numbers at the range's first offset; nil when it was refused none.
  let refused: ClosedRange<UInt32>?

  func contains(_ id: DeadLetterID) -> Bool {
    if id.isFailed { return range.contains(id.offset) }
    return id.offset == range.first && refused?.contains(id.sequence) == true
  }

  /// Keys outside are none of these.
  var bounds: (from: [UInt8], to: [UInt8]) {
    let first = DeadLetterID(offset: range.first, sequence: refused?.lowerBound ?? 0)
    let behind = KeySpace.rejectedRow.key(range.end.rawValue)
    guard range.isEmpty, let last = refused?.upperBound else { return (first.key, behind) }
    return (first.key, DeadLetterID(offset: range.first, sequence: last).key + [0])
  }
}

extension CompletionToken {
  /// The letters of the token's request. Only the first of very many that were refused are kept.
  package func deadLetters(keptMax: Int) -> RequestLetters {
    let count = UInt32(min(UInt64(rejected), UInt64(max(0, keptMax))))
    guard count > 0 else { return RequestLetters(range: range, refused: nil) }
    let (last, overflow) = firstRejected.addingReportingOverflow(count - 1)
    return RequestLetters(range: range, refused: firstRejected...(overflow ? .max : last))
  }
}
