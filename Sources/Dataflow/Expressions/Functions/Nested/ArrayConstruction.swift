import DataModel

/// Constructors, and access to one item.
enum ArrayConstruction {
  /// Items that one function may put into an array.
  static let itemsMax: Int64 = 1 << 22

  static func makeArray(_ operands: Operands, _ builder: inout ColumnBuilder) throws(EvaluationError) {
    try make("ARRAY", operands, &builder) { $0.append(NestedCodec.end) }
  }

  static func makeRow(_ operands: Operands, _ builder: inout ColumnBuilder) throws(EvaluationError) {
    try make("ROW", operands, &builder) { _ in }
  }

  private static func make(
    _ name: String, _ operands: Operands, _ builder: inout ColumnBuilder, close: (inout [UInt8]) -> Void
  ) throws(EvaluationError) {
    var bytes: [UInt8] = []
    for row in 0..<operands.count {
      bytes.removeAll(keepingCapacity: true)
      for vector in operands.vectors {
        NestedCodec.append(vector, row, to: &bytes)
        try TextLimits.check(nested: name, bytes.count)
      }
      close(&bytes)
      builder.append(bytes: bytes)
      try StringKernels.checkSize(builder.byteCount, times: 1)
    }
  }

  /// Keys and values by turns.
  static func makeMap(_ operands: Operands, _ builder: inout ColumnBuilder) throws(EvaluationError) {
    for row in 0..<operands.count {
      var entries: [(key: Value, value: Value)] = []
      for index in stride(from: 0, to: operands.vectors.count - 1, by: 2) {
        let key = operands.vectors[index].value(row)
        guard !key.isNull else { throw EvaluationError(.invalidArgument, "a MAP key is NULL") }
        entries.append((key, operands.vectors[index + 1].value(row)))
      }
      let bytes = NestedCodec.map(entries)
      try TextLimits.check(nested: "MAP", bytes.count)
      builder.append(bytes: bytes)
      try StringKernels.checkSize(builder.byteCount, times: 1)
    }
  }

  /// `array[index]`; `base` is the index of the first element.
  static func item(_ element: PhysicalType, base: Int64) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let arrays = operands.bytes(0)
      let indices = operands.int64(1)
      operands.buildTotal(&builder) { row, builder in
        let range = arrays.range(row)
        var left = indices[row] < base ? -1 : indices[row] - base
        var position = range.lowerBound
        while left >= 0,
          let item = NestedCodec.next(arrays.bytes.span, &position, end: range.upperBound, element)
        {
          if left == 0 { return NestedCodec.append(arrays.bytes.span, item, element, to: &builder) }
          left -= 1
        }
        builder.appendNull()
      }
    }
  }

  static func field(_ index: Int, _ fields: [RowField]) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      guard fields.indices.contains(index) else { preconditionFailure("a field of the row") }
      let column = NestedColumns.field(operands.vectors[0].column, index, fields)
      for row in 0..<operands.count { builder.append(column.value(at: row)) }
    }
  }

  static func mapItem(_ key: PhysicalType, _ value: PhysicalType) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let maps = operands.bytes(0)
      var wanted: [UInt8] = []
      operands.buildTotal(&builder) { row, builder in
        wanted.removeAll(keepingCapacity: true)
        NestedCodec.append(operands.vectors[1], row, to: &wanted)
        NestedItems.appendValue(maps.bytes.span, maps.range(row), wanted, key, value, to: &builder)
      }
    }
  }

  /// `variant[key]`: by position from 1 in an array, by key in a map; NULL for anything else.
  static func variantItem(_ type: ColumnType) -> BuilderKernel {
    return { operands, builder throws(EvaluationError) in
      let variants = operands.bytes(0)
      operands.buildTotal(&builder) { row, builder in
        let range = variants.range(row)
        let source = variants.bytes.span
        switch VariantCodec.code(source, range) {
        case .array?:
          guard type.isInteger, case .int64(let index) = operands.vectors[1].value(row), index > 0 else {
            break
          }
          var position = range.lowerBound + 1
          var left = index
          while let item = NestedCodec.next(source, &position, end: range.upperBound, .bytes) {
            left -= 1
            if left == 0 { return NestedCodec.append(source, item, .bytes, to: &builder) }
          }
        case .map?:
          var key: [UInt8] = []
          if type == .variant, case .bytes(let bytes) = operands.vectors[1].value(row) {
            key = bytes
          } else {
            VariantCodec.append(operands.vectors[1].value(row), as: type, to: &key)
          }
          return NestedItems.appendValue(
            source, range.lowerBound + 1..<range.upperBound, key: key, to: &builder)
        default: break
        }
        builder.appendNull()
      }
    }
  }

  static func repeated(_ operands: Operands, _ builder: inout ColumnBuilder) throws(EvaluationError) {
    let counts = operands.int64(1)
    for row in 0..<operands.count {
      guard operands.isPresent(1, row) else {
        builder.appendNull()
        continue
      }
      var item: [UInt8] = []
      NestedCodec.append(operands.vectors[0], row, to: &item)
      let count = max(counts[row], 0)
      guard count <= itemsMax else { throw tooLong("ARRAY_REPEAT") }
      try TextLimits.check("ARRAY_REPEAT", item.count, times: count)
      var bytes: [UInt8] = []
      for _ in 0..<count { bytes += item }
      bytes.append(NestedCodec.end)
      builder.append(bytes: bytes)
    }
  }

  static func tooLong(_ function: String) -> EvaluationError {
    EvaluationError(.overflow, "the array of \(function) exceeds \(itemsMax) elements")
  }

  static let sequence: BuilderKernel = { operands, builder throws(EvaluationError) in
    let starts = operands.int64(0)
    let ends = operands.int64(1)
    try operands.build(&builder) { row, builder throws(EvaluationError) in
      var bytes: [UInt8] = []
      if starts[row] <= ends[row] {
        let (length, overflow) = ends[row].subtractingReportingOverflow(starts[row])
        guard !overflow, length < itemsMax else { throw tooLong("SEQUENCE") }
        for value in starts[row]...ends[row] { NestedCodec.append(value, to: &bytes) }
      }
      bytes.append(NestedCodec.end)
      builder.append(bytes: bytes)
    }
  }

  /// SPLIT(text, separator): no element for an empty text.
  static let splitText: BuilderKernel = { operands, builder throws(EvaluationError) in
    let text = operands.bytes(0)
    let separator = operands.bytes(1)
    operands.buildTotal(&builder) { row, builder in
      var bytes: [UInt8] = []
      if !text.range(row).isEmpty {
        TextSplitting.each(text, separator, row) { part in
          NestedCodec.append(text.bytes.span, part, to: &bytes)
          return true
        }
      }
      bytes.append(NestedCodec.end)
      builder.append(bytes: bytes)
    }
  }
}

extension Vector {
  /// One value; not for row loops over scalars.
  func value(_ row: Int) -> Value { column.value(at: isConstant ? 0 : row) }
}

extension NestedCodec {
  static func append(_ vector: Vector, _ row: Int, to bytes: inout [UInt8]) {
    append(vector.column, vector.isConstant ? 0 : row, to: &bytes)
  }
}
