import DataModel
import Foundation

/// An answer as the format writes it, and the comparison with what a script expects.
struct ResultText {
  /// One text a value, row by row.
  let rows: [[String]]

  /// `types` are the script's letters, `columns` the types of the engine.
  init(_ values: [[Value]], columns: [ColumnType], types: [UInt8]) {
    rows = values.map { row in
      zip(row, zip(columns, types)).map { Self.text($0, $1.0, $1.1) }
    }
  }

  /// What differs from the expectation; nil when nothing does.
  func difference(from query: QueryRecord) -> String? {
    guard case .anything = query.expected else {
      let found = sorted(query.sort)
      switch query.expected {
      case .values(let values) where values == found: return nil
      case .values(let values): return "expected \(Self.shown(values)), found \(Self.shown(found))"
      case .hash(let count, _) where count != found.count:
        return "expected \(count) values, found \(found.count): \(Self.shown(found))"
      case .hash(_, let md5):
        var bytes: [UInt8] = []
        for value in found {
          bytes += value.utf8
          bytes.append(UInt8(ascii: "\n"))
        }
        return MD5Digest.hex(bytes) == md5 ? nil : "values with another hash: \(Self.shown(found))"
      case .anything: return nil
      }
    }
    return nil
  }

  /// The rows in the order of their values' bytes.
  var sortedRows: [[String]] {
    rows.sorted { left, right in
      for (a, b) in zip(left, right) where a != b { return Self.precedes(a, b) }
      return false
    }
  }

  private func sorted(_ mode: SortMode) -> [String] {
    switch mode {
    case .nosort: rows.flatMap { $0 }
    case .valuesort: rows.flatMap { $0 }.sorted(by: Self.precedes)
    case .rowsort: sortedRows.flatMap { $0 }
    }
  }

  /// Order of bytes.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  private static func shown(_ values: [String]) -> String {
    "[" + values.prefix(24).joined(separator: ", ") + (values.count > 24 ? ", …]" : "]")
  }

  // MARK: Values

  private static func text(_ value: Value, _ column: ColumnType, _ letter: UInt8) -> String {
    if value.isNull { return "NULL" }
    switch letter {
    case UInt8(ascii: "I"): return integer(value, column)
    case UInt8(ascii: "R"): return real(value, column)
    default:
      let rendered = ValueText.render(value, as: column)
      guard !rendered.isEmpty else { return "(empty)" }
      return String(
        decoding: rendered.utf8.map { $0 < 32 || $0 == 127 ? UInt8(ascii: "@") : $0 }, as: UTF8.self)
    }
  }

  /// Fractions are cut off; text counts as the number that it begins with.
  private static func integer(_ value: Value, _ column: ColumnType) -> String {
    switch value {
    case .int64(let number): return String(number)
    case .float64(let number):
      return Int64(exactly: number.rounded(.towardZero)).map(String.init) ?? String(number)
    case .int128(let number):
      guard case .decimal(_, let scale) = column else { return String(number) }
      return String(number / DecimalArithmetic.powersOfTen[scale])
    case .bytes(let bytes):
      let text = String(decoding: bytes, as: UTF8.self)
      let digits = text.prefix { $0.isNumber || $0 == "-" }
      return String(Int64(digits) ?? 0)
    case .null: return "NULL"
    }
  }

  private static func real(_ value: Value, _ column: ColumnType) -> String {
    switch value {
    case .int64(let number): return "\(number).000"
    case .float64(let number): return String(format: "%.3f", number)
    case .int128(let number):
      guard case .decimal(_, let scale) = column else { return "\(number).000" }
      return String(format: "%.3f", DecimalArithmetic.toDouble(number, scale: scale))
    case .bytes(let bytes): return String(format: "%.3f", Double(String(decoding: bytes, as: UTF8.self)) ?? 0)
    case .null: return "NULL"
    }
  }
}
