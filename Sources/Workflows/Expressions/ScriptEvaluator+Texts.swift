import Platform

/// Methods of texts and numbers; places and lengths count UTF-16 code units.
extension ScriptEvaluator {
  mutating func callMethod(
    _ name: String, of target: ScriptValue, _ arguments: [ScriptArgument], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    let result: ScriptValue?
    switch target {
    case .undefined, .null: throw ExpressionFault("cannot call '\(name)' of \(target.kind)", at: position)
    case .array, .jsonArray: result = try listMethod(name, of: target, arguments, at: position)
    case .string(let text):
      result = try textMethod(name, of: text, try values(arguments, at: position), at: position)
    case .number, .digits, .bool, .object, .jsonObject:
      result = try plainMethod(name, of: target, try values(arguments, at: position), at: position)
    }
    guard let result else {
      throw ExpressionFault("\(name) is not a function of \(target.kind)", at: position)
    }
    return result
  }

  private mutating func plainMethod(
    _ name: String, of target: ScriptValue, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    switch name {
    case "toString": return .string(try text(target, at: position))
    case "toFixed":
      guard target.typeName == "number" else { return nil }
      let digits = values.first.map { ScriptNumber.place($0.numeric) } ?? 0
      return .string(ScriptNumber.fixed(target.numeric, digits: digits))
    case "hasOwnProperty":
      let key = try text(values.first ?? .undefined, at: position)
      return .bool(target.members?.contains { ScriptText.same($0.name, key) } ?? false)
    default: return nil
    }
  }

  private mutating func textMethod(
    _ name: String, of text: String, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    try charge(text.utf8.count / 16, at: position)
    let units = Array(text.utf16)
    let first = values.first ?? .undefined
    let place = ScriptNumber.place(first.numeric)
    switch name {
    case "toString", "valueOf": return .string(text)
    case "toUpperCase", "toLocaleUpperCase": return try made(text.uppercased(), at: position)
    case "toLowerCase", "toLocaleLowerCase": return try made(text.lowercased(), at: position)
    case "trim": return .string(Self.trimmed(units, start: true, end: true))
    case "trimStart": return .string(Self.trimmed(units, start: true, end: false))
    case "trimEnd": return .string(Self.trimmed(units, start: false, end: true))
    case "at": return try character(place < 0 ? place + units.count : place, of: text, at: position)
    case "charAt":
      let found = try character(place, of: text, at: position)
      return found.isUndefined ? .string("") : found
    case "charCodeAt", "codePointAt":
      return .number(units.indices.contains(place) ? Double(units[place]) : .nan)
    case "slice": return .string(Self.cut(units, Self.slice(values, count: units.count)))
    case "substring", "substr": return .string(Self.cut(units, Self.span(name, values, count: units.count)))
    case "concat":
      var out = text
      for value in values { out += try self.text(value, at: position) }
      return try made(out, at: position)
    case "repeat":
      let most = Limits.expressionResultMax
      guard (0...most).contains(place), units.count <= most, units.count * place <= most else {
        throw ExpressionFault("the text is too long", at: position)
      }
      return try made(String(repeating: text, count: units.isEmpty ? 0 : place), at: position)
    case "padStart", "padEnd": return try padded(units, atStart: name == "padStart", values, at: position)
    default: return try searchMethod(name, in: units, values, at: position)
    }
  }

