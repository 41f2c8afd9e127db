/// How the values of an answer are put in order before they are compared.
enum SortMode: String, Sendable {
  case nosort, rowsort, valuesort
}

/// What a script says that a query gives.
enum Expectation: Sendable {
  /// One text a value, row by row.
  case values([String])
  case hash(count: Int, md5: String)
  /// The script only wants it to run.
  case anything
}

struct QueryRecord: Sendable {
  let line: Int
  /// One letter a column: I, T or R.
  let types: [UInt8]
  let sort: SortMode
  let sql: String
  let expected: Expectation
}

/// One record of a script, conditions already decided.
enum ScriptRecord: Sendable {
  case statement(line: Int, sql: String, expectsError: Bool)
  case query(QueryRecord)
  case halt(line: Int)
}

/// A script as the engines named in `ScriptParser.engines` see it.
struct Script: Sendable {
  let name: String
  var records: [ScriptRecord] = []
  /// Queries that are for other engines.
  var foreignQueries = 0
}

/// Reader of the sqllogictest format.
struct ScriptParser {
  /// Scripts are read as these engines would.
  static let engines: Set<String> = ["postgresql", "tidemark"]

  private let lines: [String]
  private var index = 0
  private var script: Script

  static func parse(_ bytes: [UInt8], name: String) throws -> Script {
    var parser = ScriptParser(bytes, name)
    try parser.run()
    return parser.script
  }

  private init(_ bytes: [UInt8], _ name: String) {
    lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
    script = Script(name: name)
  }

  private mutating func run() throws {
    var isOurs = true
    while index < lines.count {
      let line = index + 1
      let words = Self.words(lines[index])
      index += 1
      guard let first = words.first else { continue }
      switch first {
      case "onlyif": isOurs = isOurs && words.count > 1 && Self.engines.contains(words[1])
      case "skipif": isOurs = isOurs && !(words.count > 1 && Self.engines.contains(words[1]))
      case "hash-threshold": isOurs = true
      case "halt":
        if isOurs { script.records.append(.halt(line: line)) }
        isOurs = true
      case "statement":
        let sql = block().text
        if isOurs {
          let expectsError = words.count > 1 && words[1] == "error"
          script.records.append(.statement(line: line, sql: sql, expectsError: expectsError))
        }
        isOurs = true
      case "query":
        let query = try query(words, line)
        if isOurs { script.records.append(.query(query)) } else { script.foreignQueries += 1 }
        isOurs = true
      default: throw ScriptProblem("\(script.name):\(line): unknown record '\(first)'")
      }
    }
  }

  private mutating func query(_ words: [String], _ line: Int) throws -> QueryRecord {
    guard words.count > 1, words[1].utf8.allSatisfy({ "ITR".utf8.contains($0) }) else {
      throw ScriptProblem("\(script.name):\(line): a query names its types: I, T or R")
    }
    var sort = SortMode.nosort
    if words.count > 2 {
      guard let mode = SortMode(rawValue: words[2]) else {
        throw ScriptProblem("\(script.name):\(line): unknown sort mode '\(words[2])'")
      }
      sort = mode
    }
    let (sql, endsInResult) = block()
    var expected = Expectation.anything
    if endsInResult { expected = try expectation(line) }
    return QueryRecord(line: line, types: Array(words[1].utf8), sort: sort, sql: sql, expected: expected)
  }

  /// Lines up to an empty one or `----`.
  private mutating func block() -> (text: String, endsInResult: Bool) {
    var text: [String] = []
    while index < lines.count, !lines[index].isEmpty {
      let line = lines[index]
      index += 1
      if line == "----" { return (text.joined(separator: "\n"), true) }
      text.append(line)
    }
    return (text.joined(separator: "\n"), false)
  }

  private mutating func expectation(_ line: Int) throws -> Expectation {
    var values: [String] = []
    while index < lines.count, !lines[index].isEmpty {
      values.append(lines[index])
      index += 1
    }
    let words = values.count == 1 ? Self.words(values[0]) : []
    guard words.count == 5, words[1] == "values", words[2] == "hashing" else { return .values(values) }
    guard let count = Int(words[0]) else { throw ScriptProblem("\(script.name):\(line): bad hash line") }
    return .hash(count: count, md5: words[4])
  }

  /// Words of a control line; `#` begins a comment.
  private static func words(_ line: String) -> [String] {
    guard !line.isEmpty else { return [] }
    let bytes = line.utf8.prefix { $0 != UInt8(ascii: "#") }
    return bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map { String(Substring($0)) }
  }
}

/// Something in a script that the runner cannot go on from.
struct ScriptProblem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
