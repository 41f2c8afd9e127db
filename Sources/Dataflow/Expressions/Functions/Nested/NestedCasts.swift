import DataModel

/// CAST where one side is an ARRAY, MAP, ROW or VARIANT: each level is converted as a whole column.
struct CastNode: ExpressionNode {
  private let argument: any ExpressionNode
  private let from: ColumnType
  private let to: ColumnType
  let traits: NodeTraits

  init(_ argument: any ExpressionNode, from: ColumnType, to: ColumnType) {
    self.argument = argument
    self.from = from
    self.to = to
    traits = NodeTraits.over([argument], isTotal: false)
  }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    let vector = try argument.run(frame)
    return Vector(try NestedCasts.cast(vector.column, from, to), isConstant: vector.isConstant)
  }
}

enum CastCompiler {
  static func node(_ argument: any ExpressionNode, from: ColumnType, to: ColumnType) -> any ExpressionNode {
    if from.isNested || to.isNested, from != to { return CastNode(argument, from: from, to: to) }
    return StrictNode([argument], to.physical, isTotal: false, Casts.kernel(from: from, to: to))
  }
}

enum NestedCasts {
  static func cast(
    _ column: ColumnVector, _ from: ColumnType, _ to: ColumnType
  ) throws(EvaluationError) -> ColumnVector {
    switch (from, to) {
    case _ where from == to: return column
    case (.null, _): return ColumnVector(repeating: .null, physical: to.physical, count: column.count)
    case (.variant, _): return try VariantCasts.from(column, to)
    case (_, .variant): return try VariantCasts.to(column, from)
    case (.array(let a), .array(let b)):
      let exploded = NestedColumns.explode(column, a.physical)
      let items = try cast(exploded.items, a, b)
      return try NestedColumns.implode(
        NestedColumns.Exploded(items: items, lengths: exploded.lengths), validity: column.validity)
    case (.map(let key, let value), .map(let newKey, let newValue)):
      let exploded = NestedColumns.explode(maps: column, key.physical, value.physical)
      let keys = try cast(exploded.keys.items, key, newKey)
      let values = try cast(exploded.values.items, value, newValue)
      let lengths = exploded.keys.lengths
      return try NestedColumns.implode(
        keys: NestedColumns.Exploded(items: keys, lengths: lengths),
        values: NestedColumns.Exploded(items: values, lengths: lengths), validity: column.validity)
    case (.row(let fields), .row(let newFields)):
      guard fields.count == newFields.count else { return try scalar(column, from, to) }
      var converted: [ColumnVector] = []
      for (index, field) in fields.enumerated() {
        converted.append(
          try cast(NestedColumns.field(column, index, fields), field.type, newFields[index].type))
      }
      return try NestedColumns.implode(fields: converted, count: column.count, validity: column.validity)
    default: return try scalar(column, from, to)
    }
  }

  static func scalar(
    _ column: ColumnVector, _ from: ColumnType, _ to: ColumnType
  ) throws(EvaluationError) -> ColumnVector {
    let operands = Operands(vectors: [Vector(column)], count: column.count, validity: column.validity)
    return ColumnVector(
      normalizing: try Casts.kernel(from: from, to: to)(operands), validity: column.validity,
      count: column.count)
  }
}

/// CAST to VARIANT, and from it: NULL where the value has no form in the type.
enum VariantCasts {
  static func to(_ column: ColumnVector, _ from: ColumnType) throws(EvaluationError) -> ColumnVector {
    switch from {
    case .array(let element):
      let exploded = NestedColumns.explode(column, element.physical)
      let items = try NestedCasts.cast(exploded.items, element, .variant)
      let arrays = try NestedColumns.implode(
        NestedColumns.Exploded(items: items, lengths: exploded.lengths), validity: column.validity)
      return tagged(arrays, .array)
    case .map(let key, let value):
      return tagged(
        try NestedCasts.cast(column, .map(key: key, value: value), .map(key: .variant, value: .variant)), .map
      )
    case .row(let fields): return tagged(try map(column, fields), .map)
    default:
      var builder = ColumnBuilder(.bytes)
      var scratch: [UInt8] = []
      for row in 0..<column.count {
        guard column.isValid(row) else {
          builder.appendNull()
          continue
        }
        scratch.removeAll(keepingCapacity: true)
        VariantCodec.append(column.value(at: row), as: from, to: &scratch)
        builder.append(bytes: scratch)
      }
      return builder.finish()
    }
  }

  /// ROWs as maps from field names.
  private static func map(_ column: ColumnVector, _ fields: [RowField]) throws(EvaluationError)
    -> ColumnVector
  {
    var values: [ColumnVector] = []
    for (index, field) in fields.enumerated() {
      values.append(try NestedCasts.cast(NestedColumns.field(column, index, fields), field.type, .variant))
    }
    let names = fields.map { field in
      var bytes: [UInt8] = []
      VariantCodec.append(.text(field.name.canonical), as: .varchar(length: nil), to: &bytes)
      return Value.bytes(bytes)
    }
    var builder = ColumnBuilder(.bytes)
    for row in 0..<column.count {
      guard column.isValid(row) else {
        builder.appendNull()
        continue
      }
      builder.append(
        bytes: NestedCodec.map(zip(names, values).map { (key: $0, value: $1.value(at: row)) }))
    }
    return builder.finish()
  }

