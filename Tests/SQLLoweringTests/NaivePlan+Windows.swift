import DataModel
import SQLFrontend

/// Windows by the plainest means: every row of a partition looks at all of them.
extension NaivePlan {
  private struct Member {
    let row: Row
    let key: Row
  }

  func window(_ input: ZSet, _ spec: WindowSpec) throws -> ZSet {
    var partitions: [Row: [Member]] = [:]
    for row in input.rows {
      let key = try spec.order.map { try value($0.expression, row) }
      partitions[try spec.partition.map { try value($0, row) }, default: []].append(
        Member(row: row, key: key))
    }
    var result: ZSet = [:]
    for unsorted in partitions.values {
      let members = unsorted.sorted { comparison($0, $1, spec) < 0 }
      for index in members.indices {
        let rank = 1 + members.count { compareKeys($0.key, members[index].key, spec) < 0 }
        let smaller = Set(members.map(\.key).filter { compareKeys($0, members[index].key, spec) < 0 })
        if let cut = spec.cut {
          let position =
            cut.ranking == .rowNumber ? index + 1 : cut.ranking == .rank ? rank : smaller.count + 1
          guard position > cut.skip, position <= cut.skip + (cut.count ?? 1_000_000) else { continue }
        }
        let calls = try spec.calls.map { call -> Value in
          switch call.function {
          case .rowNumber: return .int64(Int64(index + 1))
          case .rank: return .int64(Int64(rank))
          case .denseRank: return .int64(Int64(smaller.count + 1))
          default: return try evaluate(call, index, members, spec)
          }
        }
        result.add(members[index].row + calls, 1)
      }
    }
    return result
  }

  private func compareKeys(_ left: Row, _ right: Row, _ spec: WindowSpec) -> Int {
    for (index, key) in spec.order.enumerated() {
      let (a, b) = (left[index], right[index])
      if a == b { continue }
      if a.isNull || b.isNull { return a.isNull == key.nullsFirst ? -1 : 1 }
      return isLess(a, b) != key.descending ? -1 : 1
    }
    return 0
  }

  /// Ties break by the row: column after column, NULL first.
  private func comparison(_ left: Member, _ right: Member, _ spec: WindowSpec) -> Int {
    let order = compareKeys(left.key, right.key, spec)
    if order != 0 { return order }
    for (a, b) in zip(left.row, right.row) where a != b {
      if a.isNull || b.isNull { return a.isNull ? -1 : 1 }
      return isLess(a, b) ? -1 : 1
    }
    return 0
  }

  private func evaluate(
    _ call: WindowCall, _ index: Int, _ members: [Member], _ spec: WindowSpec
  ) throws -> Value {
    switch call.function {
    case .ntile:
      guard case .int64(let buckets) = try value(call.arguments[0], members[index].row) else { return .null }
      let sizes = (0..<Int(buckets)).map {
        members.count / Int(buckets) + ($0 < members.count % Int(buckets) ? 1 : 0)
      }
      var end = 0
      for (bucket, size) in sizes.enumerated() {
        end += size
        if index < end { return .int64(Int64(bucket + 1)) }
      }
      return .null
    case .percentRank, .cumulativeDistribution:
      let before = members.count { compareKeys($0.key, members[index].key, spec) < 0 }
      let through = members.count { compareKeys($0.key, members[index].key, spec) <= 0 }
      if case .cumulativeDistribution = call.function {
        return .float64(Double(through) / Double(members.count))
      }
      return .float64(members.count > 1 ? Double(before) / Double(members.count - 1) : 0)
    case .shifted(let distance) where call.ignoresNulls && distance != 0:
      let others = distance > 0 ? Array(members[..<index].reversed()) : Array(members[(index + 1)...])
      let values = try others.map { try value(call.arguments[0], $0.row) }.filter { !$0.isNull }
      if abs(distance) <= values.count { return values[abs(distance) - 1] }
      return call.arguments.count > 1 ? try value(call.arguments[1], members[index].row) : .null
    case .shifted(let distance):
      let source = index - distance
      if members.indices.contains(source) { return try value(call.arguments[0], members[source].row) }
      return call.arguments.count > 1 ? try value(call.arguments[1], members[index].row) : .null
    case .sessionStart(let gap), .sessionEnd(let gap):
      guard case .int64 = members[index].key[0] else { return .null }
      let times = members.compactMap { if case .int64(let time) = $0.key[0] { time } else { nil } }
      var (first, last) = (
        index - members.count { $0.key[0].isNull && !spec.order[0].nullsFirst ? false : $0.key[0].isNull }, 0
      )
      last = first
      while first > 0, times[first] - times[first - 1] < gap { first -= 1 }
      while last + 1 < times.count, times[last + 1] - times[last] < gap { last += 1 }
      if case .sessionStart = call.function { return .int64(times[first]) }
      return .int64(times[last] + gap)
    default: break
    }
    let frame = members.indices.filter { isInside($0, index, members, call.frame, spec) }
    let values = try call.arguments.isEmpty ? [] : frame.map { try value(call.arguments[0], members[$0].row) }
    let present = values.filter { !$0.isNull }
    switch call.function {
    case .countAll: return .int64(Int64(frame.count))
    case .count: return .int64(Int64(present.count))
    case .firstValue: return (call.ignoresNulls ? present : values).first ?? .null
    case .lastValue: return (call.ignoresNulls ? present : values).last ?? .null
    case .nthValue(let number):
      let all = call.ignoresNulls ? present : values
      return number <= all.count ? all[number - 1] : .null
    case .minimum: return present.dropFirst().reduce(present.first ?? .null) { isLess($1, $0) ? $1 : $0 }
    case .maximum: return present.dropFirst().reduce(present.first ?? .null) { isLess($0, $1) ? $1 : $0 }
    default:
      var isAverage = false
      if case .average = call.function { isAverage = true }
      return total(present, average: isAverage)
    }
  }

  private func isInside(
    _ other: Int, _ own: Int, _ members: [Member], _ frame: WindowFrame, _ spec: WindowSpec
  ) -> Bool {
    /// Below 0 before the bound, 0 on it, above 0 behind.
    func side(_ bound: WindowFrame.Bound) -> Int {
      switch bound {
      case .unboundedPreceding: return 1
      case .unboundedFollowing: return -1
      case .offset(let distance):
        if frame.unit == .rows { return other - own - Int(distance) }
        let order = compareKeys(members[other].key, members[own].key, spec)
        guard distance != 0, let a = whole(members[other].key[0]), let b = whole(members[own].key[0]) else {
          return order
        }
        let ahead = spec.order[0].descending ? b - a : a - b
        return Int((ahead - Int128(distance)).signum())
      case .real(let distance):
        guard case .float64(let a) = members[other].key[0], case .float64(let b) = members[own].key[0] else {
          return compareKeys(members[other].key, members[own].key, spec)
        }
        let ahead = spec.order[0].descending ? b - a : a - b
        return ahead < distance ? -1 : ahead > distance ? 1 : 0
      case .months: preconditionFailure("frames of months are compared with DuckDB, in Tests/Acceptance/programs")
      }
    }
    return side(frame.start) >= 0 && side(frame.end) <= 0
  }

  private func whole(_ value: Value) -> Int128? {
    switch value {
    case .int64(let number): Int128(number)
    case .int128(let number): number
    default: nil
    }
  }
}
