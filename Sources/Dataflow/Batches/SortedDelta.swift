package import DataModel

/// A delta sorted and consolidated, with one original row for each row that is left.
package struct SortedDelta {
  package let batch: SortedBatch
  /// For row i of the batch a row of the unsorted delta that has the same key and value.
  let sources: [Int32]

  /// Sorts by (key columns, value columns); `rows` picks rows of the columns, nil takes all.
  package init(
    keys: [ColumnVector], values: [ColumnVector], weights: [Int64], rows selection: [Int32]? = nil
  ) throws(EvaluationError) {
    let count = selection?.count ?? weights.count
    let encoded = try Self.encode(keys + values, selection, count)
    guard encoded.bytes.count <= SortedBatch.byteLimit else {
      throw EvaluationError(.invalidArgument, "a delta of one step exceeds 1 GiB of state rows")
    }
    let lengths = values.isEmpty ? nil : try Self.keyLengths(keys, selection, count)
    let order = RowSort.order(encoded)
    var builder = BatchBuilder(reservingRows: count, bytes: encoded.bytes.count)
    var sources: [Int32] = []
    sources.reserveCapacity(count)
    let bytes = encoded.bytes
    var position = 0
    while position < order.count {
      let head = order[position]
      let first = Int(head.row)
      let (start, end) = (Int(encoded.offsets[first]), Int(encoded.offsets[first + 1]))
      var weight = weights[selection.map { Int($0[first]) } ?? first]
      position += 1
      while position < order.count, order[position].prefix == head.prefix {
        let next = Int(order[position].row)
        guard
          ByteOrder.compare(
            bytes, start, end, bytes, Int(encoded.offsets[next]), Int(encoded.offsets[next + 1])) == 0
        else { break }
        weight = try Weight.sum(weight, weights[selection.map { Int($0[next]) } ?? next])
        position += 1
      }
      guard weight != 0 else { continue }
      builder.append(
        bytes, start, end, keyLength: lengths?[first] ?? UInt32(truncatingIfNeeded: end - start),
        weight: weight, prefix: head.prefix)
      sources.append(selection.map { $0[first] } ?? Int32(truncatingIfNeeded: first))
    }
    batch = builder.finish()
    self.sources = sources
  }

  private static func encode(
    _ columns: [ColumnVector], _ rows: [Int32]?, _ count: Int
  ) throws(EvaluationError) -> ByteColumn {
    if let rows { return try RowCodec.encode(columns, rows: rows) }
    return try RowCodec.encode(columns, count: count)
  }

  private static func keyLengths(
    _ keys: [ColumnVector], _ rows: [Int32]?, _ count: Int
  ) throws(EvaluationError) -> [UInt32] {
    if keys.isEmpty { return [UInt32](repeating: 0, count: count) }
    if keys.count == 1, keys[0].validity == nil, let width = fixedWidth(keys[0].physical) {
      return [UInt32](repeating: width, count: count)
    }
    let encoded = try encode(keys, rows, count)
    return (0..<count).map { encoded.offsets[$0 + 1] - encoded.offsets[$0] }
  }

  /// Encoded bytes of a present value.
  private static func fixedWidth(_ type: PhysicalType) -> UInt32? {
    switch type {
    case .int64, .float64: 9
    case .int128: 17
    case .bytes: nil
    }
  }
}

/// Checked arithmetic of multiplicities.
enum Weight {
  @inline(__always)
  static func sum(_ left: Int64, _ right: Int64) throws(EvaluationError) -> Int64 {
    let (result, overflow) = left.addingReportingOverflow(right)
    if overflow { throw EvaluationError(.weightOverflow, "weight overflow: \(left) + \(right)") }
    return result
  }

  @inline(__always)
  static func product(_ left: Int64, _ right: Int64) throws(EvaluationError) -> Int64 {
    let (result, overflow) = left.multipliedReportingOverflow(by: right)
    if overflow { throw EvaluationError(.weightOverflow, "weight overflow: \(left) * \(right)") }
    return result
  }
}
