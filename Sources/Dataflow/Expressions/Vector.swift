import DataModel

/// Result of a node: a column, or one value that stands for every row.
struct Vector: Sendable {
  /// One row when constant.
  let column: ColumnVector
  let isConstant: Bool

  init(_ column: ColumnVector, isConstant: Bool = false) {
    self.column = column
    self.isConstant = isConstant
  }

  init(constant value: Value, _ physical: PhysicalType) {
    self.init(ColumnVector(repeating: value, physical: physical, count: 1), isConstant: true)
  }

  var isNullConstant: Bool { isConstant && !column.isValid(0) }

  /// One value a row.
  func expanded(_ count: Int) throws(EvaluationError) -> ColumnVector {
    guard isConstant, count != 1 else { return column }
    guard column.isValid(0) else {
      return ColumnVector(
        Vector.zeros(column.physical, count: count).storage,
        validity: ValidityBitmap(repeating: false, count: count))
    }
    switch column.storage {
    case .int64(let values): return ColumnVector(.int64([Int64](repeating: values[0], count: count)))
    case .float64(let values): return ColumnVector(.float64([Double](repeating: values[0], count: count)))
    case .int128(let values): return ColumnVector(.int128([Int128](repeating: values[0], count: count)))
    case .bytes(let values):
      try StringKernels.checkSize(values.bytes.count, times: count)
      return ColumnGather.gather(column, [Int32](repeating: 0, count: count))
    }
  }

  /// Nil when every row is present.
  func validity(_ count: Int) -> ValidityBitmap? {
    guard isConstant else { return column.validity }
    return column.isValid(0) ? nil : ValidityBitmap(repeating: false, count: count)
  }

  @inline(__always)
  func isValid(_ row: Int) -> Bool { column.isValid(isConstant ? 0 : row) }

  /// Rows where a BOOLEAN is TRUE.
  func trueRows(_ count: Int) -> [Int32] {
    guard case .int64(let values) = column.storage else { return [] }
    if isConstant { return values[0] != 0 && column.isValid(0) ? RowNumbers.all(count) : [] }
    // Absent rows store 0, so the values alone tell.
    return RowNumbers.rows(values, count, where: true)
  }

  func gathered(_ rows: [Int32]) -> Vector {
    isConstant ? self : Vector(ColumnGather.gather(column, rows))
  }

  static func zeros(_ physical: PhysicalType, count: Int) -> ColumnVector {
    switch physical {
    case .int64: return ColumnVector(.int64([Int64](repeating: 0, count: count)))
    case .float64: return ColumnVector(.float64([Double](repeating: 0, count: count)))
    case .int128: return ColumnVector(.int128([Int128](repeating: 0, count: count)))
    case .bytes:
      var empty = ByteColumn()
      empty.offsets = [UInt32](repeating: 0, count: count + 1)
      return ColumnVector(.bytes(empty))
    }
  }
}

extension ColumnVector {
  /// The form that columns promise: no bitmap when all rows are present, 0 or no bytes in absent rows.
  init(normalizing storage: Storage, validity: ValidityBitmap?, count: Int) {
    guard let validity, validity.validCount < count else {
      self.init(storage)
      return
    }
    switch storage {
    case .int64(let values): self.init(.int64(Self.cleared(values, validity, 0)), validity: validity)
    case .float64(let values): self.init(.float64(Self.cleared(values, validity, 0)), validity: validity)
    case .int128(let values): self.init(.int128(Self.cleared(values, validity, 0)), validity: validity)
    case .bytes(let values): self.init(.bytes(Self.cleared(values, validity)), validity: validity)
    }
  }

  private static func cleared<Element: BitwiseCopyable>(
    _ values: consuming [Element], _ validity: ValidityBitmap, _ zero: Element
  ) -> [Element] {
    var target = values.mutableSpan
    for (index, word) in validity.words.enumerated() {
      var absent = ~word
      while absent != 0 {
        let row = index &* 64 &+ absent.trailingZeroBitCount
        if row < target.count { target[row] = zero }
        absent &= absent &- 1
      }
    }
    return values
  }

  private static func cleared(_ values: ByteColumn, _ validity: ValidityBitmap) -> ByteColumn {
    let isClean = RowNumbers.rows(validity, where: false).allSatisfy { values.range(Int($0)).isEmpty }
    if isClean { return values }
    var result = RowAppender(reservingRows: values.count, bytes: values.bytes.count)
    for row in 0..<values.count {
      let range = validity[row] ? values.range(row) : 0..<0
      result.append(values.bytes, range.lowerBound, range.upperBound)
    }
    return result.finish()
  }
}
