import DataModel

/// How the values of one column follow from the record number.
enum FieldRule: Hashable, Sendable {
  /// In turn, or drawn.
  case values([Value], random: Bool)
  case series(WholeSeries)
  case uniform(WholeSeries)
  /// `low + record * scale`, beginning anew at `span` when there is one.
  case realSeries(low: Double, span: Double?, scale: Double)
  case realUniform(low: Double, high: Double)
  /// Decimal digits of the number.
  case digits(WholeSeries)
  /// Letters and digits.
  case letters(lengths: Range<UInt64>)
  /// So many words, cut to a length in bytes.
  case words(counts: Range<UInt64>, bytesMax: Int)
  /// The record number, big-endian, its last `length` bytes.
  case binarySeries(length: Int)
  case binaryUniform(lengths: Range<UInt64>)
  /// The record number as a UUID.
  case uuidSeries
  /// A UUID of version 4.
  case uuidUniform
}
