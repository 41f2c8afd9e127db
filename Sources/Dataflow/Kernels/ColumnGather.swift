package import DataModel

/// Gathers and concatenations of columns; like `ColumnVector.gather`, without a slice a row.
package enum ColumnGather {
  /// The rows at `indices`, in that order.
  static func gather(_ column: ColumnVector, _ indices: [Int32]) -> ColumnVector {
    let storage: ColumnVector.Storage
    switch column.storage {
    case .int64(let values): storage = .int64(pick(values, indices))
    case .float64(let values): storage = .float64(pick(values, indices))
    case .int128(let values): storage = .int128(pick(values, indices))
    case .bytes(let values): storage = .bytes(rows(values, indices))
    }
    guard let validity = column.validity else { return ColumnVector(storage) }
    var bits = ValidityBitmap()
    for index in indices { bits.append(validity[Int(index)]) }
    return ColumnVector(storage, validity: bits)
  }

  static func gather(_ columns: [ColumnVector], _ indices: [Int32]) -> [ColumnVector] {
    columns.map { gather($0, indices) }
  }

  static func gather(_ batch: ColumnBatch, _ indices: [Int32]) -> ColumnBatch {
    ColumnBatch(columns: gather(batch.columns, indices), weights: pick(batch.weights, indices))
  }

  @inline(__always)
  static func pick<Element: BitwiseCopyable>(_ values: [Element], _ indices: [Int32]) -> [Element] {
    let source = values.span
    let chosen = indices.span
    var result: [Element] = []
    result.append(addingCapacity: chosen.count) { output in
      for position in chosen.indices { output.append(source[Int(chosen[position])]) }
    }
    return result
  }

  static func rows(_ values: ByteColumn, _ indices: [Int32]) -> ByteColumn {
    let offsets = values.offsets.span
    var total = 0
    for index in indices { total += Int(offsets[Int(index) + 1]) - Int(offsets[Int(index)]) }
    var output = RowAppender(reservingRows: indices.count, bytes: total)
    let source = values.bytes
    for index in indices { output.append(source, Int(offsets[Int(index)]), Int(offsets[Int(index) + 1])) }
    return output.finish()
  }

  /// The rows of all parts, one after the other; the parts have the same physical types.
  static func concatenate(_ parts: [ColumnVector]) throws(EvaluationError) -> ColumnVector {
    precondition(!parts.isEmpty)
    if parts.count == 1 { return parts[0] }
    var result = parts[0]
    for part in parts.dropFirst() {
      switch (result.storage, part.storage) {
      case (.int64(let left), .int64(let right)): result.storage = .int64(left + right)
      case (.float64(let left), .float64(let right)): result.storage = .float64(left + right)
      case (.int128(let left), .int128(let right)): result.storage = .int128(left + right)
      case (.bytes(let left), .bytes(let right)): result.storage = .bytes(try join(left, right))
      default: preconditionFailure("parts of one column have one physical type")
      }
    }
    result.validity = validity(parts)
    return result
  }

  private static func join(_ left: ByteColumn, _ right: ByteColumn) throws(EvaluationError) -> ByteColumn {
    guard UInt32(exactly: left.bytes.count + right.bytes.count) != nil else {
      throw EvaluationError(.invalidArgument, "a delta of one step exceeds 4 GiB in one column")
    }
    var result = left
    let base = UInt32(truncatingIfNeeded: left.bytes.count)
    result.bytes.append(contentsOf: right.bytes)
    result.offsets.reserveCapacity(left.offsets.count + right.count)
    for offset in right.offsets.dropFirst() { result.offsets.append(base + offset) }
    return result
  }

  private static func validity(_ parts: [ColumnVector]) -> ValidityBitmap? {
    guard parts.contains(where: { $0.validity != nil }) else { return nil }
    var bits = ValidityBitmap()
    for part in parts {
      for row in 0..<part.count { bits.append(part.isValid(row)) }
    }
    return bits
  }

  static func concatenate(_ batches: [ColumnBatch]) throws(EvaluationError) -> ColumnBatch? {
    guard let first = batches.first else { return nil }
    if batches.count == 1 { return first }
    var columns: [ColumnVector] = []
    for index in first.columns.indices { columns.append(try concatenate(batches.map { $0.columns[index] })) }
    return ColumnBatch(columns: columns, weights: batches.flatMap(\.weights))
  }

  /// -0.0 becomes 0.0 and every NaN the same one, as the row codec has them: what an operator emits for a row
  /// must equal what it later emits when it retracts the row from its trace.
  package static func canonical(_ column: ColumnVector) -> ColumnVector {
    guard case .float64(let values) = column.storage else { return column }
    return ColumnVector(
      .float64(values.map { $0 == 0 ? 0 : $0.isNaN ? .nan : $0 }), validity: column.validity)
  }
}
