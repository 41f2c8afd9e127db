import Platform
package import WireTypes

/// Evaluates the two kinds of expressions of a node's config.
package enum Expression {
  /// One JavaScript expression. Without a value (`undefined`) it gives null.
  package static func evaluate(
    script text: String, in context: ExpressionContext, budget: inout ExpressionBudget
  ) throws(ExpressionFault) -> JSONValue {
    try result(of: try ScriptParser.parse(text), in: context, budget: &budget)
  }

  /// A text with holes, `{{expression}}`. A text that is one hole alone keeps the value's type; else values
  /// become text, those that are missing nothing.
  package static func evaluate(
    template text: String, in context: ExpressionContext, budget: inout ExpressionBudget
  ) throws(ExpressionFault) -> JSONValue {
    let template = try TemplateText(parsing: text)
    if let whole = template.wholeHole { return try result(of: whole, in: context, budget: &budget) }
    var out = ""
    for piece in template.pieces {
      switch piece {
      case .text(let text): out += text
      case .hole(let program):
        var evaluator = ScriptEvaluator(program: program, context: context, budget: budget)
        defer { budget = evaluator.budget }
        let value = try evaluator.run()
        if !value.isNullish { out += try evaluator.text(value, at: program.positions[program.root]) }
      }
      guard out.utf8.count <= Limits.expressionResultMax else {
        throw ExpressionFault("the text is too long", at: 0)
      }
    }
    return .string(out)
  }

  private static func result(
    of program: ScriptProgram, in context: ExpressionContext, budget: inout ExpressionBudget
  ) throws(ExpressionFault) -> JSONValue {
    var evaluator = ScriptEvaluator(program: program, context: context, budget: budget)
    defer { budget = evaluator.budget }
    let value = try evaluator.run().json
    guard value.isNested(atMost: Limits.expressionDepthMax) else {
      throw ExpressionFault("the value nests too deep", at: 0)
    }
    return value
  }
}

extension JSONValue {
  /// Whether lists and objects nest at most `depth` deep.
  package func isNested(atMost depth: Int) -> Bool {
    switch self {
    case .null, .bool, .number, .string: true
    case .array(let elements): depth > 0 && elements.allSatisfy { $0.isNested(atMost: depth - 1) }
    case .object(let members): depth > 0 && members.allSatisfy { $0.value.isNested(atMost: depth - 1) }
    }
  }
}
