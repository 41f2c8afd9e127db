import Platform
import WireTypes

/// Evaluates one program within a budget of work. Functions are called by list methods only, so the depth of
/// the program bounds the stack.
struct ScriptEvaluator {
  let program: ScriptProgram
  let context: ExpressionContext
  var budget: ExpressionBudget
  /// Parameters of the functions around the present node, innermost last.
  var variables: [ScriptMember] = []
  /// An optional link of the present chain found nothing; the rest of the chain is skipped.
  private var isSkipping = false

  init(program: ScriptProgram, context: ExpressionContext, budget: ExpressionBudget) {
    self.program = program
    self.context = context
    self.budget = budget
  }

  mutating func run() throws(ExpressionFault) -> ScriptValue { try value(program.root) }

  // MARK: Work

  mutating func charge(_ units: Int, at position: Int) throws(ExpressionFault) {
    guard budget.take(units) else { throw ExpressionFault("too much work", at: position) }
  }

  /// A text that was made here: counted, and refused beyond its bound.
  mutating func made(_ text: String, at position: Int) throws(ExpressionFault) -> ScriptValue {
    let size = text.utf8.count
    guard size <= Limits.expressionResultMax else {
      throw ExpressionFault("the text is too long", at: position)
    }
    try charge(size / 16, at: position)
    return .string(text)
  }

  mutating func list(_ elements: [ScriptValue], at position: Int) throws(ExpressionFault) -> ScriptValue {
    try charge(elements.count, at: position)
    var depth = 0
    for element in elements { depth = max(depth, element.depth) }
    guard depth < Limits.expressionDepthMax else {
      throw ExpressionFault("the value nests too deep", at: position)
    }
    return .array(elements, depth: depth + 1)
  }

  mutating func object(_ members: [ScriptMember], at position: Int) throws(ExpressionFault) -> ScriptValue {
    try charge(members.count, at: position)
    var depth = 0
    for member in members { depth = max(depth, member.value.depth) }
    guard depth < Limits.expressionDepthMax else {
      throw ExpressionFault("the value nests too deep", at: position)
    }
    return .object(members, depth: depth + 1)
  }

  // MARK: Nodes

  mutating func value(_ index: ScriptIndex) throws(ExpressionFault) -> ScriptValue {
    let position = program.positions[index]
    try charge(1, at: position)
    switch program.nodes[index] {
    case .literal(let value): return value
    case .name(let name): return try variable(name, at: position)
    case .member(let object, let name, let isOptional):
      guard let target = try link(object, isOptional: isOptional) else { return .undefined }
      return try member(name, of: target, at: position)
    case .index(let object, let place, let isOptional):
      guard let target = try link(object, isOptional: isOptional) else { return .undefined }
      return try element(try apart(place), of: target, at: position)
    case .functionCall(let name, let arguments): return try callFunction(name, arguments, at: position)
    case .methodCall(let object, let name, let arguments, let isOptional):
      if let result = try callNamespace(object, name, arguments, at: position) { return result }
      guard let target = try link(object, isOptional: isOptional) else { return .undefined }
      return try callMethod(name, of: target, arguments, at: position)
    case .chain(let inner): return try apart(inner)
    case .unary(let mark, let operand): return try unary(mark, try value(operand))
    case .typeName(let operand): return .string(try value(operand).typeName)
    case .binary(let mark, let left, let right):
      return try binary(mark, try value(left), try value(right), at: position)
    case .logical(let mark, let left, let right): return try logical(mark, left, right)
    case .conditional(let condition, let then, let otherwise):
      return try value(try value(condition).isTrue ? then : otherwise)
    case .array(let elements): return try arrayLiteral(elements, at: position)
    case .object(let properties): return try objectLiteral(properties, at: position)
    case .template(let texts, let holes): return try template(texts, holes, at: position)
    }
  }

  /// Evaluates outside the present optional chain.
  private mutating func apart(_ index: ScriptIndex) throws(ExpressionFault) -> ScriptValue {
    let outer = isSkipping
    isSkipping = false
    defer { isSkipping = outer }
    return try value(index)
  }

  /// The object of a link; nil when the chain ends here with `undefined`.
  private mutating func link(_ object: ScriptIndex, isOptional: Bool) throws(ExpressionFault) -> ScriptValue?
  {
    let target = try value(object)
    if isSkipping { return nil }
    if isOptional, target.isNullish {
      isSkipping = true
      return nil
    }
    return target
  }

  private mutating func variable(_ name: String, at position: Int) throws(ExpressionFault) -> ScriptValue {
    for variable in variables.reversed() where ScriptText.same(variable.name, name) { return variable.value }
    switch name {
    case "nodes": return ScriptValue(context.nodes)
    case "parentNodes":
      guard let parent = context.parentNodes else {
        throw ExpressionFault("parentNodes is only available in a group", at: position)
      }
      return ScriptValue(parent)
    default: throw ExpressionFault("\(name) is not defined", at: position)
    }
  }

  private mutating func logical(
    _ mark: ScriptMark, _ left: ScriptIndex, _ right: ScriptIndex
  ) throws(ExpressionFault) -> ScriptValue {
    let first = try value(left)
    switch mark {
    case .and: return first.isTrue ? try value(right) : first
    case .or: return first.isTrue ? first : try value(right)
    default: return first.isNullish ? try value(right) : first
    }
  }

  private mutating func arrayLiteral(
    _ elements: [ScriptElement], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    var out: [ScriptValue] = []
    for element in elements { out += try spread(element, at: position) }
    return try list(out, at: position)
  }

  /// One argument or element, or the elements of a spread one.
  mutating func spread(_ element: ScriptElement, at position: Int) throws(ExpressionFault) -> [ScriptValue] {
    let value = try apart(element.value)
    guard element.isSpread else { return [value] }
    guard let count = value.count else {
      throw ExpressionFault("\(value.kind) cannot be spread", at: position)
    }
    try charge(count, at: position)
    return (0..<count).map { value.element($0) }
  }

  private mutating func objectLiteral(
    _ properties: [ScriptProperty], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    var members: [ScriptMember] = []
    for property in properties {
      switch property {
      case .named(let name, let index):
        let value = try apart(index)
        try put(name, value, into: &members, at: position)
      case .computed(let name, let index):
        let text = try self.text(try apart(name), at: position)
        let value = try apart(index)
        try put(text, value, into: &members, at: position)
      case .spread(let index):
        for member in try apart(index).members ?? [] {
          try put(member.name, member.value, into: &members, at: position)
        }
      }
    }
    return try object(members, at: position)
  }

  mutating func put(
    _ name: String, _ value: ScriptValue, into members: inout [ScriptMember], at position: Int
  ) throws(ExpressionFault) {
    try charge(1 + members.count / 8, at: position)
    if let place = members.firstIndex(where: { ScriptText.same($0.name, name) }) {
      members[place].value = value
    } else {
      members.append(ScriptMember(name: name, value: value))
    }
  }

  private mutating func template(
    _ texts: [String], _ holes: [ScriptIndex], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    var out = texts.first ?? ""
    for (hole, text) in zip(holes, texts.dropFirst()) {
      let filled = try self.text(try apart(hole), at: position)
      try charge(filled.utf8.count / 16, at: position)
      out += filled + text
      guard out.utf8.count <= Limits.expressionResultMax else {
        throw ExpressionFault("the text is too long", at: position)
      }
    }
    return try made(out, at: position)
  }
}
