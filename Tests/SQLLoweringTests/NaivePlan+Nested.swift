import DataModel
import SQLFrontend

/// UNNEST and aggregates over all values by the plainest means: lists of values, sorted and counted.
extension NaivePlan {
  /// The items of an ARRAY, or key and value of each entry of a MAP.
  static func items(_ value: Value, _ type: ColumnType) -> [Row] {
    guard case .bytes(let bytes) = value else { return [] }
    let types: [ColumnType] =
      switch type {
      case .array(let element): [element]
      case .map(let key, let value): [key, value]
      default: []
      }
    var result: [Row] = []
    var position = 0
    while true {
      var item: Row = []
      for part in types {
        guard let next = NestedCodec.next(bytes.span, &position, end: bytes.count, part.physical) else {
          return result
        }
        item.append(NestedCodec.value(bytes.span, next, part.physical))
      }
      result.append(item)
    }
  }

  func unnest(_ input: ZSet, _ spec: UnnestSpec) throws -> ZSet {
    var result: ZSet = [:]
    for (row, weight) in input {
      var combinations: [Row] = [[]]
      var width = 0
      for array in spec.arrays {
        let items = NaivePlan.items(try value(array, row), array.type)
        if case .map = array.type { width += 2 } else { width += 1 }
        combinations = combinations.flatMap { left in items.map { left + $0 } }
      }
      let kept = spec.kept.map { row[$0] }
      for (index, items) in combinations.enumerated() {
        result.add(kept + items + (spec.ordinality ? [.int64(Int64(index + 1))] : []), weight)
      }
      if combinations.isEmpty, spec.keepsEmpty {
        result.add(kept + [Value](repeating: .null, count: width + (spec.ordinality ? 1 : 0)), weight)
      }
    }
    return result
  }

  func collect(_ input: ZSet, _ groups: [ScalarExpression], _ spec: CollectSpec) throws -> ZSet {
    var members: [Row: [Row]] = [:]
    for row in input.rows { members[try groups.map { try value($0, row) }, default: []].append(row) }
    var result: ZSet = [:]
    for (key, rows) in members {
      var values: Row = []
      for call in spec.calls { values.append(try collect(call, rows, spec)) }
      result.add(key + values, 1)
    }
    return result
  }

  private func collect(_ call: CollectCall, _ rows: [Row], _ spec: CollectSpec) throws -> Value {
    let decorated = try rows.map { row in
      (
        keys: try spec.order.map { try value($0.expression, row) },
        value: try value(call.argument, row),
        isIn: try call.filter.map { try value($0, row) == .boolean(true) } ?? true
      )
    }
    let sorted = decorated.sorted { left, right in
      for (position, key) in spec.order.enumerated() {
        let (a, b) = (left.keys[position], right.keys[position])
        if a == b { continue }
        if a.isNull || b.isNull { return a.isNull == key.nullsFirst }
        return isLess(a, b) != key.descending
      }
      return precedes([left.value], [right.value])
    }
    var values = sorted.filter(\.isIn).map(\.value)
    if call.distinct {
      var seen: Set<Value> = []
      values = values.filter { seen.insert($0).inserted }
    }
    let present = values.filter { !$0.isNull }
    switch call.function {
    case .array: return .bytes(NestedCodec.array(values))
    case .map: return map(values, call.type)
    case .mode:
      let counts = Dictionary(grouping: present, by: { $0 }).mapValues(\.count)
      let most = counts.values.max()
      return counts.filter { $0.value == most }.keys.min { isLess($0, $1) } ?? .null
    case .bitAnd: return bits(present, &)
    case .bitOr: return bits(present, |)
    case .bitXor: return bits(present, ^)
    }
  }

  /// The greatest value of each key.
  private func map(_ rows: [Value], _ type: ColumnType) -> Value {
    guard case .map(let key, let value) = type else { return .null }
    var entries: [Value: Value] = [:]
    for case .bytes(let row) in rows {
      var position = 0
      let parts = [key, value].map { part -> Value in
        guard let item = NestedCodec.next(row.span, &position, end: row.count, part.physical) else {
          return .null
        }
        return NestedCodec.value(row.span, item, part.physical)
      }
      guard let old = entries[parts[0]], !precedes([old], [parts[1]]) else {
        entries[parts[0]] = parts[1]
        continue
      }
    }
    return .bytes(NestedCodec.map(entries.map { (key: $0.key, value: $0.value) }))
  }

  private func bits(_ values: [Value], _ combine: (Int64, Int64) -> Int64) -> Value {
    var result: Int64?
    for case .int64(let number) in values { result = result.map { combine($0, number) } ?? number }
    return result.map { .int64($0) } ?? .null
  }

  private func precedes(_ left: Row, _ right: Row) -> Bool {
    for (a, b) in zip(left, right) where a != b {
      if a.isNull || b.isNull { return a.isNull }
      return isLess(a, b)
    }
    return false
  }
}
