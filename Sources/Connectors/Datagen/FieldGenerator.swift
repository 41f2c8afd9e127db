import DataModel

/// Makes the values of one column. A value depends on the settings, the seed and the record number alone, so
/// any
/// record can be made at any time.
struct FieldGenerator: Sendable {
  let type: ColumnType
  let rule: FieldRule
  /// Records of a hundred that are NULL.
  let nullPercentage: Double
  /// See `RecordRandom.seed(_:plan:column:)`.
  let seed: UInt64

  /// The values of `count` records from `first` on.
  func column(first: UInt64, count: Int) -> ColumnVector {
    var builder = ColumnBuilder(type.physical)
    builder.reserve(count)
    let records = first..<first + UInt64(count)
    if case .series(let series) = rule, nullPercentage == 0 {
      for record in records { append(whole: series.value(record), to: &builder) }
      return builder.finish()
    }
    for record in records {
      var random = RecordRandom(seed: seed, record: record)
      if nullPercentage > 0, random.unit() * 100 < nullPercentage {
        builder.appendNull()
      } else {
        append(record, &random, to: &builder)
      }
    }
    return builder.finish()
  }

  private func append(_ record: UInt64, _ random: inout RecordRandom, to builder: inout ColumnBuilder) {
    switch rule {
    case .series(let series): append(whole: series.value(record), to: &builder)
    case .uniform(let series): append(whole: series.value(&random), to: &builder)
    case .values(let values, let isRandom):
      let count = UInt64(values.count)
      builder.append(values[Int(isRandom ? random.next(below: count) : record % count)])
    case .realSeries(let low, let span, let scale):
      let raw = Double(record) * scale
      append(real: low + (span.map { raw.truncatingRemainder(dividingBy: $0) } ?? raw), to: &builder)
    case .realUniform(let low, let high):
      let drawn = low + random.unit() * (high - low)
      append(real: drawn < high ? drawn : low, to: &builder)
    default: builder.append(bytes: bytes(record, &random))
    }
  }

  private func append(whole value: Int128, to builder: inout ColumnBuilder) {
    if builder.physical == .int128 {
      builder.append(int128: value)
    } else {
      builder.append(int64: Int64(truncatingIfNeeded: value))
    }
  }

  private func append(real value: Double, to builder: inout ColumnBuilder) {
    builder.append(float64: type == .real ? Double(Float(value)) : value)
  }

  private func bytes(_ record: UInt64, _ random: inout RecordRandom) -> [UInt8] {
    switch rule {
    case .digits(let series): return Array(String(series.value(record)).utf8)
    case .letters(let lengths):
      let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
      return (0..<random.length(lengths)).map { _ in letters[Int(random.next(below: UInt64(letters.count)))] }
    case .words(let counts, let bytesMax): return words(random.length(counts), bytesMax, &random)
    case .binarySeries(let length): return Array(FieldGenerator.bigEndian(record).suffix(length))
    case .binaryUniform(let lengths):
      return (0..<random.length(lengths)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    case .uuidSeries: return FieldGenerator.bigEndian(0) + FieldGenerator.bigEndian(record)
    case .uuidUniform:
      let high = random.next() & ~0xF000 | 0x4000
      let low = random.next() & ~(3 << 62) | 1 << 63
      return FieldGenerator.bigEndian(high) + FieldGenerator.bigEndian(low)
    case .values, .series, .uniform, .realSeries, .realUniform: return []
    }
  }

  private func words(_ count: Int, _ bytesMax: Int, _ random: inout RecordRandom) -> [UInt8] {
    var text: [UInt8] = []
    for index in 0..<count where text.count < bytesMax {
      if index > 0 { text.append(0x20) }
      text += WordList.pick(&random)
    }
    text = Array(text.prefix(bytesMax))
    while text.last == 0x20 { text.removeLast() }
    return text
  }

  private static func bigEndian(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
  }
}

extension RecordRandom {
  /// In a range that is not empty.
  fileprivate mutating func length(_ range: Range<UInt64>) -> Int {
    Int(clamping: range.lowerBound + next(below: range.upperBound - range.lowerBound))
  }
}
