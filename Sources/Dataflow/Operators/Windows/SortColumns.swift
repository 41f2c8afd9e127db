import DataModel

/// ORDER BY as columns whose encoded bytes sort as asked.
///
/// A nullable key has a flag column before it that places NULL; what descends is inverted.
struct SortColumns {
  private struct Item {
    let expression: CompiledExpression
    let physical: PhysicalType
    let nullable: Bool
    let descending: Bool
    let nullsFirst: Bool
  }

  private let items: [Item]
  let types: [PhysicalType]

  init(_ order: [WindowDefinition.Key]) {
    items = order.map { key in
      Item(
        expression: CompiledExpression(key.expression), physical: key.expression.type.physical,
        nullable: key.expression.nullable, descending: key.descending, nullsFirst: key.nullsFirst)
    }
    types = items.flatMap { item -> [PhysicalType] in
      let value: PhysicalType = item.descending && item.physical == .float64 ? .int64 : item.physical
      return item.nullable ? [.int64, value] : [value]
    }
  }

  /// Whether the first key has a flag column before it.
  var firstHasFlag: Bool { items.first?.nullable == true }

  var usesNow: Bool { items.contains { $0.expression.usesNow } }

  func columns(_ delta: ColumnBatch, _ now: Int64) throws(EvaluationError) -> [ColumnVector] {
    var result: [ColumnVector] = []
    for item in items {
      let column = ColumnGather.canonical(
        try item.expression.evaluate(delta.columns, count: delta.count, now: now))
      if item.nullable {
        let flags = (0..<delta.count).map { row -> Int64 in
          column.isValid(row) == item.nullsFirst ? 1 : 0
        }
        result.append(ColumnVector(.int64(flags)))
      }
      result.append(item.descending ? try Self.inverted(column) : column)
    }
    return result
  }

  private static func inverted(_ column: ColumnVector) throws(EvaluationError) -> ColumnVector {
    switch column.storage {
    case .int64(let values): return ColumnVector(.int64(values.map { ~$0 }), validity: column.validity)
    case .float64(let values):
      let numbers = values.map { ~RowCodec.int64(orderedBits: RowCodec.orderedBits($0)) }
      return ColumnVector(.int64(numbers), validity: column.validity)
    case .int128(let values): return ColumnVector(.int128(values.map { ~$0 }), validity: column.validity)
    case .bytes:
      // The encoded form ends itself, so that inverting it inverts the order also of prefixes.
      let encoded = try RowCodec.encode([column], count: column.count)
      var inverted = ByteColumn()
      inverted.offsets = encoded.offsets
      inverted.bytes = encoded.bytes.map { ~$0 }
      return ColumnVector(.bytes(inverted), validity: column.validity)
    }
  }
}
