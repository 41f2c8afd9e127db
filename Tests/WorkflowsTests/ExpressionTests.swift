// Goal: expressions mean what they mean in JavaScript, as far as they are supported. Method: a table of texts with
// the JSON that a JavaScript engine gives (checked with Node), and texts that must be refused, with the position.
import Testing
import WireTypes
import Workflows

@Suite("Expressions")
struct ExpressionTests {
  static let context = ExpressionContext(
    nodes: try! JSONValue(
      parsing: #"""
        {"start":{"email":"jane@acme.com","n":3,"big":9223372036854775807,"frac":1.50,"ok":true,"none":null,
        "list":[1,2,3],"people":[{"name":"Ann","age":41},{"name":"Bob","age":17}],"text":"  Grüße 👋  "},
        "first_node":{"a":{"b":["x"]}}}
        """#))

  static func script(_ text: String) -> Result<JSONValue, ExpressionFault> {
    var budget = ExpressionBudget()
    do throws(ExpressionFault) {
      return .success(try Expression.evaluate(script: text, in: context, budget: &budget))
    } catch { return .failure(error) }
  }

  static func template(_ text: String) -> Result<JSONValue, ExpressionFault> {
    var budget = ExpressionBudget()
    do throws(ExpressionFault) {
      return .success(try Expression.evaluate(template: text, in: context, budget: &budget))
    } catch { return .failure(error) }
  }

  @Test(
    "values as JavaScript has them",
    arguments: [
      // Literals and operators.
      ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("2 ** 3 ** 2", "512"), ("7 % 4", "3"), ("-7 % 4", "-3"),
      ("1 / 0", "null"), ("0.1 + 0.2", "0.30000000000000004"), ("1e21 + 1", "1e+21"), ("1e-7", "1e-7"),
      ("123456789012345680000", "123456789012345680000"), ("0.00001", "0.00001"), ("100", "100"),
      ("'a' + 1", #""a1""#), ("1 + '2'", #""12""#), ("'3' * '4'", "12"), ("null + 1", "1"),
      ("true + true", "2"),
      ("undefined + 1", "null"), ("[] + ''", #""""#), ("[1,[2,3]] + ''", #""1,2,3""#),
      ("1 < 2 && 2 < 3", "true"), ("'b' > 'a'", "true"), ("'10' < '9'", "true"), ("10 < '9'", "false"),
      ("null == undefined", "true"), ("null === undefined", "false"), ("'1' == 1", "true"),
      ("'1' === 1", "false"),
      ("NaN === NaN", "false"), ("'a' || 'b'", #""a""#), ("'' || 'b'", #""b""#), ("0 ?? 5", "0"),
      ("null ?? 5", "5"),
      ("!0", "true"), ("!!'x'", "true"), ("-'3'", "-3"), ("typeof 'x'", #""string""#),
      ("typeof null", #""object""#),
      ("1 ? 'y' : 'n'", #""y""#), ("0 ? 'y' : 1 ? 'm' : 'n'", #""m""#), (#"'a\u0041\x42\n'"#, #""aAB\n""#),
      // Context.
      ("nodes.start.email", #""jane@acme.com""#), ("nodes['start']['email']", #""jane@acme.com""#),
      ("nodes.start.email.split('@')[1]", #""acme.com""#), ("nodes.start.missing", "null"),
      ("nodes.missing?.deep.path", "null"), ("nodes.missing?.list[0].x ?? 'd'", #""d""#),
      ("nodes.start.big", "9223372036854775807"), ("nodes.start.n + 1", "4"), ("nodes.start", nil),
      ("nodes.start.list.length", "3"), ("nodes.start.list[5]", "null"), ("nodes.start?.['n']", "3"),
      ("nodes.start.email !== undefined && nodes.start.email !== null", "true"),
      ("nodes.start.n > 100", "false"),
      // Texts.
      ("'abc'.toUpperCase()", #""ABC""#), ("'ÄÖ'.toLowerCase()", #""äö""#),
      ("nodes.start.text.trim()", #""Grüße 👋""#),
      ("'abcdef'.slice(1, -1)", #""bcde""#), ("'abcdef'.slice(-2)", #""ef""#),
      ("'abcdef'.substring(4, 1)", #""bcd""#),
      ("'abcdef'.substr(-3, 2)", #""de""#), ("'a,b,,c'.split(',')", #"["a","b","","c"]"#),
      ("'abc'.split('')", #"["a","b","c"]"#),
      ("'a-b-c'.split('-', 2)", #"["a","b"]"#), ("'abc'.includes('bc')", "true"),
      ("'abcabc'.indexOf('c', 3)", "5"),
      ("'abcabc'.lastIndexOf('b')", "4"), ("'x'.repeat(3)", #""xxx""#), ("'5'.padStart(3, '0')", #""005""#),
      ("'5'.padEnd(4, 'ab')", #""5aba""#), ("'a.b.c'.replace('.', '-')", #""a-b.c""#),
      ("'a.b.c'.replaceAll('.', '')", #""abc""#),
      ("'👋'.length", "2"), ("'abc'.charAt(1)", #""b""#), ("'abc'.at(-1)", #""c""#), ("'abc'[1]", #""b""#),
      ("'a'.charCodeAt(0)", "97"),
      ("'abc'.startsWith('ab') && 'abc'.endsWith('bc')", "true"),
      ("`n=${nodes.start.n}, ${`in${1 + 1}`}!`", #""n=3, in2!""#),
      // Lists and objects.
      ("[1, 2, ...[3, 4]].map(x => x * 2)", "[2,4,6,8]"),
      ("nodes.start.people.filter(p => p.age > 18).map((p, i) => `${i}:${p.name}`)", #"["0:Ann"]"#),
      ("nodes.start.people.find(p => p.name === 'Bob').age", "17"), ("[3, 1, 2].sort()", "[1,2,3]"),
      ("[10, 9, 1].sort()", "[1,10,9]"),
      ("[10, 9, 1].sort((a, b) => a - b)", "[1,9,10]"), ("[1, 2, 3].reduce((a, b) => a + b, 10)", "16"),
      ("[1, 2, 3].reduce((a, b) => a + b)", "6"),
      ("[0, 1, '', 'a', null].filter(Boolean)", #"[1,"a"]"#), ("['1', '2'].map(Number)", "[1,2]"),
      ("[[1, 2], [3]].flat()", "[1,2,3]"),
      ("[1, 2].flatMap(x => [x, x * 10])", "[1,10,2,20]"), ("[1, 2, 3].some(x => x > 2)", "true"),
      ("[1, 2, 3].every(x => x > 2)", "false"),
      ("['a', null, 'b'].join('-')", #""a--b""#), ("[1, 2, 3].slice(1)", "[2,3]"),
      ("[1].concat([2], 3)", "[1,2,3]"), ("[1, 2].reverse()", "[2,1]"),
      ("[1, 2].includes(2)", "true"), ("[1, 2].indexOf(5)", "-1"),
      ("({a: 1, 'b c': [2], ['k' + 1]: 3, ...{a: 9, z: undefined}})", #"{"a":9,"b c":[2],"k1":3}"#),
      ("Object.keys({x: 1, y: 2})", #"["x","y"]"#), ("Object.entries({x: 1})", #"[["x",1]]"#),
      ("Object.values({x: 1})", "[1]"),
      ("[1, 2, 3].map(x => nodes.start.list.filter(y => y < x).length)", "[0,1,2]"),
      // Functions.
      ("Math.max(1, 5, 3)", "5"), ("Math.min(...nodes.start.list)", "1"), ("Math.round(2.5)", "3"),
      ("Math.round(-2.5)", "-2"), ("Math.floor(-1.5)", "-2"),
      ("Math.abs(-3) + Math.sqrt(16)", "7"), ("Number('12.5')", "12.5"), ("Number('')", "0"),
      ("Number('x')", "null"), ("Number('0x1F')", "31"),
      ("String(12)", #""12""#), ("String(null)", #""null""#), ("parseInt('42px')", "42"),
      ("parseFloat('3.14abc')", "3.14"), ("(3.14159).toFixed(2)", #""3.14""#),
      ("JSON.stringify({a: [1, 'x', null]})", #""{\"a\":[1,\"x\",null]}""#),
      ("JSON.parse('[1,{\"a\":2}]')[1].a", "2"), ("isNaN('x')", "true"),
      ("Array.isArray([1]) && !Array.isArray('x')", "true"), ("Boolean('')", "false"),
      ("encodeURIComponent('a b&ü')", #""a%20b%26%C3%BC""#),
      ("Number.isInteger(5.0)", "true"), ("[1,2,3].at(-1)", "3"),
      ("nodes.start.list.map(String).join('')", #""123""#),
    ] as [(String, String?)])
  func values(_ text: String, _ expected: String?) throws {
    let value = try Self.script(text).get()
    if let expected {
      #expect(value.encoded == expected)
    } else {
      #expect(value == Self.context.nodes["start"])
    }
  }

  @Test(
    "what is refused, and where",
    arguments: [
      ("1 +", 3, "unexpected end"), ("a", 0, "a is not defined"),
      ("nodes.missing.x", 13, "cannot read 'x' of undefined"),
      ("nodes.start.none.x", 16, "cannot read 'x' of null"), ("x = 1", 2, "assignments"),
      ("new Date()", 0, "'new'"), ("Date.now()", 4, "Date"),
      ("'abc", 0, "without end"), ("/x/g", 0, "regular expressions"),
      ("[1].map(x => { return x })", 13, "one expression"),
      ("(x => x)(1)", 3, "function"), ("nodes.start.list.push(4)", 16, "not a function"),
      ("Math.random()", 4, "not available"), ("#", 0, "unexpected character"),
      ("1 2", 2, "unexpected literal"), ("'x'.repeat(100000000)", 3, "too long"),
      ("parentNodes.x", 0, "only available in a group"),
      ("this.x", 0, "'this'"), ("function() {}", 0, "'function'"),
      ("nodes.start.list.map(3)", 16, "expected a function"), ("eval('1')", 0, "not a function"),
      ("`a${1", 5, "unexpected end"), ("JSON.parse('{')", 4, "JSON.parse"), ("1n", 0, "not a number"),
      ("-1 ** 2", 3, "unexpected"),
      ("[f => f]", 3, "function"),
    ])
  func refused(_ text: String, _ position: Int, _ message: String) {
    guard case .failure(let fault) = Self.script(text) else {
      Issue.record("\(text) has a value")
      return
    }
    #expect(fault.message.contains(message), "\(fault)")
    #expect(fault.position == position, "\(fault)")
  }

  @Test(
    "templates: a whole hole keeps its type, else text",
    arguments: [
      ("{{nodes.start.n}}", "3"), ("{{ nodes.start.list }}", "[1,2,3]"), ("n={{nodes.start.n}}!", #""n=3!""#),
      (" {{nodes.start.n}}", #"" 3""#),
      ("{{nodes.start.n}}{{nodes.start.ok}}", #""3true""#),
      ("a {{nodes.start.missing}} b {{nodes.start.none}}", #""a  b ""#), ("plain", #""plain""#), ("", #""""#),
      ("{{ {a: {b: 1}} }}", #"{"a":{"b":1}}"#), ("{{ '}}' }}", #""}}""#), ("{{'a' + `${1}`}}x", #""a1x""#),
      ("{ {x} }", #""{ {x} }""#),
      ("{{nodes.start.missing}}", "null"),
      ("{{nodes.start.people[0]}} is one", #""{\"name\":\"Ann\",\"age\":41} is one""#),
      ("👋 {{nodes.start.n}}", #""👋 3""#),
    ])
  func templates(_ text: String, _ expected: String) throws {
    #expect(try Self.template(text).get().encoded == expected)
  }

  @Test(
    "faults of templates count from the whole text",
    arguments: [("ab {{ x }}", 6), ("{{1 2}}", 4), ("{{1", 3), ("{{1} }", 3), ("👋{{ y }}", 5)])
  func templateFaults(_ text: String, _ position: Int) {
    guard case .failure(let fault) = Self.template(text) else {
      Issue.record("\(text) has a value")
      return
    }
    #expect(fault.position == position, "\(fault)")
  }
}
