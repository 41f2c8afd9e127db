import DataModel

/// DIV_NULL: as `/`, NULL for a divisor of 0.
enum DivisionOrNull {
  static func kernel(_ types: [ColumnType], _ type: ColumnType) -> BuilderKernel {
    let divide = Arithmetic.binary(.divide, types, type)
    return { operands, builder throws(EvaluationError) in
      var bits = operands.validity ?? ValidityBitmap(repeating: true, count: operands.count)
      for row in 0..<operands.count where bits[row] && isZero(operands, row) { bits[row] = false }
      let present = Operands(vectors: operands.vectors, count: operands.count, validity: bits)
      let column = ColumnVector(
        normalizing: try divide(present), validity: bits, count: operands.count)
      for row in 0..<operands.count { builder.append(column.value(at: row)) }
    }
  }

  private static func isZero(_ operands: Operands, _ row: Int) -> Bool {
    switch operands.vectors[1].column.storage {
    case .int64(let values): values[operands.vectors[1].isConstant ? 0 : row] == 0
    case .float64(let values): values[operands.vectors[1].isConstant ? 0 : row] == 0
    case .int128(let values): values[operands.vectors[1].isConstant ? 0 : row] == 0
    case .bytes: false
    }
  }
}
