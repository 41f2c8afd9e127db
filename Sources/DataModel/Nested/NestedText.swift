/// Text forms of nested values: `[1, NULL]`, `{a=1, b=2}`, `{1, x}`; a VARIANT is its JSON text.
package enum NestedText {
  package static func append(
    _ source: Span<UInt8>, _ range: Range<Int>, as type: ColumnType, to bytes: inout [UInt8]
  ) {
    var position = range.lowerBound
    switch type {
    case .array(let element):
      bytes.append(0x5B)
      var isFirst = true
      while let item = NestedCodec.next(source, &position, end: range.upperBound, element.physical) {
        separate(&isFirst, to: &bytes)
        append(source, item, element, to: &bytes)
      }
      bytes.append(0x5D)
    case .map(let key, let value):
      bytes.append(0x7B)
      var isFirst = true
      while let name = NestedCodec.next(source, &position, end: range.upperBound, key.physical),
        let item = NestedCodec.next(source, &position, end: range.upperBound, value.physical)
      {
        separate(&isFirst, to: &bytes)
        append(source, name, key, to: &bytes)
        bytes.append(0x3D)
        append(source, item, value, to: &bytes)
      }
      bytes.append(0x7D)
    case .row(let fields):
      bytes.append(0x7B)
      var isFirst = true
      for field in fields {
        guard let item = NestedCodec.next(source, &position, end: range.upperBound, field.type.physical)
        else { break }
        separate(&isFirst, to: &bytes)
        append(source, item, field.type, to: &bytes)
      }
      bytes.append(0x7D)
    default: NestedJSON.append(source, range, as: type, to: &bytes)
    }
  }

  private static func separate(_ isFirst: inout Bool, to bytes: inout [UInt8]) {
    if !isFirst { bytes += [0x2C, 0x20] }
    isFirst = false
  }

  private static func append(
    _ source: Span<UInt8>, _ item: NestedCodec.Item, _ type: ColumnType, to bytes: inout [UInt8]
  ) {
    switch NestedCodec.value(source, item, type.physical) {
    case .null: bytes += [0x4E, 0x55, 0x4C, 0x4C]
    case .int64(let number): ValueText.append(number, as: type, to: &bytes)
    case .float64(let number): ValueText.append(number, as: type, to: &bytes)
    case .int128(let number): ValueText.append(number, as: type, to: &bytes)
    case .bytes(let content): ValueText.append(content.span, 0..<content.count, as: type, to: &bytes)
    }
  }
}
