package import PipelineModel
import StorageAPI

/// Names a kept record that was refused: the first offset of its request and a number there, `120-3`.
package struct DeadLetterID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let offset: Offset
  package let sequence: UInt32

  package init(offset: Offset, sequence: UInt32) {
    self.offset = offset
    self.sequence = sequence
  }

  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let offset = UInt64(parts[0]), let sequence = UInt32(parts[1]) else { return nil }
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

  package var description: String { "\(offset)-\(sequence)" }
}

/// A record that was refused, with its bytes and its reason.
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
  /// Those of one request: its range's first offset, and the numbers of its letters there.
  package var request: (offset: Offset, sequences: ClosedRange<UInt32>)?
  package var isReplayed: Bool?

  package init() {}

  func matches(_ letter: DeadLetter) -> Bool {
    if let ids, !ids.contains(letter.id) { return false }
    if let table, letter.row.table != table { return false }
    if let request, letter.id.offset != request.offset || !request.sequences.contains(letter.id.sequence) {
      return false
    }
    if let isReplayed, (letter.row.replayed > 0) != isReplayed { return false }
    if let reason, !letter.row.reason.contains(reason) { return false }
    return true
  }

  /// Keys outside hold no match.
  var bounds: (from: [UInt8], to: [UInt8]) {
    if let request {
      let first = DeadLetterID(offset: request.offset, sequence: request.sequences.lowerBound)
      let last = DeadLetterID(offset: request.offset, sequence: request.sequences.upperBound)
      return (first.key, last.key + [0])
    }
    guard let ids, let first = ids.min(), let last = ids.max() else {
      return (KeySpace.rejectedRow.key(), KeySpace.rejectedRow.end)
    }
    return (first.key, last.key + [0])
  }
}

extension CompletionToken {
  /// The letters of the token's request; nil when it has none. Only the first of very many are kept.
  package func deadLetters(keptMax: Int) -> (offset: Offset, sequences: ClosedRange<UInt32>)? {
    let count = UInt32(min(UInt64(rejected), UInt64(max(0, keptMax))))
    guard count > 0 else { return nil }
    let (last, overflow) = firstRejected.addingReportingOverflow(count - 1)
    return (range.first, firstRejected...(overflow ? .max : last))
  }
}
