extension ScriptParser {
  /// A primary expression with its members, indices and calls.
  mutating func chained() throws(ExpressionFault) -> ScriptIndex {
    let start = tokenPosition
    var left = try primary()
    var isOptionalChain = false
    while true {
      let position = tokenPosition
      if try take(.dot) {
        left = try member(of: left, isOptional: false, at: position)
      } else if try take(.optionalDot) {
        isOptionalChain = true
        if try take(.leftBracket) {
          left = try index(of: left, isOptional: true, at: position)
        } else {
          left = try member(of: left, isOptional: true, at: position)
        }
      } else if try take(.leftBracket) {
        left = try index(of: left, isOptional: false, at: position)
      } else if token == .mark(.leftParenthesis) {
        throw ExpressionFault("only the named functions can be called", at: position)
      } else {
        break
      }
    }
    return isOptionalChain ? try add(.chain(left), at: start, over: [left]) : left
  }

  private mutating func index(
    of object: ScriptIndex, isOptional: Bool, at position: Int
  ) throws(ExpressionFault) -> ScriptIndex {
    let place = try value()
    try expect(.rightBracket)
    return try add(
      .index(object: object, index: place, isOptional: isOptional), at: position, over: [object, place])
  }

  private mutating func member(
    of object: ScriptIndex, isOptional: Bool, at position: Int
  ) throws(ExpressionFault) -> ScriptIndex {
    guard case .name(let name) = token else { throw unexpected() }
    try advance()
    guard token == .mark(.leftParenthesis) else {
      return try add(
        .member(object: object, name: name, isOptional: isOptional), at: position, over: [object])
    }
    let (arguments, children) = try self.arguments()
    return try add(
      .methodCall(object: object, name: name, arguments: arguments, isOptional: isOptional), at: position,
      over: [object] + children)
  }

  private mutating func arguments() throws(ExpressionFault) -> ([ScriptArgument], [ScriptIndex]) {
    try expect(.leftParenthesis)
    var arguments: [ScriptArgument] = []
    var children: [ScriptIndex] = []
    while token != .mark(.rightParenthesis) {
      if let parameters = try arrowParameters() {
        let body = try value()
        arguments.append(.arrow(parameters: parameters, body: body))
        children.append(body)
      } else {
        let isSpread = try take(.spread)
        let argument = try value()
        arguments.append(.value(ScriptElement(value: argument, isSpread: isSpread)))
        children.append(argument)
      }
      guard try take(.comma) else { break }
    }
    try expect(.rightParenthesis)
    return (arguments, children)
  }

  /// Takes `x =>` or `(x, y) =>`; nil, with nothing taken, where no function begins.
  private mutating func arrowParameters() throws(ExpressionFault) -> [String]? {
    var ahead = self
    var names: [String] = []
    if case .name(let name) = ahead.token {
      names = [name]
      try ahead.advance()
    } else if try ahead.take(.leftParenthesis) {
      while case .name(let name) = ahead.token {
        names.append(name)
        try ahead.advance()
        guard try ahead.take(.comma) else { break }
      }
      guard try ahead.take(.rightParenthesis) else { return nil }
    } else {
      return nil
    }
    guard try ahead.take(.arrow) else { return nil }
    guard ahead.token != .mark(.leftBrace) else {
      throw ExpressionFault("a function's body must be one expression", at: ahead.tokenPosition)
    }
    self = ahead
    return names
  }

  // MARK: Primary expressions

  private mutating func primary() throws(ExpressionFault) -> ScriptIndex {
    let position = tokenPosition
    switch token {
    case .number(let number, let text):
      try advance()
      return try add(.literal(ScriptValue(number: number, written: text)), at: position)
    case .string(let text):
      try advance()
      return try add(.literal(.string(text)), at: position)
    case .name(let name): return try named(name, at: position)
    case .mark(.leftParenthesis):
      try advance()
      let inner = try value()
      try expect(.rightParenthesis)
      guard token != .mark(.arrow) else { throw unexpected() }
      return inner
    case .mark(.leftBracket): return try array(at: position)
    case .mark(.leftBrace): return try object(at: position)
    case .mark(.backtick): return try template(at: position)
    case .mark, .end: throw unexpected()
    }
  }

