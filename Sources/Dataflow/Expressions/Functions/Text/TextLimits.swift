import DataModel

/// Bounds of what one string function may make, so that a small row cannot ask for all memory.
enum TextLimits {
  static let bytesMax = 64 << 20
  /// Cells of the table that LEVENSHTEIN fills.
  static let cellsMax = 16 << 20

  static func check(_ function: String, _ bytes: Int) throws(EvaluationError) {
    guard bytes <= bytesMax else {
      throw EvaluationError(.overflow, "the result of \(function) exceeds \(bytesMax) bytes")
    }
  }

  /// One array, map or row of values.
  static func check(nested name: String, _ bytes: Int) throws(EvaluationError) {
    guard bytes <= 4 * bytesMax else {
      throw EvaluationError(.overflow, "a value of type \(name) exceeds \(4 * bytesMax) bytes")
    }
  }

  /// `count` copies of `length` bytes.
  static func check(_ function: String, _ length: Int, times count: Int64) throws(EvaluationError) {
    let (bytes, overflow) = Int64(length).multipliedReportingOverflow(by: count)
    try check(function, overflow ? Int.max : Int(bytes))
  }
}
