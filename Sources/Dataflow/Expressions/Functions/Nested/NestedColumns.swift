package import DataModel

/// ARRAY, MAP and ROW columns taken apart into columns of their items, and put together again.
package enum NestedColumns {
  /// Items of all rows, one after another.
  package struct Exploded: Sendable {
    package let items: ColumnVector
    /// Number of items of each row; 0 for NULL.
    package let lengths: [Int32]

    package var count: Int { items.count }

    /// The row that each item comes from.
    package var rows: [Int32] {
      var result: [Int32] = []
      result.reserveCapacity(items.count)
      for (row, length) in lengths.enumerated() {
        for _ in 0..<length { result.append(Int32(truncatingIfNeeded: row)) }
      }
      return result
    }
  }

  package static func explode(_ arrays: ColumnVector, _ physical: PhysicalType) -> Exploded {
    var builder = ColumnBuilder(physical)
    let lengths = each(arrays) { source, range in
      var position = range.lowerBound
      var length: Int32 = 0
      while let item = NestedCodec.next(source, &position, end: range.upperBound, physical) {
        NestedCodec.append(source, item, physical, to: &builder)
        length &+= 1
      }
      return length
    }
    return Exploded(items: builder.finish(), lengths: lengths)
  }

  /// Keys and values of MAPs.
  package static func explode(
    maps: ColumnVector, _ key: PhysicalType, _ value: PhysicalType
  ) -> (keys: Exploded, values: Exploded) {
    var keys = ColumnBuilder(key)
    var values = ColumnBuilder(value)
    let lengths = each(maps) { source, range in
      var position = range.lowerBound
      var length: Int32 = 0
      while let name = NestedCodec.next(source, &position, end: range.upperBound, key),
        let item = NestedCodec.next(source, &position, end: range.upperBound, value)
      {
        NestedCodec.append(source, name, key, to: &keys)
        NestedCodec.append(source, item, value, to: &values)
        length &+= 1
      }
      return length
    }
    return (
      Exploded(items: keys.finish(), lengths: lengths), Exploded(items: values.finish(), lengths: lengths)
    )
  }

  private static func each(_ column: ColumnVector, _ body: (Span<UInt8>, Range<Int>) -> Int32) -> [Int32] {
    guard case .bytes(let values) = column.storage else { return [Int32](repeating: 0, count: column.count) }
    var lengths: [Int32] = []
    lengths.reserveCapacity(values.count)
    for row in 0..<values.count {
      lengths.append(column.isValid(row) ? body(values.bytes.span, values.range(row)) : 0)
    }
    return lengths
  }

  /// One field of ROWs.
  static func field(_ rows: ColumnVector, _ index: Int, _ fields: [RowField]) -> ColumnVector {
    let physical = fields[index].type.physical
    var builder = ColumnBuilder(physical)
    guard case .bytes(let values) = rows.storage else { return builder.finish() }
    let source = values.bytes.span
    for row in 0..<values.count {
      let range = values.range(row)
      var position = range.lowerBound
      var found: NestedCodec.Item?
      for field in fields[0...index] {
        found = NestedCodec.next(source, &position, end: range.upperBound, field.type.physical)
      }
      NestedCodec.append(source, rows.isValid(row) ? found ?? .null : .null, physical, to: &builder)
    }
    return builder.finish()
  }

  // MARK: Putting together; rows that are not valid become NULL

  static func implode(
    _ exploded: Exploded, validity: ValidityBitmap?
  ) throws(EvaluationError) -> ColumnVector {
    try build(exploded.lengths, validity) { range, bytes in
      for item in range { NestedCodec.append(exploded.items, item, to: &bytes) }
      bytes.append(NestedCodec.end)
    }
  }

  /// Keys are brought in order; of equal keys the last counts.
  static func implode(
    keys: Exploded, values: Exploded, validity: ValidityBitmap?
  ) throws(EvaluationError) -> ColumnVector {
    try build(keys.lengths, validity) { range, bytes in
      bytes += NestedCodec.map(
        range.map { (key: keys.items.value(at: $0), value: values.items.value(at: $0)) })
    }
  }

  static func implode(
    fields: [ColumnVector], count: Int, validity: ValidityBitmap?
  ) throws(EvaluationError) -> ColumnVector {
    try build([Int32](repeating: 1, count: count), validity) { range, bytes in
      for field in fields { NestedCodec.append(field, range.lowerBound, to: &bytes) }
    }
  }

  private static func build(
    _ lengths: [Int32], _ validity: ValidityBitmap?, _ body: (Range<Int>, inout [UInt8]) -> Void
  ) throws(EvaluationError) -> ColumnVector {
    var builder = ColumnBuilder(.bytes)
    var scratch: [UInt8] = []
    var start = 0
    for (row, length) in lengths.enumerated() {
      let end = start + Int(length)
      if validity?[row] ?? true {
        scratch.removeAll(keepingCapacity: true)
        body(start..<end, &scratch)
        try StringKernels.checkSize(builder.byteCount + scratch.count, times: 1)
        builder.append(bytes: scratch)
      } else {
        builder.appendNull()
      }
      start = end
    }
    return builder.finish()
  }
}