  private mutating func searchMethod(
    _ name: String, in units: [UInt16], _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue? {
    if name == "split", values.first?.isUndefined ?? true {
      return try list([.string(String(decoding: units, as: UTF16.self))], at: position)
    }
    let known: Set<String> = [
      "includes", "indexOf", "lastIndexOf", "startsWith", "endsWith", "split", "replace", "replaceAll",
    ]
    guard known.contains(name) else { return nil }
    let needle = Array(try text(values.first ?? .undefined, at: position).utf16)
    let from = values.count > 1 ? max(0, min(units.count, ScriptNumber.place(values[1].numeric))) : 0
    switch name {
    case "includes": return .bool((try find(needle, in: units, from: from, at: position)) != nil)
    case "indexOf": return .number(Double((try find(needle, in: units, from: from, at: position)) ?? -1))
    case "lastIndexOf":
      let last = try occurrences(of: needle, in: units, overlapping: true, at: position).last
      return .number(Double(needle.isEmpty ? units.count : last ?? -1))
    case "startsWith": return .bool(units[from...].starts(with: needle))
    case "endsWith": return .bool(units.suffix(needle.count).elementsEqual(needle))
    case "split":
      return try split(units, at: needle, limit: values.count > 1 ? values[1] : .undefined, position)
    default:
      let replacement = try text(values.count > 1 ? values[1] : .undefined, at: position)
      return try replaced(needle, in: units, by: replacement, all: name == "replaceAll", at: position)
    }
  }

  private mutating func split(
    _ units: [UInt16], at separator: [UInt16], limit: ScriptValue, _ position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    var pieces: [ScriptValue] = []
    if separator.isEmpty {
      try charge(units.count, at: position)
      pieces = units.map { .string(String(decoding: [$0], as: UTF16.self)) }
    } else {
      var start = 0
      for found in try occurrences(of: separator, in: units, overlapping: false, at: position) {
        pieces.append(.string(Self.cut(units, start..<found)))
        start = found + separator.count
      }
      pieces.append(.string(Self.cut(units, start..<units.count)))
    }
    if !limit.isUndefined { pieces = Array(pieces.prefix(max(0, ScriptNumber.place(limit.numeric)))) }
    return try list(pieces, at: position)
  }

  private mutating func replaced(
    _ needle: [UInt16], in units: [UInt16], by text: String, all: Bool, at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    var places = try occurrences(of: needle, in: units, overlapping: false, at: position)
    if !all { places = Array(places.prefix(1)) }
    let replacement = Array(text.utf16)
    guard units.count + places.count * replacement.count <= Limits.expressionResultMax else {
      throw ExpressionFault("the text is too long", at: position)
    }
    var out: [UInt16] = []
    var start = 0
    for place in places {
      out += units[start..<place]
      out += replacement
      start = place + needle.count
    }
    out += units[start...]
    return try made(String(decoding: out, as: UTF16.self), at: position)
  }

  private mutating func padded(
    _ units: [UInt16], atStart: Bool, _ values: [ScriptValue], at position: Int
  ) throws(ExpressionFault) -> ScriptValue {
    let width = ScriptNumber.place(values.first?.numeric ?? 0)
    guard width <= Limits.expressionResultMax else {
      throw ExpressionFault("the text is too long", at: position)
    }
    let filler = Array(values.count > 1 ? try text(values[1], at: position).utf16 : " ".utf16)
    guard width > units.count, !filler.isEmpty else {
      return .string(String(decoding: units, as: UTF16.self))
    }
    let pad = (0..<width - units.count).map { filler[$0 % filler.count] }
    return try made(String(decoding: atStart ? pad + units : units + pad, as: UTF16.self), at: position)
  }

  // MARK: Code units

  private static func trimmed(_ units: [UInt16], start: Bool, end: Bool) -> String {
    var rest = units[...]
    while start, let first = rest.first, ScriptText.isBlank(first) { rest.removeFirst() }
    while end, let last = rest.last, ScriptText.isBlank(last) { rest.removeLast() }
    return String(decoding: rest, as: UTF16.self)
  }

  private static func cut(_ units: [UInt16], _ range: Range<Int>) -> String {
    String(decoding: units[range], as: UTF16.self)
  }

  /// The range of `slice(start, end)`: negative places count from the end.
  static func slice(_ values: [ScriptValue], count: Int) -> Range<Int> {
    func place(_ index: Int, _ missing: Int) -> Int {
      guard values.count > index, !values[index].isUndefined else { return missing }
      let place = ScriptNumber.place(values[index].numeric)
      return max(0, min(count, place < 0 ? place + count : place))
    }
    let start = place(0, 0)
    return start..<max(start, place(1, count))
  }

  private static func span(_ name: String, _ values: [ScriptValue], count: Int) -> Range<Int> {
    let first = ScriptNumber.place(values.first?.numeric ?? 0)
    guard values.count > 1, !values[1].isUndefined else {
      let start = name == "substr" && first < 0 ? first + count : first
      return max(0, min(count, start))..<count
    }
    let second = ScriptNumber.place(values[1].numeric)
    if name == "substr" {
      let start = max(0, min(count, first < 0 ? first + count : first))
      return start..<max(start, min(count, start + min(count, max(0, second))))
    }
    let bounds = [first, second].map { max(0, min(count, $0)) }.sorted()
    return bounds[0]..<bounds[1]
  }

  /// The first place from `from` on; compares are work, because needles may nearly match everywhere.
  private mutating func find(
    _ needle: [UInt16], in units: [UInt16], from: Int, at position: Int
  ) throws(ExpressionFault) -> Int? {
    guard let first = needle.first else { return from }
    var compared = 0
    var place = from
    while place + needle.count <= units.count {
      if units[place] == first {
        var matched = 1
        while matched < needle.count, units[place + matched] == needle[matched] { matched += 1 }
        if matched == needle.count {
          try charge(compared / 16, at: position)
          return place
        }
        compared += matched
        if compared > 1 << 16 {
          try charge(compared / 16, at: position)
          compared = 0
        }
      }
      compared += 1
      place += 1
    }
    try charge(compared / 16, at: position)
    return nil
  }

  private mutating func occurrences(
    of needle: [UInt16], in units: [UInt16], overlapping: Bool, at position: Int
  ) throws(ExpressionFault) -> [Int] {
    guard !needle.isEmpty else { return [0] }
    var places: [Int] = []
    var from = 0
    while let place = try find(needle, in: units, from: from, at: position) {
      try charge(1, at: position)
      places.append(place)
      from = place + (overlapping ? 1 : needle.count)
    }
    return places
  }
}
