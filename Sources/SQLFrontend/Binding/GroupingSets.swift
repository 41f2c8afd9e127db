import DataModel

/// The keys of a GROUP BY, each once, and which of them each grouping set has.
struct GroupingSets {
  private(set) var keys: [ScalarExpression] = []
  /// Positions in `keys`; one set without ROLLUP and its like.
  private(set) var sets: [[Int]] = [[]]

  static let setsMax = 256

  /// Every set has a key, so that there is no row without input.
  var isGrouped: Bool { sets.allSatisfy { !$0.isEmpty } }

  init(
    _ items: [SyntaxGroupItem], distinct: Bool, at range: TextRange,
    _ bind: (SyntaxExpression) throws(SQLFault) -> ScalarExpression
  ) throws(SQLFault) {
    for item in items {
      let further = try expanded(item, at: range, bind)
      try GroupingSets.check(sets.count * further.count, at: range)
      sets = sets.flatMap { set in further.map { set + $0 } }
    }
    sets = sets.map { Array(Set($0)).sorted() }
    guard distinct else { return }
    var seen: Set<[Int]> = []
    sets = sets.filter { seen.insert($0).inserted }
  }

  private static func check(_ count: Int, at range: TextRange) throws(SQLFault) {
    guard count <= setsMax else {
      throw SQLFault(.compilation, "GROUP BY has more than \(setsMax) grouping sets", at: range)
    }
  }

  private mutating func position(_ key: ScalarExpression) -> Int {
    if let known = keys.firstIndex(of: key) { return known }
    keys.append(key)
    return keys.count - 1
  }

  /// The sets that one item stands for.
  private mutating func expanded(
    _ item: SyntaxGroupItem, at range: TextRange,
    _ bind: (SyntaxExpression) throws(SQLFault) -> ScalarExpression
  ) throws(SQLFault) -> [[Int]] {
    switch item {
    case .empty: return [[]]
    case .expression(let expression):
      if case .row(let items) = expression.kind { return [try positions(items, bind)] }
      return [try positions([expression], bind)]
    case .rollup(let parts, let place):
      try GroupingSets.check(parts.count + 1, at: place)
      var bound: [[Int]] = []
      for part in parts { bound.append(try positions(part, bind)) }
      return (0...parts.count).reversed().map { bound.prefix($0).flatMap { $0 } }
    case .cube(let parts, let place):
      try GroupingSets.check(parts.count < 20 ? 1 << parts.count : .max, at: place)
      var result: [[Int]] = [[]]
      for part in parts {
        let more = try positions(part, bind)
        result = result.map { $0 + more } + result
      }
      return result
    case .sets(let items, let place):
      var result: [[Int]] = []
      for item in items {
        result += try expanded(item, at: range, bind)
        try GroupingSets.check(result.count, at: place)
      }
      return result
    }
  }

  private mutating func positions(
    _ expressions: [SyntaxExpression], _ bind: (SyntaxExpression) throws(SQLFault) -> ScalarExpression
  ) throws(SQLFault) -> [Int] {
    var result: [Int] = []
    for expression in expressions { result.append(position(try bind(expression))) }
    return result
  }
}
