/// Methods of lists. A function argument is called with the element and its place.
extension ScriptEvaluator {
  mutating func listMethod(
    _ name: String, of list: ScriptValue, _ arguments: [ScriptArgument], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    let count = list.count ?? 0
    try charge(count / 4, at: position)
    switch name {
    case "map", "filter", "find", "findIndex", "findLast", "some", "every", "flatMap":
      return try search(name, in: list, arguments, at: position)
    case "reduce": return try reduce(list, arguments, at: position)
    case "sort", "toSorted": return try sorted(list, arguments, at: position)
    default: return try plainListMethod(name, of: list, try values(arguments, at: position), at: position)
    }
  }

  private mutating func plainListMethod(
    _ name: String, of list: ScriptValue, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    let count = list.count ?? 0
    let first = values.first ?? .undefined
    switch name {
    case "at":
      let place = ScriptNumber.place(first.numeric)
      return list.element(place < 0 ? place + count : place)
    case "includes", "indexOf", "lastIndexOf":
      try charge(count, at: position)
      let places = name == "lastIndexOf" ? Array((0..<count).reversed()) : Array(0..<count)
      let found = places.first { list.element($0).isIdentical(to: first) }
      return name == "includes" ? .bool(found != nil) : .number(Double(found ?? -1))
    case "join":
      let separator = first.isUndefined ? "," : try text(first, at: position)
      return .string(try joined(list, separator: separator, at: position))
    case "toString": return .string(try text(list, at: position))
    case "slice":
      return try self.list(Self.slice(values, count: count).map { list.element($0) }, at: position)
    case "concat":
      var out = (0..<count).map { list.element($0) }
      for value in values { out += value.count.map { (0..<$0).map { value.element($0) } } ?? [value] }
      return try self.list(out, at: position)
    case "reverse", "toReversed":
      return try self.list((0..<count).reversed().map { list.element($0) }, at: position)
    case "flat":
      let depth = first.isUndefined ? 1 : max(0, min(16, ScriptNumber.place(first.numeric)))
      var out: [ScriptValue] = []
      try flatten(list, depth: depth, into: &out, at: position)
      return try self.list(out, at: position)
    default: return nil
    }
  }

  private mutating func flatten(
    _ list: ScriptValue, depth: Int, into out: inout [ScriptValue], at position: Int
  ) throws(ExpressionFault) {
    for place in 0..<(list.count ?? 0) {
      try charge(1, at: position)
      let element = list.element(place)
      if depth > 0, element.isList {
        try flatten(element, depth: depth - 1, into: &out, at: position)
      } else {
        out.append(element)
      }
    }
  }

  // MARK: Functions as arguments

  /// Calls the function that stands as an argument: `x => …`, or a named one such as `Boolean`.
  private mutating func call(
    _ function: ScriptArgument?, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    switch function {
    case .arrow(let parameters, let body):
      let outer = variables.count
      for (place, name) in parameters.enumerated() {
        variables.append(ScriptMember(name: name, value: place < values.count ? values[place] : .undefined))
      }
      defer { variables.removeLast(variables.count - outer) }
      return try value(body)
    case .value(let element):
      if case .name(let name) = program.nodes[element.value],
        let result = try convert(name, Array(values.prefix(1)), at: position)
      {
        return result
      }
      throw ExpressionFault("expected a function", at: position)
    case nil: throw ExpressionFault("expected a function", at: position)
    }
  }

  private mutating func search(
    _ name: String, in list: ScriptValue, _ arguments: [ScriptArgument], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    let function = arguments.first
    let count = list.count ?? 0
    var out: [ScriptValue] = []
    let places = name == "findLast" ? Array((0..<count).reversed()) : Array(0..<count)
    for place in places {
      let element = list.element(place)
      let result = try call(function, [element, .number(Double(place))], at: position)
      switch name {
      case "map": out.append(result)
      case "flatMap": out += result.count.map { (0..<$0).map { result.element($0) } } ?? [result]
      case "filter": if result.isTrue { out.append(element) }
      case "find", "findLast": if result.isTrue { return element }
      case "findIndex": if result.isTrue { return .number(Double(place)) }
      case "some": if result.isTrue { return .bool(true) }
      default: if !result.isTrue { return .bool(false) }
      }
      try charge(1 + (name == "flatMap" ? result.count ?? 0 : 0), at: position)
    }
    switch name {
    case "find", "findLast": return .undefined
    case "findIndex": return .number(-1)
    case "some": return .bool(false)
    case "every": return .bool(true)
    default: return try self.list(out, at: position)
    }
  }

  private mutating func reduce(
    _ list: ScriptValue, _ arguments: [ScriptArgument], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    let count = list.count ?? 0
    var start = 0
    var result: ScriptValue
    if arguments.count > 1 {
      result = try values(Array(arguments.dropFirst()), at: position).first ?? .undefined
    } else {
      guard count > 0 else { throw ExpressionFault("reduce of an empty list", at: position) }
      result = list.element(0)
      start = 1
    }
    for place in start..<max(start, count) {
      result = try call(arguments.first, [result, list.element(place), .number(Double(place))], at: position)
    }
    return result
  }

  /// A stable merge sort, because the order may be a function that fails.
  private mutating func sorted(
    _ list: ScriptValue, _ arguments: [ScriptArgument], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    var runs = (0..<(list.count ?? 0)).map { [list.element($0)] }
    while runs.count > 1 {
      var merged: [[ScriptValue]] = []
      for pair in stride(from: 0, to: runs.count, by: 2) {
        guard pair + 1 < runs.count else {
          merged.append(runs[pair])
          continue
        }
        merged.append(try merge(runs[pair], runs[pair + 1], by: arguments.first, at: position))
      }
      runs = merged
    }
    return try self.list(runs.first ?? [], at: position)
  }

  private mutating func merge(
    _ left: [ScriptValue], _ right: [ScriptValue], by function: ScriptArgument?, at position: Int
  ) throws(ExpressionFault) -> [ScriptValue] {
    var out: [ScriptValue] = []
    var (first, second) = (0, 0)
    while first < left.count, second < right.count {
      try charge(2, at: position)
      let takesRight: Bool
      if function != nil {
        takesRight = try call(function, [left[first], right[second]], at: position).numeric > 0
      } else {
        takesRight = ScriptText.precedes(
          try text(right[second], at: position), try text(left[first], at: position))
      }
      if takesRight {
        out.append(right[second])
        second += 1
      } else {
        out.append(left[first])
        first += 1
      }
    }
    return out + left[first...] + right[second...]
  }
}