  private mutating func named(_ name: String, at position: Int) throws(ExpressionFault) -> ScriptIndex {
    switch name {
    case "true", "false", "null", "undefined", "NaN", "Infinity":
      try advance()
      return try add(.literal(ScriptValue.words[name] ?? .undefined), at: position)
    case "new", "function", "class", "await", "async", "yield", "this", "delete", "void", "import", "throw",
      "return", "let", "const", "var", "if", "for", "while", "instanceof", "in":
      throw ExpressionFault("'\(name)' is not available", at: position)
    default: break
    }
    try advance()
    guard token == .mark(.leftParenthesis) else { return try add(.name(name), at: position) }
    let (arguments, children) = try self.arguments()
    return try add(.functionCall(name: name, arguments: arguments), at: position, over: children)
  }

  private mutating func array(at position: Int) throws(ExpressionFault) -> ScriptIndex {
    try expect(.leftBracket)
    var elements: [ScriptElement] = []
    while token != .mark(.rightBracket) {
      let isSpread = try take(.spread)
      elements.append(ScriptElement(value: try value(), isSpread: isSpread))
      guard try take(.comma) else { break }
    }
    try expect(.rightBracket)
    return try add(.array(elements), at: position, over: elements.map(\.value))
  }

  private mutating func object(at position: Int) throws(ExpressionFault) -> ScriptIndex {
    try expect(.leftBrace)
    var properties: [ScriptProperty] = []
    var children: [ScriptIndex] = []
    while token != .mark(.rightBrace) {
      let property = try self.property()
      properties.append(property)
      switch property {
      case .named(_, let value), .spread(let value): children.append(value)
      case .computed(let name, let value): children += [name, value]
      }
      guard try take(.comma) else { break }
    }
    try expect(.rightBrace)
    return try add(.object(properties), at: position, over: children)
  }

  private mutating func property() throws(ExpressionFault) -> ScriptProperty {
    let position = tokenPosition
    if try take(.spread) { return .spread(try value()) }
    if try take(.leftBracket) {
      let name = try value()
      try expect(.rightBracket)
      try expect(.colon)
      return .computed(name, try value())
    }
    switch token {
    case .name(let name):
      try advance()
      guard try take(.colon) else { return .named(name, try add(.name(name), at: position)) }
      return .named(name, try value())
    case .string(let name):
      try advance()
      try expect(.colon)
      return .named(name, try value())
    case .number(let number, _):
      try advance()
      try expect(.colon)
      return .named(ScriptNumber.text(number), try value())
    case .mark, .end: throw unexpected()
    }
  }

  /// A template string: the token is its opening backtick, so the lexer stands at its first character.
  private mutating func template(at position: Int) throws(ExpressionFault) -> ScriptIndex {
    var texts: [String] = []
    var holes: [ScriptIndex] = []
    var text: [UInt16] = []
    while let unit = lexer.unit {
      lexer.position += 1
      if unit == UInt16(ascii: "`") {
        texts.append(String(decoding: text, as: UTF16.self))
        try advance()
        return try add(.template(texts: texts, holes: holes), at: position, over: holes)
      }
      if unit == UInt16(ascii: "$"), lexer.unit == UInt16(ascii: "{") {
        lexer.position += 1
        texts.append(String(decoding: text, as: UTF16.self))
        text = []
        try advance()
        holes.append(try value())
        // The lexer already stands behind the brace: nothing after it has been read.
        guard token == .mark(.rightBrace) else { throw unexpected() }
      } else if unit == UInt16(ascii: "\\") {
        try lexer.escape(into: &text)
      } else {
        text.append(unit)
      }
    }
    throw ExpressionFault("text without end", at: position)
  }
}
