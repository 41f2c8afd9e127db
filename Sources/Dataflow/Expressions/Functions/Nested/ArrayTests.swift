import DataModel

/// Functions from arrays and maps to one value, and between maps and arrays.
enum ArrayTests {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction, _ types: [ColumnType]) -> BuilderKernel? {
    guard let first = types.first else { return nil }
    if case .map(let key, let value) = first { return map(function, key, value) }
    guard case .array(let type) = first else { return nil }
    let element = type.physical
    switch function {
    case .cardinality: return cardinality([element])
    case .singleElement: return single(element)
    case .arrayContains, .arrayPosition:
      return { operands, builder throws(EvaluationError) in
        let arrays = operands.bytes(0)
        var wanted: [UInt8] = []
        operands.buildTotal(&builder) { row, builder in
          wanted.removeAll(keepingCapacity: true)
          NestedCodec.append(operands.vectors[1], row, to: &wanted)
          let source = arrays.bytes.span
          let items = NestedItems.items(source, arrays.range(row), element)
          var place: Int64 = 0
          for (index, item) in items.enumerated() where place == 0 && NestedItems.equal(source, item, wanted)
          {
            place = Int64(index) + 1
          }
          builder.append(int64: function == .arrayPosition ? place : min(place, 1))
        }
      }
    case .arraysOverlap:
      return { operands, builder throws(EvaluationError) in
        let left = operands.bytes(0)
        let right = operands.bytes(1)
        operands.buildTotal(&builder) { row, builder in
          let known = Set(NestedItems.items(left.bytes.span, left.range(row), element).map { left.bytes[$0] })
          let items = NestedItems.items(right.bytes.span, right.range(row), element)
          let common = items.contains {
            right.bytes[$0] != [NestedCodec.null] && known.contains(right.bytes[$0])
          }
          builder.append(int64: common ? 1 : 0)
        }
      }
    case .arrayMaximum, .arrayMinimum: return extreme(element, greatest: function == .arrayMaximum)
    case .arrayJoin:
      return { operands, builder throws(EvaluationError) in try joined(operands, type, &builder) }
    default: return nil
    }
  }

  private static func cardinality(_ layouts: [PhysicalType]) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let lane = operands.bytes(0)
      operands.buildTotal(&builder) { row, builder in
        builder.append(int64: NestedItems.count(lane.bytes.span, lane.range(row), layouts))
      }
    }
  }

  /// ELEMENT: NULL for an empty array.
  private static func single(_ element: PhysicalType) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let lane = operands.bytes(0)
      try operands.build(&builder) { row, builder throws(EvaluationError) in
        let range = lane.range(row)
        var position = range.lowerBound
        let item = NestedCodec.next(lane.bytes.span, &position, end: range.upperBound, element)
        guard NestedCodec.next(lane.bytes.span, &position, end: range.upperBound, element) == nil else {
          throw EvaluationError(.invalidArgument, "array that should have 1 element has more")
        }
        NestedCodec.append(lane.bytes.span, item ?? .null, element, to: &builder)
      }
    }
  }

  /// Without NULLs; NULL without any.
  private static func extreme(_ element: PhysicalType, greatest: Bool) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let lane = operands.bytes(0)
      operands.buildTotal(&builder) { row, builder in
        let source = lane.bytes
        let items = NestedItems.items(source.span, lane.range(row), element).filter {
          source[$0.lowerBound] != NestedCodec.null
        }
        let found =
          greatest
          ? items.max { source[$0].lexicographicallyPrecedes(source[$1]) }
          : items.min { source[$0].lexicographicallyPrecedes(source[$1]) }
        guard var position = found?.lowerBound, let end = found?.upperBound,
          let item = NestedCodec.next(source.span, &position, end: end, element)
        else { return builder.appendNull() }
        NestedCodec.append(source.span, item, element, to: &builder)
      }
    }
  }

  /// ARRAY_JOIN(array, separator [, text for NULL]).
  private static func joined(
    _ operands: Operands, _ type: ColumnType, _ builder: inout ColumnBuilder
  ) throws(EvaluationError) {
    let arrays = operands.bytes(0)
    let separators = operands.bytes(1)
    for row in 0..<operands.count {
      guard operands.isPresent(0, row), operands.isPresent(1, row) else {
        builder.appendNull()
        continue
      }
      let hasText = operands.vectors.count > 2 && operands.isPresent(2, row)
      let range = arrays.range(row)
      var position = range.lowerBound
      var text: [UInt8] = []
      var isFirst = true
      while let item = NestedCodec.next(arrays.bytes.span, &position, end: range.upperBound, type.physical) {
        if item == .null, !hasText { continue }
        if !isFirst { text += separators.value(row) }
        isFirst = false
        if item == .null {
          text += operands.bytes(2).value(row)
        } else {
          text += ValueText.render(NestedCodec.value(arrays.bytes.span, item, type.physical), as: type).utf8
        }
        try TextLimits.check("ARRAY_JOIN", text.count)
      }
      builder.append(bytes: text)
    }
  }

  // MARK: Maps

  private static func map(_ function: ScalarFunction, _ key: ColumnType, _ value: ColumnType)
    -> BuilderKernel?
  {
    switch function {
    case .cardinality: return cardinality([key.physical, value.physical])
    case .mapKeys, .mapValues:
      return { operands, builder throws(EvaluationError) in
        let lane = operands.bytes(0)
        operands.buildTotal(&builder) { row, builder in
          let source = lane.bytes.span
          for entry in NestedItems.entries(source, lane.range(row), key.physical, value.physical) {
            builder.extend(source, function == .mapKeys ? entry.key : entry.value)
          }
          builder.extend(byte: NestedCodec.end)
          builder.closeBytes()
        }
      }
    case .mapContainsKey:
      return { operands, builder throws(EvaluationError) in
        let lane = operands.bytes(0)
        var wanted: [UInt8] = []
        operands.buildTotal(&builder) { row, builder in
          wanted.removeAll(keepingCapacity: true)
          NestedCodec.append(operands.vectors[1], row, to: &wanted)
          let source = lane.bytes.span
          var isFound = false
          for entry in NestedItems.entries(source, lane.range(row), key.physical, value.physical) {
            isFound = isFound || NestedItems.equal(source, entry.key, wanted)
          }
          builder.append(int64: isFound ? 1 : 0)
        }
      }
    case .mapConcat:
      return { operands, builder throws(EvaluationError) in
        let lanes = operands.vectors.indices.map(operands.bytes)
        operands.buildTotal(&builder) { row, builder in
          builder.append(bytes: merged(lanes, row, key.physical, value.physical))
        }
      }
    default: return nil
    }
  }

  /// Entries in the order of keys; the last map with a key wins.
  private static func merged(_ lanes: [ByteLane], _ row: Int, _ key: PhysicalType, _ value: PhysicalType)
    -> [UInt8]
  {
    var entries: [(key: Value, value: Value)] = []
    for lane in lanes {
      let source = lane.bytes.span
      let range = lane.range(row)
      var position = range.lowerBound
      while let name = NestedCodec.next(source, &position, end: range.upperBound, key),
        let item = NestedCodec.next(source, &position, end: range.upperBound, value)
      {
        entries.append((NestedCodec.value(source, name, key), NestedCodec.value(source, item, value)))
      }
    }
    return NestedCodec.map(entries)
  }

  /// MAP_FROM_ARRAYS(keys, values).
  static func mapFromArrays(_ key: PhysicalType, _ value: PhysicalType) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let keys = operands.bytes(0)
      let values = operands.bytes(1)
      try operands.build(&builder) { row, builder throws(EvaluationError) in
        let names = NestedCodec.values(keys.value(row), key)
        let items = NestedCodec.values(values.value(row), value)
        guard names.count == items.count else {
          throw EvaluationError(.invalidArgument, "the arrays of MAP_FROM_ARRAYS differ in length")
        }
        guard !names.contains(where: \.isNull) else {
          throw EvaluationError(.invalidArgument, "a MAP key is NULL")
        }
        builder.append(bytes: NestedCodec.map(Array(zip(names, items)).map { (key: $0, value: $1) }))
      }
    }
  }
}
