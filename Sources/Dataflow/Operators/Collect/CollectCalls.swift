import DataModel

/// One aggregate of a collect operator over the rows of groups.
struct CollectCalls {
  private let call: CollectDefinition.Call
  /// Columns of argument and filter.
  private let argument: Int
  private let filter: Int?

  /// Bytes of one array or map.
  private static let bytesMax = 1 << 28

  init(_ call: CollectDefinition.Call, argument: Int, filter: Int?) {
    self.call = call
    self.argument = argument
    self.filter = filter
  }

  /// One value a group.
  func run(
    _ columns: [ColumnVector], _ partitions: PartitionRows, _ groups: [Range<Int>]
  ) throws(EvaluationError) -> ColumnVector {
    var builder = ColumnBuilder(call.type.physical)
    for group in groups {
      var rows = Array(group)
      if let filter { rows = rows.filter { columns[filter].value(at: $0) == .boolean(true) } }
      builder.append(try value(columns[argument], partitions, rows))
    }
    return builder.finish()
  }

  private func value(
    _ column: ColumnVector, _ partitions: PartitionRows, _ rows: [Int]
  ) throws(EvaluationError) -> Value {
    switch call.function {
    case .array: return .bytes(try array(column, partitions, rows))
    case .map: return .bytes(try map(column, rows))
    case .mode: return mode(column, partitions.weights, rows)
    case .bitAnd, .bitOr, .bitXor: return try bits(column, partitions.weights, rows)
    }
  }

  // MARK: Arrays and maps

  private static var tooLarge: EvaluationError {
    EvaluationError(.invalidArgument, "the array or map of a group exceeds \(bytesMax) bytes")
  }

  /// Rows that the order leaves equal are in that of this call's values, whatever else is collected.
  private func array(
    _ column: ColumnVector, _ partitions: PartitionRows, _ rows: [Int]
  ) throws(EvaluationError) -> [UInt8] {
    var items: [(peers: Int, bytes: [UInt8], weight: Int64)] = []
    for row in rows {
      var bytes: [UInt8] = []
      NestedCodec.append(column, row, to: &bytes)
      items.append((partitions.peerStarts[row], bytes, partitions.weights[row]))
    }
    items.sort { left, right in
      left.peers == right.peers
        ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.peers < right.peers
    }
    if call.distinct {
      var seen: Set<[UInt8]> = []
      items = items.filter { seen.insert($0.bytes).inserted }.map { ($0.peers, $0.bytes, 1) }
    }
    var result: [UInt8] = []
    for item in items {
      let (size, overflow) = Int64(item.bytes.count).multipliedReportingOverflow(by: item.weight)
      guard !overflow, size <= Int64(Self.bytesMax - result.count) else { throw Self.tooLarge }
      for _ in 0..<item.weight { result += item.bytes }
    }
    result.append(NestedCodec.end)
    return result
  }

  /// Rows of key and value in their order: of equal keys the last counts.
  private func map(_ column: ColumnVector, _ rows: [Int]) throws(EvaluationError) -> [UInt8] {
    guard case .map(let key, let value) = call.type, case .bytes(let content) = column.storage else {
      preconditionFailure("the binder collects maps from rows of key and value")
    }
    var entries: [(key: [UInt8], value: [UInt8])] = []
    for row in rows where column.isValid(row) {
      let bytes = Array(content.bytes[content.range(row)])
      let source = bytes.span
      var position = 0
      guard let name = NestedCodec.next(source, &position, end: bytes.count, key.physical) else { continue }
      let middle = position
      guard NestedCodec.next(source, &position, end: bytes.count, value.physical) != nil else { continue }
      guard name != .null else { throw EvaluationError(.invalidArgument, "NULL as the key of a MAP") }
      entries.append((Array(bytes[..<middle]), Array(bytes[middle..<position])))
    }
    entries.sort { left, right in
      left.key == right.key
        ? left.value.lexicographicallyPrecedes(right.value) : left.key.lexicographicallyPrecedes(right.key)
    }
    var result: [UInt8] = []
    for (index, entry) in entries.enumerated() {
      if index + 1 < entries.count, entries[index + 1].key == entry.key { continue }
      guard result.count <= Self.bytesMax - entry.key.count - entry.value.count else { throw Self.tooLarge }
      result += entry.key + entry.value
    }
    result.append(NestedCodec.end)
    return result
  }

  // MARK: Values

  private func mode(_ column: ColumnVector, _ weights: [Int64], _ rows: [Int]) -> Value {
    var counts: [[UInt8]: (row: Int, count: Int64)] = [:]
    for row in rows where column.isValid(row) {
      var bytes: [UInt8] = []
      NestedCodec.append(column, row, to: &bytes)
      counts[bytes, default: (row, 0)].count &+= weights[row]
    }
    let best = counts.max { left, right in
      left.value.count == right.value.count
        ? right.key.lexicographicallyPrecedes(left.key) : left.value.count < right.value.count
    }
    return best.map { column.value(at: $0.value.row) } ?? .null
  }

  private func bits(
    _ column: ColumnVector, _ weights: [Int64], _ rows: [Int]
  ) throws(EvaluationError) -> Value {
    var result = Value.null
    var seen: Set<Value> = []
    for row in rows where column.isValid(row) {
      let value = column.value(at: row)
      if call.distinct, !seen.insert(value).inserted { continue }
      // Two equal values leave nothing of each other.
      let isEven = !call.distinct && weights[row] % 2 == 0
      if case .bitXor = call.function, isEven {
        let nothing = try combine(value, value)
        result = result.isNull ? nothing : try combine(result, nothing)
      } else {
        result = result.isNull ? value : try combine(result, value)
      }
    }
    return result
  }

  private func combine(_ left: Value, _ right: Value) throws(EvaluationError) -> Value {
    switch (left, right) {
    case (.int64(let a), .int64(let b)): return .int64(combine(a, b))
    case (.int128(let a), .int128(let b)): return .int128(combine(a, b))
    case (.bytes(let a), .bytes(let b)):
      guard a.count == b.count else {
        throw EvaluationError(.invalidArgument, "bits of binary strings of different lengths")
      }
      return .bytes(zip(a, b).map { combine($0, $1) })
    default: return .null
    }
  }

  private func combine<Number: BinaryInteger>(_ left: Number, _ right: Number) -> Number {
    switch call.function {
    case .bitAnd: left & right
    case .bitXor: left ^ right
    default: left | right
    }
  }
}
