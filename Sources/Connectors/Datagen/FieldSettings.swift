import ConnectorKit
import DataModel

/// The settings of one column, made into a rule that is known to fit the column's type.
struct FieldSettings {
  enum Strategy: String, CaseIterable { case increment, uniform, word, words }

  /// Bounds of text and binary values that are drawn.
  private static let lengthEndMax: Int64 = 65_537

  let field: Field
  let settings: ConnectorSettings
  let strategy: Strategy

  init(_ settings: ConnectorSettings, for field: Field) throws(ConnectorError) {
    self.field = field
    self.settings = settings
    try settings.onlyKnown(["strategy", "range", "values", "value", "scale", "null_percentage"])
    let name = try settings.string("strategy") ?? Strategy.increment.rawValue
    guard let strategy = Strategy(rawValue: name) else {
      let known = Strategy.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConnectorError(.fatal, "\(settings.place): strategy '\(name)' is not supported; supported are \(known)")
    }
    self.strategy = strategy
  }

  /// Errors: fatal, naming the setting that does not fit.
  func rule() throws(ConnectorError) -> FieldRule {
    if settings["values"] != nil || settings["value"] != nil { return try constants() }
    if let domain = WholeDomain(field.type) { return try whole(domain) }
    switch (field.type, strategy) {
    case (.real, .increment), (.double, .increment), (.real, .uniform), (.double, .uniform): return try real()
    case (.char, _), (.varchar, _): return try text()
    case (.varbinary(let length), .increment):
      try refuse(["range", "scale"])
      return .binarySeries(length: min(8, length ?? 8))
    case (.varbinary(let length), .uniform):
      return .binaryUniform(lengths: try lengths(default: 8..<9, longest: length))
    case (.uuid, .increment):
      try refuse(["range", "scale"])
      return .uuidSeries
    case (.uuid, .uniform):
      try refuse(["range", "scale"])
      return .uuidUniform
    default: throw misfit()
    }
  }

  /// 0...100; above 0 only for a nullable column.
  func nullPercentage() throws(ConnectorError) -> Double {
    guard let value = settings["null_percentage"] else { return 0 }
    guard let percentage = value.double, (0...100).contains(percentage) else {
      throw settings.wrong("null_percentage", "a number from 0 to 100", value)
    }
    guard percentage == 0 || field.nullable else {
      throw ConnectorError(.fatal, "\(settings.place): null_percentage on a column that is NOT NULL")
    }
    return percentage
  }
}

// MARK: - One kind of type each

extension FieldSettings {
  private func whole(_ domain: WholeDomain) throws(ConnectorError) -> FieldRule {
    guard strategy == .increment || strategy == .uniform else { throw misfit() }
    if field.type == .boolean { try refuse(["range", "scale"]) }
    let isSeries = strategy == .increment
    let range = try wholeRange(domain) ?? (isSeries ? domain.series : domain.uniform)
    let series = WholeSeries(
      low: range.lowerBound,
      span: UInt128(truncatingIfNeeded: range.upperBound) &- UInt128(truncatingIfNeeded: range.lowerBound),
      scale: isSeries ? try wholeScale(domain) : 1)
    if !isSeries { try refuse(["scale"]) }
    return isSeries ? .series(series) : .uniform(series)
  }

  private func wholeRange(_ domain: WholeDomain) throws(ConnectorError) -> Range<Int128>? {
    guard let (first, second) = try pair() else { return nil }
    let low = try bound(first, domain)
    let high = try bound(second, domain)
    guard low < high, domain.bounds.lowerBound <= low, high <= domain.bounds.upperBound else {
      throw ConnectorError(
        .fatal,
        "\(settings.place): range [\(first.shown), \(second.shown)) is empty or outside \(field.type.description)")
    }
    return low..<high
  }

  private func bound(_ value: ConnectorJSON, _ domain: WholeDomain) throws(ConnectorError) -> Int128 {
    if let units = domain.units(value, field.type) { return units }
    if case .string(let text) = value, !field.type.isNumeric,
      case .int64(let parsed)? = try? ValueText.parse(Array(text.utf8), as: field.type)
    {
      return Int128(parsed)
    }
    throw settings.wrong("range", "two bounds of \(field.type.description)", value)
  }

  private func wholeScale(_ domain: WholeDomain) throws(ConnectorError) -> UInt128 {
    guard let value = settings["scale"] else { return UInt128(domain.unit) }
    guard let units = domain.units(value, field.type), units > 0 else {
      throw settings.wrong("scale", "a positive number that fits \(field.type.description)", value)
    }
    return UInt128(units)
  }

  private func real() throws(ConnectorError) -> FieldRule {
    var range: (low: Double, high: Double)?
    if let (first, second) = try pair() {
      guard let low = first.double, let high = second.double, low < high, (high - low).isFinite else {
        throw settings.wrong("range", "two rising numbers", .array([first, second]))
      }
      range = (low, high)
    }
    if strategy == .uniform {
      try refuse(["scale"])
      return .realUniform(low: range?.low ?? 0, high: range?.high ?? 1)
    }
    var scale = 1.0
    if let value = settings["scale"] {
      guard let number = value.double, number > 0 else { throw settings.wrong("scale", "a positive number", value) }
      scale = number
    }
    return .realSeries(low: range?.low ?? 0, span: range.map { $0.high - $0.low }, scale: scale)
  }

