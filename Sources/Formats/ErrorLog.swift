import DataModel

/// Counts the errors of a request and keeps the first of them.
struct ErrorLog: Sendable {
  private let kept: Int
  private(set) var count: UInt64 = 0
  private(set) var errors: [RowError] = []

  init(kept: Int) { self.kept = kept }

  mutating func record(
    _ rejection: Rejection, format: String, event: UInt64, text: Span<UInt8>, range: Range<Int>
  ) {
    count += 1
    guard errors.count < kept else { return }
    let raw = range.lowerBound..<min(range.upperBound, range.lowerBound + RowError.rawBytesMax)
    var bytes: [UInt8] = []
    ByteKernels.append(text, raw, to: &bytes)
    let shown = String(decoding: bytes.prefix(ErrorLog.shownMax), as: UTF8.self)
    let more = range.count > ErrorLog.shownMax ? "..." : ""
    errors.append(
      RowError(
        eventNumber: event, field: rejection.field, invalidText: rejection.invalidText,
        suggestion: rejection.suggestion,
        description: "failed to deserialize \(format) record '\(shown)\(more)': \(rejection.message)",
        rawBytes: bytes))
  }

  /// Text that ends parsing.
  mutating func recordFailure(_ message: String, event: UInt64, near bytes: [UInt8]) {
    count += 1
    guard errors.count < kept else { return }
    let shown = String(decoding: bytes.prefix(ErrorLog.shownMax), as: UTF8.self)
    errors.append(
      RowError(
        eventNumber: event, invalidText: shown, description: "\(message), near '\(shown)'",
        rawBytes: Array(bytes.prefix(RowError.rawBytesMax))))
  }

  /// Bytes of a record shown in a message.
  private static let shownMax = 256
}
