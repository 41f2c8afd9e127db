/// Values as JSON: arrays as lists, maps and rows as objects, VARIANT as whatever JSON value it holds.
package enum NestedJSON {
  private static let nullText: [UInt8] = [0x6E, 0x75, 0x6C, 0x6C]

  /// A value of any type of layout `bytes`.
  package static func append(
    _ source: Span<UInt8>, _ range: Range<Int>, as type: ColumnType, to bytes: inout [UInt8]
  ) {
    var position = range.lowerBound
    let end = range.upperBound
    switch type {
    case .array(let element):
      bytes.append(0x5B)
      var isFirst = true
      while let item = NestedCodec.next(source, &position, end: end, element.physical) {
        separate(&isFirst, to: &bytes)
        append(NestedCodec.value(source, item, element.physical), as: element, to: &bytes)
      }
      bytes.append(0x5D)
    case .map(let key, let value): entries(source, range, key, value, to: &bytes)
    case .row(let fields):
      bytes.append(0x7B)
      var isFirst = true
      for field in fields {
        guard let item = NestedCodec.next(source, &position, end: end, field.type.physical) else { break }
        separate(&isFirst, to: &bytes)
        let name = Array(field.name.canonical.utf8)
        JSONEscape.appendQuoted(name.span, 0..<name.count, to: &bytes)
        bytes.append(0x3A)
        append(NestedCodec.value(source, item, field.type.physical), as: field.type, to: &bytes)
      }
      bytes.append(0x7D)
    case .variant: variant(source, range, to: &bytes)
    case .binary, .varbinary:
      bytes.append(0x5B)
      for position in range {
        if position > range.lowerBound { bytes.append(0x2C) }
        IntegerText.append(magnitude: UInt64(source[position]), to: &bytes)
      }
      bytes.append(0x5D)
    case .uuid:
      bytes.append(0x22)
      ValueText.append(source, range, as: type, to: &bytes)
      bytes.append(0x22)
    default: JSONEscape.appendQuoted(source, range, to: &bytes)
    }
  }

  package static func append(_ value: Value, as type: ColumnType, to bytes: inout [UInt8]) {
    switch value {
    case .null: bytes += nullText
    case .bytes(let content): append(content.span, 0..<content.count, as: type, to: &bytes)
    case .float64(let number):
      if number.isFinite { ValueText.append(number, as: type, to: &bytes) } else { bytes += nullText }
    case .int128(let number): ValueText.append(number, as: type, to: &bytes)
    case .int64(let number):
      switch type {
      case .boolean: bytes += number == 0 ? Array("false".utf8) : Array("true".utf8)
      case .date, .time, .timestamp, .interval:
        bytes.append(0x22)
        ValueText.append(number, as: type, to: &bytes)
        bytes.append(0x22)
      default: ValueText.append(number, as: type, to: &bytes)
      }
    }
  }

  private static func separate(_ isFirst: inout Bool, to bytes: inout [UInt8]) {
    if !isFirst { bytes.append(0x2C) }
    isFirst = false
  }

  /// Keys that are no strings stand as the text of their value.
  private static func entries(
    _ source: Span<UInt8>, _ range: Range<Int>, _ key: ColumnType, _ value: ColumnType,
    to bytes: inout [UInt8]
  ) {
    var position = range.lowerBound
    var isFirst = true
    bytes.append(0x7B)
    while let name = NestedCodec.next(source, &position, end: range.upperBound, key.physical),
      let item = NestedCodec.next(source, &position, end: range.upperBound, value.physical)
    {
      separate(&isFirst, to: &bytes)
      let text = keyText(NestedCodec.value(source, name, key.physical), key)
      JSONEscape.appendQuoted(text.span, 0..<text.count, to: &bytes)
      bytes.append(0x3A)
      append(NestedCodec.value(source, item, value.physical), as: value, to: &bytes)
    }
    bytes.append(0x7D)
  }

  private static func keyText(_ value: Value, _ type: ColumnType) -> [UInt8] {
    if type == .variant, case .bytes(let content) = value,
      let scalar = VariantCodec.scalar(content.span, 0..<content.count)
    {
      return Array(ValueText.render(scalar.value, as: scalar.type).utf8)
    }
    return Array(ValueText.render(value, as: type).utf8)
  }

  private static func variant(_ source: Span<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8]) {
    let rest = min(range.lowerBound + 1, range.upperBound)..<range.upperBound
    switch VariantCodec.code(source, range) {
    case .array?: append(source, rest, as: .array(.variant), to: &bytes)
    case .map?: entries(source, rest, .variant, .variant, to: &bytes)
    default:
      guard let scalar = VariantCodec.scalar(source, range), scalar.type != .variant else {
        bytes += nullText
        return
      }
      append(scalar.value, as: scalar.type, to: &bytes)
    }
  }
}
