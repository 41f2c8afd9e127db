import DataModel

/// Functions from arrays to arrays, over encoded items.
enum ArrayFunctions {
  /// Nil for functions of another family. `element` is the layout of the elements of the first array.
  static func kernel(_ function: ScalarFunction, _ element: PhysicalType) -> BuilderKernel? {
    switch function {
    case .arrayAppend, .arrayPrepend:
      return { operands, builder throws(EvaluationError) in
        extended(operands, &builder, atEnd: function == .arrayAppend)
      }
    case .arrayInsert:
      return { operands, builder throws(EvaluationError) in try inserted(operands, element, &builder) }
    case .arrayConcat: return concatenated
    case .arrayRemove: return rewritten(element) { items, wanted in items.filter { $0 != wanted } }
    case .arrayDistinct: return rewritten(element) { items, _ in distinct(items) }
    case .arrayCompact: return rewritten(element) { items, _ in items.filter { $0 != [NestedCodec.null] } }
    case .arrayReverse: return rewritten(element) { items, _ in items.reversed() }
    case .arraySort:
      return { operands, builder throws(EvaluationError) in sorted(operands, element, &builder) }
    case .arrayExcept, .arrayIntersect, .arrayUnion:
      return combined(element) { left, right in
        switch function {
        case .arrayExcept:
          let other = Set(right)
          return distinct(left.filter { !other.contains($0) })
        case .arrayIntersect:
          let other = Set(right)
          return distinct(left.filter { other.contains($0) })
        default: return distinct(left + right)
        }
      }
    default: return nil
    }
  }

  typealias Item = ArraySlice<UInt8>

  private static func items(_ lane: ByteLane, _ row: Int, _ element: PhysicalType) -> [Item] {
    let bytes = lane.bytes
    return NestedItems.items(bytes.span, lane.range(row), element).map { bytes[$0] }
  }

  private static func append(_ items: [Item], to builder: inout ColumnBuilder) {
    for item in items { for byte in item { builder.extend(byte: byte) } }
    builder.extend(byte: NestedCodec.end)
    builder.closeBytes()
  }

  private static func distinct(_ items: [Item]) -> [Item] {
    var seen: Set<Item> = []
    return items.filter { seen.insert($0).inserted }
  }

  /// The second argument, if there is one, comes as an item.
  private static func rewritten(
    _ element: PhysicalType, _ change: @escaping @Sendable ([Item], Item) -> [Item]
  ) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let arrays = operands.bytes(0)
      operands.buildTotal(&builder) { row, builder in
        var wanted: [UInt8] = []
        if operands.vectors.count > 1 { NestedCodec.append(operands.vectors[1], row, to: &wanted) }
        append(change(items(arrays, row, element), wanted[...]), to: &builder)
      }
    }
  }

  private static func combined(
    _ element: PhysicalType, _ combine: @escaping @Sendable ([Item], [Item]) -> [Item]
  ) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let left = operands.bytes(0)
      let right = operands.bytes(1)
      operands.buildTotal(&builder) { row, builder in
        append(combine(items(left, row, element), items(right, row, element)), to: &builder)
      }
    }
  }

  private static func extended(_ operands: Operands, _ builder: inout ColumnBuilder, atEnd: Bool) {
    let arrays = operands.bytes(0)
    for row in 0..<operands.count {
      guard operands.isPresent(0, row) else {
        builder.appendNull()
        continue
      }
      var item: [UInt8] = []
      NestedCodec.append(operands.vectors[1], row, to: &item)
      let range = arrays.range(row)
      if !atEnd { builder.extend(item.span, 0..<item.count) }
      builder.extend(arrays.bytes.span, range.lowerBound..<max(range.lowerBound, range.upperBound - 1))
      if atEnd { builder.extend(item.span, 0..<item.count) }
      builder.extend(byte: NestedCodec.end)
      builder.closeBytes()
    }
  }

  private static let concatenated: BuilderKernel = { operands, builder throws(EvaluationError) in
    let lanes = operands.vectors.indices.map(operands.bytes)
    operands.buildTotal(&builder) { row, builder in
      for lane in lanes {
        let range = lane.range(row)
        builder.extend(lane.bytes.span, range.lowerBound..<max(range.lowerBound, range.upperBound - 1))
      }
      builder.extend(byte: NestedCodec.end)
      builder.closeBytes()
    }
  }

  /// ARRAY_INSERT(array, position, element): from 1, or from the end when negative; gaps become NULL.
  private static func inserted(
    _ operands: Operands, _ element: PhysicalType, _ builder: inout ColumnBuilder
  ) throws(EvaluationError) {
    let arrays = operands.bytes(0)
    let positions = operands.int64(1)
    for row in 0..<operands.count {
      guard operands.isPresent(0, row), operands.isPresent(1, row) else {
        builder.appendNull()
        continue
      }
      let position = positions[row]
      guard position != 0, position.magnitude <= ArrayConstruction.itemsMax.magnitude else {
        throw EvaluationError(.invalidArgument, "ARRAY_INSERT at the position \(position)")
      }
      var new: [UInt8] = []
      NestedCodec.append(operands.vectors[2], row, to: &new)
      var list = items(arrays, row, element)
      let null: Item = [NestedCodec.null]
      if position > 0 {
        while Int64(list.count) < position - 1 { list.append(null) }
        list.insert(new[...], at: Int(position) - 1)
      } else {
        let place = Int64(list.count) + position + 1
        if place < 0 { list = [Item](repeating: null, count: Int(-place)) + list }
        list.insert(new[...], at: Int(max(place, 0)))
      }
      append(list, to: &builder)
    }
  }

  private static func sorted(_ operands: Operands, _ element: PhysicalType, _ builder: inout ColumnBuilder) {
    let arrays = operands.bytes(0)
    let ascending = operands.vectors.count > 1 ? operands.int64(1) : nil
    operands.buildTotal(&builder) { row, builder in
      let isAscending = ascending.map { $0[row] != 0 } ?? true
      let ordered = items(arrays, row, element).sorted { left, right in
        isAscending ? left.lexicographicallyPrecedes(right) : right.lexicographicallyPrecedes(left)
      }
      append(ordered, to: &builder)
    }
  }
}