  private func text() throws(ConnectorError) -> FieldRule {
    let longest: Int? =
      switch field.type {
      case .char(let length): length
      case .varchar(let length): length
      default: nil
      }
    if strategy != .increment { try refuse(["scale"]) }
    switch strategy {
    case .increment: return .digits(try digits(longest: longest))
    case .uniform: return .letters(lengths: try lengths(default: 1..<25, longest: longest))
    case .word:
      try refuse(["range"])
      return .words(counts: 1..<2, bytesMax: longest ?? .max)
    case .words: return .words(counts: try lengths(default: 1..<6, longest: nil), bytesMax: longest ?? .max)
    }
  }

  /// The counter of a text column, which never has more digits than the column has room for.
  private func digits(longest: Int?) throws(ConnectorError) -> WholeSeries {
    let room = DecimalArithmetic.powersOfTen[min(longest ?? 19, 19)]
    var range = 0..<room
    if let (first, second) = try pair() {
      guard let low = first.integer, let high = second.integer, 0 <= low, low < high, Int128(high) <= room else {
        throw settings.wrong("range", "two rising numbers from 0 to \(room)", .array([first, second]))
      }
      range = Int128(low)..<Int128(high)
    }
    let scale = try settings.integer("scale", least: 1) ?? 1
    return WholeSeries(
      low: range.lowerBound, span: UInt128(range.upperBound - range.lowerBound), scale: UInt128(scale))
  }

  private func constants() throws(ConnectorError) -> FieldRule {
    try refuse(["range", "scale"])
    guard strategy == .increment || strategy == .uniform else {
      throw ConnectorError(.fatal, "\(settings.place): values go with the strategies increment and uniform")
    }
    if let value = settings["value"] {
      try refuse(["values"])
      return .values([try constant(value)], random: false)
    }
    guard case .array(let items)? = settings["values"], !items.isEmpty else {
      throw settings.wrong("values", "an array that is not empty", settings["values"] ?? .null)
    }
    var values: [Value] = []
    for item in items { values.append(try constant(item)) }
    return .values(values, random: strategy == .uniform)
  }

  private func constant(_ value: ConnectorJSON) throws(ConnectorError) -> Value {
    let misfit = ConnectorError(
      .fatal,
      "\(settings.place): \(value.shown) is no value of column '\(field.name)' of type \(field.type.description)")
    switch value {
    case .null:
      guard field.nullable else { throw misfit }
      return .null
    case .boolean(let flag):
      guard field.type == .boolean else { throw misfit }
      return .boolean(flag)
    case .number(let text):
      if !field.type.isNumeric {
        guard field.type != .boolean, let domain = WholeDomain(field.type),
          let units = domain.units(value, field.type), domain.bounds.contains(units)
        else { throw misfit }
        return .int64(Int64(truncatingIfNeeded: units))
      }
      return try parsed(text, or: misfit)
    case .string(let text): return try parsed(text, or: misfit)
    case .array, .object: throw misfit
    }
  }

  private func parsed(_ text: String, or misfit: ConnectorError) throws(ConnectorError) -> Value {
    guard let value = try? ValueText.parse(Array(text.utf8), as: field.type) else { throw misfit }
    return value
  }
}

// MARK: - Shared checks

extension FieldSettings {
  /// The two elements of `range`; nil without one.
  private func pair() throws(ConnectorError) -> (ConnectorJSON, ConnectorJSON)? {
    guard let value = settings["range"] else { return nil }
    guard case .array(let items) = value, items.count == 2 else {
      throw settings.wrong("range", "an array of two bounds", value)
    }
    return (items[0], items[1])
  }

  /// `range` as lengths or counts, cut to what the column holds.
  private func lengths(default fallback: Range<UInt64>, longest: Int?) throws(ConnectorError) -> Range<UInt64> {
    var range = fallback
    if let (first, second) = try pair() {
      guard let low = first.integer, let high = second.integer, 0 <= low, low < high,
        high <= FieldSettings.lengthEndMax
      else {
        throw settings.wrong(
          "range", "two rising lengths from 0 to \(FieldSettings.lengthEndMax)", .array([first, second]))
      }
      range = UInt64(low)..<UInt64(high)
    }
    guard let longest else { return range }
    let end = min(range.upperBound, UInt64(max(0, longest)) + 1)
    return min(range.lowerBound, end - 1)..<end
  }

  private func refuse(_ keys: [String]) throws(ConnectorError) {
    for key in keys where settings[key] != nil {
      throw ConnectorError(
        .fatal,
        "\(settings.place): '\(key)' does not fit strategy '\(strategy.rawValue)' of column '\(field.name)' "
          + "of type \(field.type.description) with these settings")
    }
  }

  private func misfit() -> ConnectorError {
    ConnectorError(
      .fatal,
      "\(settings.place): strategy '\(strategy.rawValue)' does not fit column '\(field.name)' "
        + "of type \(field.type.description)")
  }
}
