package import PipelineModel

/// Pure: how a range in which a step failed is taken piece by piece, until what fails alone is found.
///
/// Pieces halve with each failure and double with each success, so one bad record among n costs about 2 log n steps.
package struct PoisonRange: Hashable, Sendable {
  package let range: OffsetRange
  /// Records of the next piece, at least 1.
  private(set) var pieceRecords: UInt64

  package init(_ range: OffsetRange) {
    self.range = range
    pieceRecords = max(1, range.count / 2)
  }

  /// End of the next piece, or where the range begins; nil when the range is behind.
  package func pieceEnd(from first: Offset) -> Offset? {
    guard first < range.end else { return nil }
    // Rows of the journal may be lost: then the steps before it are taken again, without it.
    guard first >= range.first else { return range.first }
    let left = range.end.rawValue - first.rawValue
    return Offset(first.rawValue + min(left, pieceRecords))
  }

  package mutating func failed(_ piece: OffsetRange) { pieceRecords = max(1, piece.count / 2) }

  package mutating func succeeded() {
    let (doubled, overflow) = pieceRecords.multipliedReportingOverflow(by: 2)
    pieceRecords = overflow ? .max : doubled
  }
}

/// What is done with a record on which an expression fails: `on_row_error`.
package enum RowErrorPolicy: String, Sendable {
  /// The pipeline stops until its error is dismissed.
  case fail
  /// The row goes to the error collection and is missing where the expression failed; where no row by itself is to
  /// blame the record becomes a dead letter. The pipeline goes on.
  case deadLetter = "dead_letter"
}
