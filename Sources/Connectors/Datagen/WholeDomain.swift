import ConnectorKit
import DataModel

/// What a type of int64 or int128 form can hold, in units of that form, and how JSON numbers in settings map
/// to it.
struct WholeDomain {
  /// Physical units of one JSON unit: days for DATE, milliseconds for TIME and TIMESTAMP.
  let unit: Int128
  let bounds: Range<Int128>
  /// Where `increment` runs without a range.
  let series: Range<Int128>
  /// Where `uniform` draws without a range.
  let uniform: Range<Int128>

  private static let microsecondsPerDay: Int128 = 86_400_000_000
  private static let nanosecondsPerDay: Int128 = 86_400_000_000_000
  /// 0001-01-01 up to 9999-12-31.
  private static let days: Range<Int128> = -719_162..<2_932_897
  /// 2100-01-01.
  private static let uniformDaysEnd: Int128 = 47_482

  /// Nil for types of another form.
  init?(_ type: ColumnType) {
    switch type {
    case .boolean: self.init(unit: 1, bounds: 0..<2, series: 0..<2, uniform: 0..<2)
    case .tinyint, .smallint, .integer, .bigint, .unsignedTinyint, .unsignedSmallint, .unsignedInteger:
      guard let limits = type.integerBounds else { return nil }
      let bounds = Int128(limits.lowerBound)..<Int128(limits.upperBound) + 1
      self.init(unit: 1, bounds: bounds, series: 0..<bounds.upperBound, uniform: bounds)
    case .decimal(let precision, let scale):
      guard (0...DecimalArithmetic.digitsMax).contains(precision), (0...precision).contains(scale) else { return nil }
      let end = DecimalArithmetic.powersOfTen[precision]
      self.init(
        unit: DecimalArithmetic.powersOfTen[scale], bounds: 1 - end..<end, series: 0..<end, uniform: 1 - end..<end)
    case .date:
      let days = WholeDomain.days
      self.init(unit: 1, bounds: days, series: 0..<days.upperBound, uniform: 0..<WholeDomain.uniformDaysEnd)
    case .time:
      let day = 0..<WholeDomain.nanosecondsPerDay
      self.init(unit: 1_000_000, bounds: day, series: day, uniform: day)
    case .timestamp:
      let day = WholeDomain.microsecondsPerDay
      let days = WholeDomain.days
      self.init(
        unit: 1000, bounds: days.lowerBound * day..<days.upperBound * day, series: 0..<days.upperBound * day,
        uniform: 0..<WholeDomain.uniformDaysEnd * day)
    default: return nil
    }
  }

  private init(unit: Int128, bounds: Range<Int128>, series: Range<Int128>, uniform: Range<Int128>) {
    self.unit = unit
    self.bounds = bounds
    self.series = series
    self.uniform = uniform
  }

  /// A JSON number in units of the column; nil when it is none. Decimals may have a fraction.
  func units(_ value: ConnectorJSON, _ type: ColumnType) -> Int128? {
    if case .decimal(_, let scale) = type, case .number(let text) = value {
      return try? DecimalArithmetic.parse(Array(text.utf8), precision: DecimalArithmetic.digitsMax, scale: scale)
    }
    return value.integer.map { Int128($0) * unit }
  }
}
