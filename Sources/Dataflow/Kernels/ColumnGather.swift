package import DataModel

/// Gathers and concatenations of columns.
package enum ColumnGather {
  /// The rows at `indices`, in that order.
  static func gather(_ column: ColumnVector, _ indices: [Int32]) -> ColumnVector { column.gather(indices) }

  static func gather(_ columns: [ColumnVector], _ indices: [Int32]) -> [ColumnVector] {
    columns.map { gather($0, indices) }
  }

  static func gather(_ batch: ColumnBatch, _ indices: [Int32]) -> ColumnBatch {
    ColumnBatch(columns: gather(batch.columns, indices), weights: pick(batch.weights, indices))
  }

  /// As `gather`, where rows may come many times: texts of one row can become more than a column holds.
  static func repeated(_ column: ColumnVector, _ indices: [Int32]) throws(EvaluationError) -> ColumnVector {
    if case .bytes(let values) = column.storage {
      GatherKernels.check(indices, below: values.count)
      try StringKernels.checkSize(indices.reduce(0) { $0 + values.range(Int($1)).count }, times: 1)
    }
    return gather(column, indices)
  }

  /// The rows at `sources`; at -1 the same row of `other`, or NULL.
  static func picked(
    _ column: ColumnVector, _ sources: [Int], else other: ColumnVector? = nil
  ) throws(EvaluationError) -> ColumnVector {
    let null = ColumnVector(repeating: .null, physical: column.physical, count: 1)
    let pool = try concatenate([column, other ?? null])
    guard Int32(exactly: pool.count) != nil else {
      throw EvaluationError(.invalidArgument, "a window has too many rows in one step")
    }
    let places = sources.enumerated().map { row, source in
      Int32(truncatingIfNeeded: source >= 0 ? source : column.count + (other == nil ? 0 : row))
    }
    return try repeated(pool, places)
  }

  @inline(__always)
  static func pick<Element: BitwiseCopyable>(_ values: [Element], _ indices: [Int32]) -> [Element] {
    GatherKernels.check(indices, below: values.count)
    return unsafe [Element](unsafeUninitializedCapacity: indices.count) { target, initialized in
      unsafe values.withUnsafeBufferPointer { source in
        unsafe indices.withUnsafeBufferPointer { chosen in
          for position in 0..<chosen.count {
            unsafe target.initializeElement(at: position, to: source[Int(chosen[position])])
          }
        }
      }
      initialized = indices.count
    }
  }

  static func rows(_ values: ByteColumn, _ indices: [Int32]) -> ByteColumn {
    GatherKernels.rows(values, indices)
  }

  /// The rows of all parts, one after the other; the parts have the same physical types.
  static func concatenate(_ parts: [ColumnVector]) throws(EvaluationError) -> ColumnVector {
    precondition(!parts.isEmpty)
    if parts.count == 1 { return parts[0] }
    let storage: ColumnVector.Storage
    switch parts[0].storage {
    case .int64: storage = .int64(join(parts) { if case .int64(let values) = $0 { values } else { nil } })
    case .float64:
      storage = .float64(join(parts) { if case .float64(let values) = $0 { values } else { nil } })
    case .int128: storage = .int128(join(parts) { if case .int128(let values) = $0 { values } else { nil } })
    case .bytes:
      let columns = parts.compactMap { if case .bytes(let values) = $0.storage { values } else { nil } }
      precondition(columns.count == parts.count, "parts of one column have one physical type")
      guard let joined = GatherKernels.concatenate(columns) else {
        throw EvaluationError(.invalidArgument, "a delta of one step exceeds 4 GiB in one column")
      }
      storage = .bytes(joined)
    }
    return ColumnVector(storage, validity: GatherKernels.concatenate(validity: parts))
  }

  @inline(__always)
  private static func join<Element: BitwiseCopyable>(
    _ parts: [ColumnVector], _ values: (ColumnVector.Storage) -> [Element]?
  ) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts {
      guard let own = values(part.storage) else {
        preconditionFailure("parts of one column have one physical type")
      }
      result.append(contentsOf: own)
    }
    return result
  }

  /// Bytes of a delta that is put together of parts: views can double one another.
  private static let deltaBytesMax = 4 << 30

  static func concatenate(_ batches: [ColumnBatch]) throws(EvaluationError) -> ColumnBatch? {
    guard let first = batches.first else { return nil }
    if batches.count == 1 { return first }
    guard batches.reduce(0, { $0 + $1.sizeBytes }) <= deltaBytesMax else {
      throw EvaluationError(.invalidArgument, "a delta of one step exceeds \(deltaBytesMax >> 30) GiB")
    }
    var columns: [ColumnVector] = []
    for index in first.columns.indices { columns.append(try concatenate(batches.map { $0.columns[index] })) }
    var weights: [Int64] = []
    weights.reserveCapacity(batches.reduce(0) { $0 + $1.count })
    for batch in batches { weights.append(contentsOf: batch.weights) }
    return ColumnBatch(columns: columns, weights: weights)
  }

  /// -0.0 becomes 0.0 and every NaN the same one, as the row codec has them: what an operator emits for a row
  /// must equal what it later emits when it retracts the row from its trace.
  package static func canonical(_ column: ColumnVector) -> ColumnVector {
    guard case .float64(let values) = column.storage else { return column }
    var isOdd = false
    for value in values.span.indices {
      let bits = values.span[value].bitPattern
      isOdd = isOdd || bits == 0x8000_0000_0000_0000 || bits & 0x7FFF_FFFF_FFFF_FFFF > 0x7FF0_0000_0000_0000
    }
    guard isOdd else { return column }
    return ColumnVector(
      .float64(values.map { $0 == 0 ? 0 : $0.isNaN ? .nan : $0 }), validity: column.validity)
  }
}
