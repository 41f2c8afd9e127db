import DataModel

/// Places inside rows of the row codec.
enum RowBytes {
  /// Where encoded columns of these types end.
  static func end(of types: [PhysicalType], _ bytes: [UInt8], from start: Int) -> Int {
    var position = start
    for type in types {
      guard bytes[position] != 0 else {
        position += 1
        continue
      }
      switch type {
      case .int64, .float64: position += 9
      case .int128: position += 17
      case .bytes:
        position += 1
        while !(bytes[position] == 0 && bytes[position + 1] == 0) { position += bytes[position] == 0 ? 2 : 1 }
        position += 2
      }
    }
    return position
  }
}