  private static func tagged(_ column: ColumnVector, _ code: VariantCodec.Code) -> ColumnVector {
    guard case .bytes(let values) = column.storage else { return column }
    var builder = ColumnBuilder(.bytes)
    for row in 0..<column.count {
      guard column.isValid(row) else {
        builder.appendNull()
        continue
      }
      builder.extend(byte: code.rawValue)
      builder.extend(values.bytes.span, values.range(row))
      builder.closeBytes()
    }
    return builder.finish()
  }

  // MARK: From VARIANT

  static func from(_ column: ColumnVector, _ to: ColumnType) throws(EvaluationError) -> ColumnVector {
    switch to {
    case .array: return try NestedCasts.cast(contents(column, .array), .array(.variant), to)
    case .map:
      return try NestedCasts.cast(contents(column, .map), .map(key: .variant, value: .variant), to)
    case .row(let fields): return try rows(contents(column, .map), fields)
    default: return try scalars(column, to)
    }
  }

  /// What the VARIANTs of one code hold; NULL for the others.
  private static func contents(_ column: ColumnVector, _ code: VariantCodec.Code) -> ColumnVector {
    guard case .bytes(let values) = column.storage else { return column }
    var builder = ColumnBuilder(.bytes)
    for row in 0..<column.count {
      let range = values.range(row)
      guard column.isValid(row), VariantCodec.code(values.bytes.span, range) == code else {
        builder.appendNull()
        continue
      }
      builder.extend(values.bytes.span, range.lowerBound + 1..<range.upperBound)
      builder.closeBytes()
    }
    return builder.finish()
  }

  private static func rows(_ maps: ColumnVector, _ fields: [RowField]) throws(EvaluationError) -> ColumnVector
  {
    var columns: [ColumnVector] = []
    for field in fields {
      var key: [UInt8] = []
      VariantCodec.append(.text(field.name.canonical), as: .varchar(length: nil), to: &key)
      var builder = ColumnBuilder(.bytes)
      if case .bytes(let values) = maps.storage {
        for row in 0..<maps.count {
          NestedItems.appendValue(values.bytes.span, values.range(row), key: key, to: &builder)
        }
      }
      columns.append(try NestedCasts.cast(builder.finish(), .variant, field.type))
    }
    return try NestedColumns.implode(fields: columns, count: maps.count, validity: maps.validity)
  }

  /// Rows of one runtime type are converted together.
  private static func scalars(
    _ column: ColumnVector, _ to: ColumnType
  ) throws(EvaluationError) -> ColumnVector {
    guard case .bytes(let values) = column.storage else { return column }
    var types: [ColumnType] = []
    var groups: [(rows: [Int32], builder: ColumnBuilder)] = []
    var jsonRows: [Int32] = []
    for row in 0..<column.count where column.isValid(row) {
      let range = values.range(row)
      guard let scalar = VariantCodec.scalar(values.bytes.span, range) else {
        if to.isString { jsonRows.append(Int32(truncatingIfNeeded: row)) }
        continue
      }
      if scalar.type == .variant { continue }
      let index: Int
      if let known = types.firstIndex(of: scalar.type) {
        index = known
      } else {
        index = types.count
        types.append(scalar.type)
        groups.append(([], ColumnBuilder(scalar.type.physical)))
      }
      groups[index].rows.append(Int32(truncatingIfNeeded: row))
      groups[index].builder.append(scalar.value)
    }
    var choice = RowChoice(to.physical, column.count, parts: groups.count + 1)
    for index in groups.indices {
      let own = groups[index].builder.finish()
      choice.add(Vector(safe(own, types[index], to)), overFrame: false)
      choice.take(index, rows: groups[index].rows)
    }
    if !jsonRows.isEmpty {
      var builder = ColumnBuilder(.bytes)
      for row in jsonRows {
        var text: [UInt8] = []
        NestedJSON.append(values.bytes.span, values.range(Int(row)), as: .variant, to: &text)
        builder.append(bytes: text)
      }
      choice.add(Vector(safe(builder.finish(), .varchar(length: nil), to)), overFrame: false)
      choice.take(groups.count, rows: jsonRows)
    }
    return try choice.finish().expanded(column.count)
  }

  private static func safe(_ column: ColumnVector, _ from: ColumnType, _ to: ColumnType) -> ColumnVector {
    do throws(EvaluationError) {
      return try SafeCastNode(ColumnNode(0), from: from, to: to)
        .run(Frame(columns: [column], count: column.count, now: 0)).expanded(column.count)
    } catch {
      return ColumnVector(repeating: .null, physical: to.physical, count: column.count)
    }
  }
}
