import DataModel

/// A value as a number that is the less the better it is: for MIN the order of the values, for MAX the reverse.
protocol ExtremeRank: FixedWidthInteger, BitwiseCopyable, Sendable {
  static var physical: PhysicalType { get }
  static func vector(_ ranks: [Self]) -> ColumnVector
  static func ranks(of vector: ColumnVector) -> [Self]
  var value: Value { get }
}

extension Int64: ExtremeRank {
  static var physical: PhysicalType { .int64 }
  static func vector(_ ranks: [Int64]) -> ColumnVector { ColumnVector(.int64(ranks)) }
  static func ranks(of vector: ColumnVector) -> [Int64] {
    if case .int64(let values) = vector.storage { values } else { [] }
  }
  var value: Value { .int64(self) }
}

extension Int128: ExtremeRank {
  static var physical: PhysicalType { .int128 }
  static func vector(_ ranks: [Int128]) -> ColumnVector { ColumnVector(.int128(ranks)) }
  static func ranks(of vector: ColumnVector) -> [Int128] {
    if case .int128(let values) = vector.storage { values } else { [] }
  }
  var value: Value { .int128(self) }
}

/// From values to ranks and back.
enum ExtremeRanks {
  /// As a column of numbers.
  static func vector(_ column: ColumnVector, greatest: Bool) -> ColumnVector {
    switch column.storage {
    case .int64(let values): ColumnVector(.int64(greatest ? values.map { ~$0 } : values))
    case .int128(let values): ColumnVector(.int128(greatest ? values.map { ~$0 } : values))
    case .float64(let values):
      ColumnVector(
        .int64(
          values.map { value in
            let number = RowCodec.int64(orderedBits: RowCodec.orderedBits(value))
            return greatest ? ~number : number
          }))
    case .bytes: preconditionFailure("texts have no ranks")
    }
  }

  /// The words of a payload that stand for the value of a rank.
  static func words(_ rank: some ExtremeRank, of type: PhysicalType, greatest: Bool) -> [UInt64] {
    let number = greatest ? ~rank : rank
    switch type {
    case .int128: return [UInt64(truncatingIfNeeded: number), UInt64(truncatingIfNeeded: number >> 64)]
    case .float64:
      let bits = RowCodec.orderedBits(Int64(truncatingIfNeeded: number))
      return [RowCodec.double(orderedBits: bits).bitPattern]
    case .int64, .bytes: return [UInt64(truncatingIfNeeded: number)]
    }
  }
}
