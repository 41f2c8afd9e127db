import SQLFrontend

/// Random expressions of the dialect, mostly well typed, over the columns of `FuzzTables`.
struct ExpressionGrammar {
  /// What an expression is, roughly.
  enum Sort: Character, CaseIterable {
    case integer = "i"
    case bigint = "l"
    case decimal = "m"
    case double = "d"
    case text = "s"
    case binary = "y"
    case boolean = "b"
    case date = "D"
    case timestamp = "T"
    case time = "t"
    case long = "J"
    case short = "V"
    case numbers = "A"
    case texts = "S"
    case map = "M"
    case variant = "v"
    case unsigned = "u"
    case uuid = "U"
  }

  /// A name that precedes columns, like `x.`.
  var prefix = ""

  private static let names = BuiltinFunctions.names.sorted()

  func expression(_ sort: Sort, _ depth: Int, _ random: inout SeededGenerator) -> String {
    guard depth > 0, !random.chance(1, of: 8) else { return leaf(sort, &random) }
    if random.chance(1, of: 12) { return general(sort, depth - 1, &random) }
    if random.chance(1, of: 40) { return anyCall(depth - 1, &random) }
    let templates = ExpressionTemplates.of(sort)
    return fill(random.pick(templates), depth - 1, &random)
  }

  func any(_ depth: Int, _ random: inout SeededGenerator) -> String {
    expression(random.pick(Sort.allCases), depth, &random)
  }

  /// `%x` stands for an expression of the sort x.
  private func fill(_ template: String, _ depth: Int, _ random: inout SeededGenerator) -> String {
    var result = ""
    var isHole = false
    for character in template {
      if isHole {
        isHole = false
        if let sort = Sort(rawValue: character) {
          result += expression(sort, depth, &random)
        } else {
          result += character == "?" ? any(depth, &random) : String(character)
        }
      } else if character == "%" {
        isHole = true
      } else {
        result.append(character)
      }
    }
    return result
  }

  /// Forms that every sort has.
  private func general(_ sort: Sort, _ depth: Int, _ random: inout SeededGenerator) -> String {
    let a = expression(sort, depth, &random)
    let b = expression(sort, depth, &random)
    let condition = expression(.boolean, depth, &random)
    switch random.below(9) {
    case 0: return "case when \(condition) then \(a) else \(b) end"
    case 1: return "case \(a) when \(b) then \(a) end"
    case 2: return "coalesce(\(a), \(b))"
    case 3: return "nullif(\(a), \(b))"
    case 4: return "if(\(condition), \(a), \(b))"
    case 5: return "greatest(\(a), \(b))"
    case 6: return "least(\(a), \(b))"
    case 7:
      let type = ExpressionTemplates.type(sort, &random)
      return "cast(\(any(depth, &random)) as \(type))"
    default:
      let type = ExpressionTemplates.type(sort, &random)
      return "safe_cast(\(expression(.text, depth, &random)) as \(type))"
    }
  }

  /// Some function with whatever arguments.
  private func anyCall(_ depth: Int, _ random: inout SeededGenerator) -> String {
    let arguments = (0..<random.below(5)).map { _ in any(depth, &random) }
    return "\(random.pick(Self.names))(\(arguments.joined(separator: ", ")))"
  }

  private func leaf(_ sort: Sort, _ random: inout SeededGenerator) -> String {
    if random.chance(1, of: 25) { return "null" }
    if random.chance(1, of: 2), let column = FuzzTables.column(sort) { return prefix + column }
    return ExpressionTemplates.literal(sort, &random)
  }
}
