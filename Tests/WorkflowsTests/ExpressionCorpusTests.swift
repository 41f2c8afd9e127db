// Goal: expressions mean what they mean in JavaScript. Method: expressions that were made at random from a grammar, with
// the JSON that Node 20 gave for them (ERR where it threw); the generator keeps to the supported subset.
import Testing
import WireTypes
import Workflows

@Suite("Expressions: a corpus answered by Node")
struct ExpressionCorpusTests {
  static let context = ExpressionContext(
    nodes: [
      "start": [
        "email": "jane@acme.com", "n": 3, "frac": 1.5, "neg": -7, "zero": 0, "ok": true, "no": false, "none": .null,
        "list": [1, 2, 3], "mixed": [1, "2", .null, true, [4, "5"]],
        "people": [["name": "Ann", "age": 41], ["name": "Bob", "age": 17]], "text": "  Grüße 👋 a-b-a  ", "empty": "",
        "obj": ["a": 1, "b": "x", "c": ["d": [true]]],
      ]
    ])

  @Test("every expression gives what Node gives")
  func corpus() {
    let lines = Self.corpus.split(separator: "\n")
    #expect(lines.count > 400)
    for line in lines {
      let parts = line.split(separator: " ⇒ ")
      var budget = ExpressionBudget()
      let found: String
      do throws(ExpressionFault) {
        found = try Expression.evaluate(script: String(parts[0]), in: Self.context, budget: &budget).encoded
      } catch { found = "ERR" }
      #expect(found == parts[1], "\(parts[0])")
    }
  }

  static let corpus = #"""
    Object.values(nodes.start.people.find(p => p.age > nodes.start.empty.length)) ⇒ ["Ann",41]
    'Hello World'.repeat(1) ⇒ "Hello World"
    nodes.start.people.find(p => p.age > nodes.start.frac) ⇒ {"name":"Ann","age":41}
    undefined ⇒ null
    nodes.start.people.find(p => p.age > (nodes.start.n + 1e3)) ⇒ null
    nodes.start.none ⇒ null
    null ⇒ null
    (1e3 ?? true) ⇒ 1000
    String(nodes.start.missing).lastIndexOf('12.5px') ⇒ -1
    ({x: nodes.start.mixed.slice(0, 10), y: Object.keys(nodes.start.obj)}) ⇒ {"x":[1,"2",null,true,[4,"5"]],"y":["a","b","c"]}
    ((nodes.start.ok && nodes.start.ok) ?? [1, 'a', null].length) ⇒ true
    nodes.start.missing ⇒ null
    nodes.gone?.x.y[0] ⇒ null
    nodes.start.mixed.flat().includes(nodes.gone?.x.y[0]) ⇒ false
    (undefined && nodes.start.zero) ⇒ null
    'abc'.indexOf('a') ⇒ 0
    nodes.start.people.find(p => p.age > (false ? 2 : 1e21)) ⇒ null
    [[1], [2, [3]]].flat() ⇒ [1,2,[3]]
    nodes.start.people[0]?.name ⇒ "Ann"
    nodes.start.people.find(p => p.age > 1) ⇒ {"name":"Ann","age":41}
    ('a,b,c' && ' x ') ⇒ " x "
    (undefined || null) ⇒ null
    ({x: [1, 'a', null], y: nodes.start.mixed}) ⇒ {"x":[1,"a",null],"y":[1,"2",null,true,[4,"5"]]}
    [].slice(0.1, -1) ⇒ []
    [nodes.start.none, nodes.start.none].filter(Boolean).join("it's") ⇒ ""
    ({x: nodes.start.missing, y: typeof null.trimEnd()}) ⇒ ERR
    ({x: isNaN(nodes.gone?.x.y[0]), y: Object.keys(nodes.start.people.find(p => p.age > ''.lastIndexOf('a')))}) ⇒ {"x":true,"y":["name","age"]}
    nodes.start.people[1]?.name ⇒ "Bob"
    Object.entries(({a: 1, b: 'x'})) ⇒ [["a",1],["b","x"]]
    JSON.stringify(({a: 1, b: 'x'})) ⇒ "{\"a\":1,\"b\":\"x\"}"
    [[1], [2, [3]]].concat((null || 10)) ⇒ [[1],[2,[3]],10]
    nodes.start.people.find(p => p.age > Number(!nodes.start.missing)) ⇒ {"name":"Ann","age":41}
    [...[...nodes.start.list].sort((a, b) => a - b).map(x => x * '007'.length), ...[5, -1, 2.5].map(x => x * nodes.start.zero).slice(-1)] ⇒ [3,6,9,0]
    [1, 'a', null].slice(10, nodes.start.frac).includes(nodes.start.missing) ⇒ false
    ([1, 'a', null].includes((undefined || undefined)) ? "it's".substr(nodes.start.frac, 1) : ' x '.replace(nodes.start.email, '')).slice(0) ⇒ " x "
    ({x: nodes.start.people[2]?.name, y: nodes.start.email.slice(2).slice(1e3)}) ⇒ {"y":""}
    [1, 2, 3].some(x => x > 1) ⇒ true
    nodes.start.people.find(p => p.age > Math.floor(2)) ⇒ {"name":"Ann","age":41}
    [1, 'a', null].concat(nodes.start.obj) ⇒ [1,"a",null,{"a":1,"b":"x","c":{"d":[true]}}]
    (-(-(nodes.start.n)) <= [nodes.gone?.x.y[0], nodes.start.none].filter(Boolean).join('12.5px').length) ⇒ false
    nodes.start.people.find(p => p.age > Math.min([nodes.start.people[0]?.name, nodes.start.missing].length, -(nodes.start.mixed.length))) ⇒ {"name":"Ann","age":41}
    nodes.start.mixed.concat(nodes.start.obj).concat(nodes.start.people[2]?.name).flat() ⇒ [1,"2",null,true,4,"5",{"a":1,"b":"x","c":{"d":[true]}},null]
    -(nodes.start.people.map(p => p.age).findIndex(x => x > Number([]))) ⇒ 0
    ({...nodes.start.people.find(p => p.age > 0), z: (true ? nodes.start.text : 'a,b,c')}) ⇒ {"name":"Ann","age":41,"z":"  Grüße 👋 a-b-a  "}
    ({['k' + 123456.789]: (undefined && false)}) ⇒ {}
    ({['k' + 2]: (undefined ?? undefined)}) ⇒ {}
    typeof Number.isInteger(nodes.start.missing) ⇒ "boolean"
    Math.round(['1', 'x', '3'].map(Number).join(' x ').trimEnd().lastIndexOf('abc')) ⇒ -1
    ('a'.endsWith(nodes.start.empty) || null) ⇒ true
    ("it's" >= '') ⇒ true
    ({['k' + -1]: ({x: ({}), y: nodes.start.mixed})}) ⇒ {"k-1":{"x":{},"y":[1,"2",null,true,[4,"5"]]}}
    nodes.start.people.find(p => p.age > parseFloat(nodes.start.email)) ⇒ null
    Object.keys(({a: 1, b: 'x'})) ⇒ ["a","b"]
    ({...nodes.start.people.find(p => p.age > 'Hello World'.length), z: Array.isArray(Object.values(({})))}) ⇒ {"name":"Ann","age":41,"z":true}
    [[[1], [2, [3]]], [[1], [2, [3]]]].length ⇒ 2
    ({x: nodes.start.people[1]?.name, y: Object.values(nodes.start.people[0]).concat(undefined)}) ⇒ {"x":"Bob","y":["Ann",41,null]}
    ({x: nodes.start.none, y: [[1], [2, [3]]].concat(nodes.start.people[0])}) ⇒ {"x":null,"y":[[1],[2,[3]],{"name":"Ann","age":41}]}
    [[], ({})] ⇒ [[],{}]
    nodes.start.people.find(p => p.age > ((nodes.start.ok ? 0.1 : nodes.start.neg) ** '007'.lastIndexOf(' x '))) ⇒ {"name":"Ann","age":41}
    ({['k' + nodes.start.n]: ({...({}), z: (undefined ?? 10)})}) ⇒ {"k3":{"z":10}}
    ({['k' + 123456.789]: nodes.start.missing}) ⇒ {}
    nodes.start.people.map(p => p.age).reduce((a, b) => a + b, (Math.round(nodes.start.zero) % Math.trunc(0))) ⇒ null
    ({['k' + 1e-7]: nodes.start.people[0]}) ⇒ {"k1e-7":{"name":"Ann","age":41}}
    ({x: [[1], [2, [3]]].slice(2, 123456.789).concat(Object.values(({}))), y: Object.keys(nodes.start.people.find(p => p.age > 0.1))}) ⇒ {"x":[],"y":["name","age"]}
    ({x: ['b', 'a', 'C', 10, 9].sort(), y: Object.values(({a: 1, b: 'x'})).concat(({...({}), z: undefined}))}) ⇒ {"x":[10,9,"C","a","b"],"y":[1,"x",{}]}
    nodes.start.people.find(p => p.age > (nodes.start.list.some(x => x > -1) ? 'a,b,c'.charCodeAt(nodes.start.neg) : 'abc'.charCodeAt(nodes.start.neg))) ⇒ null
    ({x: ({...({a: 1, b: 'x'}), z: nodes.start.people[0]?.name}), y: ({...nodes.start.people[0], z: undefined})}) ⇒ {"x":{"a":1,"b":"x","z":"Ann"},"y":{"name":"Ann","age":41}}
    ({['k' + 2]: nodes.start.none}) ⇒ {"k2":null}
    ({...({a: 1, b: 'x'}), z: nodes.start.missing}) ⇒ {"a":1,"b":"x"}
    ({['k' + nodes.start.neg]: []}) ⇒ {"k-7":[]}
    nodes.start.people.find(p => p.age > 1e21) ⇒ null
    nodes.start.people.find(p => p.age > [10, 9, 1].findIndex(x => x > 1e3)) ⇒ {"name":"Ann","age":41}
    (undefined && (1).toString()) ⇒ null
    [Object.keys(({x: ({x: nodes.start.people[0], y: nodes.start.people[0]}), y: null})), Object.keys(({['k' + nodes.start.neg]: undefined}))] ⇒ [["x","y"],["k-7"]]
    `<${(nodes.start.email || null)}|${nodes.start.missing}>` ⇒ "<jane@acme.com|undefined>"
    Object.values(nodes.start.obj) ⇒ [1,"x",{"d":[true]}]
    ({['k' + 2]: (encodeURIComponent(nodes.start.email) && 'Hello World'.replace(nodes.start.empty, '_').charCodeAt(nodes.start.neg))}) ⇒ {"k2":null}
    ({x: typeof nodes.gone?.x.y[0], y: ({['k' + 1e-7]: (false || nodes.start.ok)})}) ⇒ {"x":"undefined","y":{"k1e-7":true}}
    ({...({['k' + 3.5]: nodes.start.people[2]?.name}), z: nodes.start.none}) ⇒ {"z":null}
    Object.values(({x: ({x: nodes.gone?.x.y[0], y: []}), y: nodes.start.people[0]?.name})) ⇒ [{"y":[]},"Ann"]
    nodes.start.mixed.concat(nodes.start.people[0]?.name) ⇒ [1,"2",null,true,[4,"5"],"Ann"]
    Object.entries(({})) ⇒ []
    ({...({}), z: nodes.start.ok}) ⇒ {"z":true}
    Object.values(({a: 1, b: 'x'})).concat(({...({a: 1, b: 'x'}), z: true})).flat() ⇒ [1,"x",{"a":1,"b":"x","z":true}]
    Object.keys(({x: nodes.gone?.x.y[0], y: [].concat([])})) ⇒ ["x","y"]
    [nodes.start.people[0]?.name, null] ⇒ ["Ann",null]
    Object.entries(({...({['k' + 2]: nodes.start.people.find(p => p.age > 2)}), z: nodes.start.email.padEnd(3, 'a').concat(nodes.start.people[0]?.name)})) ⇒ [["k2",{"name":"Ann","age":41}],["z","jane@acme.comAnn"]]
    ({x: [1, 2, 3].join(nodes.start.email), y: ({x: nodes.start.mixed, y: nodes.start.people[0]})}) ⇒ {"x":"1jane@acme.com2jane@acme.com3","y":{"x":[1,"2",null,true,[4,"5"]],"y":{"name":"Ann","age":41}}}
    typeof false ⇒ "boolean"
    Object.values(({x: null, y: null})) ⇒ [null,null]
    [[].flat(), nodes.start.email.indexOf('Hello World')] ⇒ [[],-1]
    (-(1e21)).toString() ⇒ "-1e+21"
    ['b', 'a', 'C', 10, 9].sort() ⇒ [10,9,"C","a","b"]
    (false || true) ⇒ true
    ({x: nodes.gone?.x.y[0], y: nodes.gone?.x.y[0]}) ⇒ {}
    Object.keys(nodes.start.people[0]) ⇒ ["name","age"]
    ['1', 'x', '3'].map(Number).flat() ⇒ [1,null,3]
    ({...({x: nodes.start.missing, y: parseInt(encodeURIComponent('é&=?'))}), z: nodes.start.people[1]?.name}) ⇒ {"y":null,"z":"Bob"}
    Object.entries(({['k' + nodes.start.zero]: nodes.start.text})) ⇒ [["k0","  Grüße 👋 a-b-a  "]]
    +(nodes.start.people.find(p => p.age > Math.round(nodes.start.empty.indexOf('')))) ⇒ null
    [[1, 'a', null].concat((0.1 && null)), [[1], [2, [3]]].length].flat().concat((((0.1 / 0.1) / [].findIndex(x => x > 0)) && isNaN(undefined))) ⇒ [1,"a",null,null,2,true]
    (true ? 0.1 : -1) ⇒ 0.1
    Object.entries(nodes.start.obj).slice(1e-7, -1) ⇒ [["a",1],["b","x"]]
    JSON.stringify(undefined) ⇒ null
    ({['k' + 0]: null}) ⇒ {"k0":null}
    (isNaN(undefined) && ((nodes.start.ok ? 0 : 1e-7) == [10, 9, 1].reduce((a, b) => a + b, 1e-7))) ⇒ false
    Object.keys(({x: [[1], [2, [3]]], y: nodes.start.no})).concat(null) ⇒ ["x","y",null]
    [1, 'a', null].slice(123456.789, nodes.start.neg) ⇒ []
    'abc'.split('-') ⇒ ["abc"]
    [...[], ...[10, 9, 1]].some(x => x > (true ? nodes.start.frac : 123456.789)) ⇒ true
    [null, (true ?? null)] ⇒ [null,true]
    ({['k' + nodes.start.neg]: nodes.start.people[1]?.name}) ⇒ {"k-7":"Bob"}
    Object.keys(({...({x: nodes.gone?.x.y[0], y: []}), z: nodes.start.people[0]?.name})) ⇒ ["x","y","z"]
    [({a: 1, b: 'x'}), [[1], [2, [3]]]].concat(('12.5px' || null)).slice(1e-7, 3.5) ⇒ [{"a":1,"b":"x"},[[1],[2,[3]]],"12.5px"]
    ({['k' + 2]: nodes.gone?.x.y[0]}) ⇒ {}
    Object.keys(({...({a: 1, b: 'x'}), z: nodes.start.none})) ⇒ ["a","b","z"]
    ({...nodes.start.obj, z: nodes.start.people[1]?.name}) ⇒ {"a":1,"b":"x","c":{"d":[true]},"z":"Bob"}
    nodes.start.people[2]?.name ⇒ null
    Object.keys(nodes.start.obj).slice(2, nodes.start.neg) ⇒ []
    '007'.includes("it's") ⇒ false
    +(nodes.start.none) ⇒ 0
    ({['k' + 0]: ({x: nodes.start.mixed, y: nodes.start.people[0]})}) ⇒ {"k0":{"x":[1,"2",null,true,[4,"5"]],"y":{"name":"Ann","age":41}}}
    Object.keys(({})) ⇒ []
    ({['k' + 0]: nodes.start.people.find(p => p.age > [...[5, -1, 2.5], ...nodes.start.list].reduce((a, b) => a + b, Math.sign(0)))}) ⇒ {"k0":{"name":"Ann","age":41}}
    ({['k' + -1]: nodes.start.people.map(p => p.age)}) ⇒ {"k-1":[41,17]}
    encodeURIComponent(nodes.start.email) ⇒ "jane%40acme.com"
    Object.values(nodes.start.people.find(p => p.age > 2)) ⇒ ["Ann",41]
    Object.keys(({['k' + 10]: ({})})) ⇒ ["k10"]
    Object.entries(({['k' + 1e-7]: encodeURIComponent('é&=?')})) ⇒ [["k1e-7","%C3%A9%26%3D%3F"]]
    nodes.start.people.find(p => p.age > [...[1, 2, 3]].sort((a, b) => a - b).findIndex(x => x > (1e21 ** 2))) ⇒ {"name":"Ann","age":41}
    (Math.min(+(('a,b,c' && 'Hello World')), nodes.start.empty.length) >= parseFloat(nodes.start.empty.substr(0))) ⇒ false
    ('Hello World'.indexOf("it's")).toString().substring(1e21, nodes.start.n).lastIndexOf(nodes.start.email) ⇒ -1
    ({...nodes.start.people[0], z: nodes.start.none}) ⇒ {"name":"Ann","age":41,"z":null}
    ({...({...({...nodes.start.obj, z: nodes.start.people[2]?.name}), z: nodes.start.missing}), z: null}) ⇒ {"a":1,"b":"x","c":{"d":[true]},"z":null}
    Object.entries(({...({x: nodes.start.people[0]?.name, y: nodes.start.none}), z: nodes.start.none})) ⇒ [["x","Ann"],["y",null],["z",null]]
    Object.keys(({['k' + nodes.start.frac]: nodes.start.no})) ⇒ ["k1.5"]
    ({x: nodes.start.mixed, y: nodes.start.missing}) ⇒ {"x":[1,"2",null,true,[4,"5"]]}
    Object.keys(nodes.start.people.find(p => p.age > [[], []].indexOf(nodes.start.none))) ⇒ ["name","age"]
    Object.keys(({...({['k' + 2]: null}), z: nodes.start.none})) ⇒ ["k2","z"]
    -([].flat().length) ⇒ 0
    ({x: [].flat(), y: nodes.start.people.find(p => p.age > 1e3)}) ⇒ {"x":[]}
    [null, true] ⇒ [null,true]
    ({['k' + 1e3]: nodes.gone?.x.y[0]}) ⇒ {}
    (nodes.start.text || null) ⇒ "  Grüße 👋 a-b-a  "
    ({['k' + -1]: nodes.start.people.find(p => p.age > Math.max('abc'.lastIndexOf(nodes.start.text), [1, 'a', null].length))}) ⇒ {"k-1":{"name":"Ann","age":41}}
    Object.keys(({...nodes.start.people.find(p => p.age > 0.1), z: nodes.gone?.x.y[0]})) ⇒ ["name","age","z"]
    ['1', 'x', '3'].map(Number).indexOf((nodes.start.empty.repeat(1).slice(1) === String("it's".includes(' x ')))) ⇒ -1
    Number(nodes.start.people.find(p => p.age > Math.ceil([[1], [2, [3]]].length))) ⇒ null
    [1, 'a', null].slice(nodes.start.zero, 1e3) ⇒ [1,"a",null]
    nodes.start.people.find(p => p.age > parseInt('007')) ⇒ {"name":"Ann","age":41}
    Array.isArray(nodes.start.missing) ⇒ false
    ({x: nodes.start.none, y: undefined}) ⇒ {"x":null}
    Object.entries(({['k' + 0.1]: nodes.start.obj})) ⇒ [["k0.1",{"a":1,"b":"x","c":{"d":[true]}}]]
    String(nodes.gone?.x.y[0]) ⇒ "undefined"
    [nodes.start.missing, ({['k' + 123456.789]: [1, 'a', null]})].includes(JSON.stringify(({a: 1, b: 'x'})).padStart(0, 'Hello World')) ⇒ false
    parseInt(typeof (nodes.start.text || true).concat(nodes.start.people[0]?.name).replace(nodes.start.email, 'zz')) ⇒ null
    ({x: ('a,b,c' + nodes.start.people[0]?.name).substring(3.5, 0.1), y: [(nodes.start.no ? 0 : 3.5), [[1], [2, [3]]].flat()]}) ⇒ {"x":"a,b","y":[3.5,[1,2,[3]]]}
    [].flat().slice(123456.789, 3.5) ⇒ []
    [[nodes.start.mixed, nodes.start.neg], encodeURIComponent(nodes.start.email)] ⇒ [[[1,"2",null,true,[4,"5"]],-7],"jane%40acme.com"]
    ({x: undefined, y: ({...nodes.start.obj, z: 3.5})}) ⇒ {"y":{"a":1,"b":"x","c":{"d":[true]},"z":3.5}}
    ({['k' + 2]: ({...nodes.start.people.find(p => p.age > -1), z: 'Hello World'.substr(1, nodes.start.zero)})}) ⇒ {"k2":{"name":"Ann","age":41,"z":""}}
    JSON.stringify(nodes.gone?.x.y[0]).charAt(nodes.start.neg).replaceAll(' ', '_') ⇒ ERR
    Math.abs([[1], [2, [3]]].length) ⇒ 2
    [[1], [2, [3]]].concat(null) ⇒ [[1],[2,[3]],null]
    ([1, 'a', null].includes("it's") && !true) ⇒ false
    Object.values(({...({a: 1, b: 'x'}), z: nodes.start.no})).flat() ⇒ [1,"x",false]
    nodes.start.people.find(p => p.age > [...[5, -1, 2.5], ...nodes.start.list].reduce((a, b) => a + b, "it's".indexOf('12.5px'))) ⇒ {"name":"Ann","age":41}
    Array.isArray([1e-7, nodes.start.none].filter(Boolean)) ⇒ true
    ({x: nodes.start.people[0], y: [[1], [2, [3]]]}) ⇒ {"x":{"name":"Ann","age":41},"y":[[1],[2,[3]]]}
    ({['k' + 0.1]: nodes.start.none}) ⇒ {"k0.1":null}
    nodes.start.mixed.slice(nodes.start.n, 1) ⇒ []
    encodeURIComponent('é&=?') ⇒ "%C3%A9%26%3D%3F"
    parseInt(String(nodes.start.none)) ⇒ null
    [nodes.start.missing, ({['k' + 0]: ({['k' + 10]: nodes.start.mixed})})] ⇒ [null,{"k0":{"k10":[1,"2",null,true,[4,"5"]]}}]
    nodes.start.people.find(p => p.age > ('a'.charAt(10) + nodes.start.people[1]?.name).charCodeAt(nodes.start.frac)) ⇒ null
    (null ?? -(123456.789)) ⇒ -123456.789
    ({...nodes.start.obj, z: nodes.gone?.x.y[0]}) ⇒ {"a":1,"b":"x","c":{"d":[true]}}
    nodes.start.people.map(p => p.age).every(x => x > parseFloat(nodes.start.email.replaceAll(' ', '_'))) ⇒ false
    ({['k' + nodes.start.zero]: Object.values(({['k' + 1e-7]: nodes.start.none}))}) ⇒ {"k0":[null]}
    Object.values(({['k' + 1e21]: ({a: 1, b: 'x'})})) ⇒ [{"a":1,"b":"x"}]
    Object.entries(({...({}), z: nodes.start.none})).slice(1e21, 1) ⇒ []
    ((Object.values(nodes.start.people[0]).length).toString() <= (Math.floor(nodes.start.frac)).toString().replace(nodes.start.text, 'zz')) ⇒ false
    ({x: ({['k' + 3.5]: nodes.start.people.find(p => p.age > nodes.start.list.findIndex(x => x > 0.1))}), y: nodes.gone?.x.y[0]}) ⇒ {"x":{"k3.5":{"name":"Ann","age":41}}}
    ({x: nodes.start.people.find(p => p.age > parseFloat('007')), y: ({...({...nodes.start.people[0], z: null}), z: Boolean(({}))})}) ⇒ {"x":{"name":"Ann","age":41},"y":{"name":"Ann","age":41,"z":true}}
    nodes.start.people.find(p => p.age > Math.max(encodeURIComponent('é&=?').length, parseFloat(String(undefined)))) ⇒ null
    [!nodes.start.none, ({...nodes.start.people.find(p => p.age > parseFloat('abc')), z: ' x '.concat(nodes.start.people[0]?.name).trim()})] ⇒ [true,{"z":"x Ann"}]
    [nodes.start.no, undefined].filter(Boolean) ⇒ []
    ({['k' + 1e21]: nodes.start.missing}) ⇒ {}
    Object.entries(nodes.start.obj) ⇒ [["a",1],["b","x"],["c",{"d":[true]}]]
    [].slice(nodes.start.frac, 1e3).concat(({x: (null ?? null), y: [1, 'a', null]})).flat() ⇒ [{"x":null,"y":[1,"a",null]}]
    [[[1], [2, [3]]], ({a: 1, b: 'x'})] ⇒ [[[1],[2,[3]]],{"a":1,"b":"x"}]
    [].flat() ⇒ []
    String(nodes.start.none) ⇒ "null"
    ({['k' + 1e-7]: (Array.isArray(Object.keys(({a: 1, b: 'x'}))) || null)}) ⇒ {"k1e-7":true}
    ({...({['k' + 1e-7]: ({['k' + 1e3]: +([])})}), z: nodes.start.missing}) ⇒ {"k1e-7":{"k1000":0}}
    [nodes.start.ok, nodes.start.people[0]].concat(({['k' + nodes.start.n]: 1e21})) ⇒ [true,{"name":"Ann","age":41},{"k3":1e+21}]
    `<${undefined}|${' x '.concat(null).charAt(123456.789)}>` ⇒ "<undefined|>"
    Object.entries(({...({x: [[1], [2, [3]]], y: [[1], [2, [3]]]}), z: nodes.start.missing})) ⇒ [["x",[[1],[2,[3]]]],["y",[[1],[2,[3]]]],["z",null]]
    '12.5px'.substr(1e3).split('a', 2).join('a,b,c') ⇒ ""
    Object.keys(({x: nodes.gone?.x.y[0], y: nodes.start.mixed})) ⇒ ["x","y"]
    ({...({...({a: 1, b: 'x'}), z: 1}), z: [].some(x => x > 1e21)}) ⇒ {"a":1,"b":"x","z":false}
    (null && (nodes.start.list.flatMap(x => [x, 0]).findIndex(x => x > Math.min(1e21, nodes.start.frac)) <= parseInt((1e21).toString()))) ⇒ null
    Object.entries(({['k' + nodes.start.zero]: (null || JSON.stringify(undefined))})) ⇒ [["k0",null]]
    ({x: ({...({...nodes.start.obj, z: nodes.start.missing}), z: nodes.start.none}), y: Math.round([5, -1, 2.5].findIndex(x => x > 1e3))}) ⇒ {"x":{"a":1,"b":"x","c":{"d":[true]},"z":null},"y":-1}
    ({['k' + -1]: +('007'.includes(nodes.start.email))}) ⇒ {"k-1":0}
    nodes.start.mixed.slice(3.5, 2).concat(undefined).flat().indexOf(nodes.start.none) ⇒ -1
    ['b', 'a', 'C', 10, 9].sort().slice(nodes.start.n, 1) ⇒ []
    ({...({x: [1, 'a', null].flat(), y: nodes.gone?.x.y[0]}), z: nodes.start.none}) ⇒ {"x":[1,"a",null],"z":null}
    Object.entries(({x: nodes.start.people[0]?.name, y: nodes.start.people[2]?.name})).flat() ⇒ ["x","Ann","y",null]
    [1, 'a', null].concat(nodes.start.none).flat().concat(nodes.start.mixed.concat(({a: 1, b: 'x'})).flat()) ⇒ [1,"a",null,null,1,"2",null,true,4,"5",{"a":1,"b":"x"}]
    [1e3, 1e3] ⇒ [1000,1000]
    'a'.substr(10) ⇒ ""
    ({x: null, y: nodes.gone?.x.y[0]}) ⇒ {"x":null}
    Object.entries(({...nodes.start.people.find(p => p.age > nodes.start.n), z: Array.isArray(({}))})) ⇒ [["name","Ann"],["age",41],["z",false]]
    ({['k' + 1e3]: nodes.start.no}) ⇒ {"k1000":false}
    (null ?? undefined) ⇒ null
    ({x: undefined, y: (null && false)}) ⇒ {"y":null}
    [10, 9, 1] ⇒ [10,9,1]
    (nodes.start.list.join('').repeat(2) !== (+(nodes.start.text)).toString()) ⇒ true
    ({...nodes.start.people.find(p => p.age > Number(nodes.start.none)), z: Array.isArray(nodes.start.none)}) ⇒ {"name":"Ann","age":41,"z":false}
    ({x: (undefined ?? null), y: [nodes.start.missing, nodes.start.people[2]?.name].slice(nodes.start.frac, nodes.start.zero)}) ⇒ {"x":null,"y":[]}
    [(nodes.start.no ? 10 : 0.1), [1, 2, 3].findIndex(x => x > -1)] ⇒ [0.1,0]
    typeof (null && 10) ⇒ "object"
    ({x: nodes.start.people[0], y: null}) ⇒ {"x":{"name":"Ann","age":41},"y":null}
    [null, nodes.start.people[0]?.name] ⇒ [null,"Ann"]
    nodes.start.people.find(p => p.age > -1) ⇒ {"name":"Ann","age":41}
    Object.values(({x: ({['k' + 1e3]: undefined}), y: Object.keys(nodes.start.obj)})).flat() ⇒ [{},"a","b","c"]
    ({...({['k' + 123456.789]: [1, 'a', null].slice(0.1, nodes.start.neg)}), z: null}) ⇒ {"k123456.789":[],"z":null}
    nodes.start.people.find(p => p.age > nodes.start.zero) ⇒ {"name":"Ann","age":41}
    Number(Object.entries(({['k' + 2]: nodes.gone?.x.y[0]}))) ⇒ null
    [nodes.start.people[1]?.name, '12.5px'] ⇒ ["Bob","12.5px"]
    ({['k' + 10]: null}) ⇒ {"k10":null}
    ({x: ({['k' + nodes.start.zero]: 'a'.replace('a,b,c', 'zz')}), y: Object.keys(({['k' + 1]: nodes.start.none}))}) ⇒ {"x":{"k0":"a"},"y":["k1"]}
    ({...nodes.start.people.find(p => p.age > 1e-7), z: nodes.start.people[1]?.name}) ⇒ {"name":"Ann","age":41,"z":"Bob"}
    ['1', 'x', '3'].map(Number) ⇒ [1,null,3]
    ({x: 'Hello World'.concat(1).lastIndexOf('007'), y: null}) ⇒ {"x":-1,"y":null}
    Object.entries(nodes.start.people.find(p => p.age > parseFloat(nodes.start.text.trimStart()))) ⇒ ERR
    ({['k' + 2]: `<${1e21}|${nodes.start.people[0]?.name}>`}) ⇒ {"k2":"<1e+21|Ann>"}
    String("it's".replaceAll('l', '_')).slice(2, nodes.start.zero).slice(1e21, 2) ⇒ ""
    ({['k' + 1e21]: null}) ⇒ {"k1e+21":null}
    [].slice(0, 1e21) ⇒ []
    nodes.start.people.map(p => p.age).every(x => x > +(nodes.start.mixed)) ⇒ false
    ({...nodes.start.people.find(p => p.age > '12.5px'.padStart(8, nodes.start.email).charCodeAt(nodes.start.n)), z: nodes.gone?.x.y[0]}) ⇒ {}
    parseFloat('a,b,c') ⇒ null
    ([5, -1, 2.5].map(x => x * 10).some(x => x > Math.min(1, nodes.start.zero)) || ([5, -1, 2.5].join(' x ') + nodes.start.none)) ⇒ true
    Math.floor(nodes.start.n) ⇒ 3
    Object.values(({x: nodes.start.people[0], y: nodes.start.obj})) ⇒ [{"name":"Ann","age":41},{"a":1,"b":"x","c":{"d":[true]}}]
    Object.entries(({x: nodes.start.mixed, y: []})).includes(nodes.start.none) ⇒ false
    nodes.start.people.find(p => p.age > encodeURIComponent(nodes.start.email).replaceAll(' ', '').indexOf('abc'.repeat(2).repeat(3))) ⇒ {"name":"Ann","age":41}
    parseInt((("it's".length != `<${nodes.start.none}|${-1}>`) ? String(undefined).charAt(2) : ('a'.length).toString())) ⇒ null
    ({x: undefined, y: ({a: 1, b: 'x'})}) ⇒ {"y":{"a":1,"b":"x"}}
    (undefined || undefined) ⇒ null
    ({...({...({['k' + -1]: nodes.start.people[0]?.name}), z: (nodes.start.empty.replaceAll('-', 'zz') !== ''.padEnd(3, '12.5px'))}), z: nodes.start.none}) ⇒ {"k-1":"Ann","z":null}
    ' x '.split('-', 2) ⇒ [" x "]
    Object.entries(nodes.start.people[0]) ⇒ [["name","Ann"],["age",41]]
    Object.entries(({['k' + 10]: (10 < 2)})) ⇒ [["k10",false]]
    ({x: Object.values(({})).flat().flat(), y: ({['k' + 0.1]: undefined})}) ⇒ {"x":[],"y":{}}
    nodes.start.people.find(p => p.age > 'a,b,c'.length) ⇒ {"name":"Ann","age":41}
    Object.keys(({...({['k' + 0]: nodes.start.people[0]?.name}), z: undefined})) ⇒ ["k0","z"]
    ([].includes(nodes.start.missing) ? (true ? 1 : nodes.start.zero) : parseFloat(nodes.start.text)) ⇒ null
    ({...nodes.start.obj, z: (undefined ?? undefined)}) ⇒ {"a":1,"b":"x","c":{"d":[true]}}
    encodeURIComponent('é&=?').lastIndexOf('007') ⇒ -1
    Object.entries(({a: 1, b: 'x'})).concat(({x: nodes.start.people[0], y: nodes.start.missing})) ⇒ [["a",1],["b","x"],{"x":{"name":"Ann","age":41}}]
    ({x: undefined, y: 'a'.padEnd(11, ' x ').slice(1e-7, 1e21)}) ⇒ {"y":"a x  x  x  "}
    [[1], [2, [3]]].slice(10, 1).flat() ⇒ []
    ({['k' + 123456.789]: nodes.start.people.find(p => p.age > 3.5)}) ⇒ {"k123456.789":{"name":"Ann","age":41}}
    Object.entries(({x: (nodes.start.neg * 2), y: Object.values(nodes.start.people[0])})) ⇒ [["x",-14],["y",["Ann",41]]]
    '007'.charCodeAt(nodes.start.frac) ⇒ 48
    [Object.values(({})), nodes.start.people.find(p => p.age > 2)].slice(0.1, nodes.start.zero).includes(nodes.start.people[2]?.name) ⇒ false
    [1, 'a', null].flat() ⇒ [1,"a",null]
    JSON.stringify(nodes.start.mixed) ⇒ "[1,\"2\",null,true,[4,\"5\"]]"
    [] ⇒ []
    nodes.start.people.find(p => p.age > JSON.stringify(' x '.lastIndexOf('a')).indexOf('abc'.substring(0, -1).charAt(nodes.start.neg))) ⇒ {"name":"Ann","age":41}
    ({x: nodes.gone?.x.y[0], y: [1, 'a', null]}) ⇒ {"y":[1,"a",null]}
    ({x: nodes.start.missing, y: nodes.start.mixed.concat(nodes.start.text)}) ⇒ {"y":[1,"2",null,true,[4,"5"],"  Grüße 👋 a-b-a  "]}
    ({x: Object.entries(nodes.start.people[0]), y: nodes.start.none}) ⇒ {"x":[["name","Ann"],["age",41]],"y":null}
    (nodes.start.empty.charCodeAt(nodes.start.neg) == Math.sign(123456.789)) ⇒ false
    (123456.789).toString() ⇒ "123456.789"
    nodes.start.people.find(p => p.age > 1e3) ⇒ null
    ({...nodes.start.people.find(p => p.age > Number((true || nodes.start.n))), z: nodes.start.none}) ⇒ {"name":"Ann","age":41,"z":null}
    Object.entries(({a: 1, b: 'x'})).flat() ⇒ ["a",1,"b","x"]
    [[].concat([1, 'a', null]).slice(-1, -1).concat(Object.values(nodes.start.obj).flat()), encodeURIComponent('é&=?')] ⇒ [[1,"x",{"d":[true]}],"%C3%A9%26%3D%3F"]
    [[1], [2, [3]]].slice(1e3, 1e-7) ⇒ []
    JSON.stringify(Object.entries(nodes.start.people[0]).slice(nodes.start.zero, -1)) ⇒ "[[\"name\",\"Ann\"]]"
    ({x: nodes.start.none, y: null}) ⇒ {"x":null,"y":null}
    nodes.start.mixed.flat() ⇒ [1,"2",null,true,4,"5"]
    ({x: ({...({}), z: null}), y: [[1], [2, [3]]].flat()}) ⇒ {"x":{"z":null},"y":[1,2,[3]]}
    parseFloat(String(nodes.gone?.x.y[0])) ⇒ null
    (JSON.stringify([[1], [2, [3]]].concat(nodes.start.none)).indexOf(typeof nodes.start.people[0]?.name) ?? undefined) ⇒ -1
    nodes.start.people.find(p => p.age > Math.max(Math.max(nodes.start.n, 1e21), +(nodes.start.people[1]?.name))) ⇒ null
    [Object.keys(({})), (1 && undefined)] ⇒ [[],null]
    ({['k' + nodes.start.zero]: nodes.start.empty.slice(123456.789, 3.5)}) ⇒ {"k0":""}
    ({['k' + -1]: [10, 9, 1].concat(({['k' + nodes.start.frac]: nodes.start.mixed}))}) ⇒ {"k-1":[10,9,1,{"k1.5":[1,"2",null,true,[4,"5"]]}]}
    Object.keys(({x: nodes.start.people[2]?.name, y: (nodes.start.ok ?? undefined)})) ⇒ ["x","y"]
    Object.values(({['k' + 1e3]: nodes.start.empty})).flat() ⇒ [""]
    ({...({}), z: null}) ⇒ {"z":null}
    ({x: Object.entries(({})), y: nodes.gone?.x.y[0]}) ⇒ {"x":[]}
    ({...({...nodes.start.obj, z: "it's"}), z: nodes.start.people[1]?.name}) ⇒ {"a":1,"b":"x","c":{"d":[true]},"z":"Bob"}
    ({...nodes.start.obj, z: false}) ⇒ {"a":1,"b":"x","c":{"d":[true]},"z":false}
    ({...({...({...({a: 1, b: 'x'}), z: null}), z: nodes.gone?.x.y[0]}), z: nodes.start.people[1]?.name}) ⇒ {"a":1,"b":"x","z":"Bob"}
    Object.entries(nodes.start.people.find(p => p.age > nodes.start.zero)) ⇒ [["name","Ann"],["age",41]]
    ({...({x: true, y: nodes.start.none}), z: undefined}) ⇒ {"x":true,"y":null}
    [nodes.start.none, nodes.start.mixed] ⇒ [null,[1,"2",null,true,[4,"5"]]]
    ({x: [...[]].reverse().every(x => x > [[1], [2, [3]]].length), y: [undefined, nodes.gone?.x.y[0]].filter(Boolean)}) ⇒ {"x":true,"y":[]}
    ({x: nodes.start.none, y: ({x: nodes.start.obj, y: []})}) ⇒ {"x":null,"y":{"x":{"a":1,"b":"x","c":{"d":[true]}},"y":[]}}
    ("it's" + nodes.start.missing) ⇒ "it'sundefined"
    ({['k' + 0.1]: nodes.start.people.find(p => p.age > 123456.789)}) ⇒ {}
    nodes.start.people.find(p => p.age > encodeURIComponent(nodes.start.email).length) ⇒ {"name":"Ann","age":41}
    (Math.max(10, nodes.start.n) && Math.min(2, nodes.start.frac)) ⇒ 1.5
    ({x: ({['k' + nodes.start.neg]: null}), y: (false ? nodes.start.empty : 'Hello World')}) ⇒ {"x":{"k-7":null},"y":"Hello World"}
    (null && (nodes.start.email != "it's")) ⇒ null
    String(nodes.start.people[2]?.name) ⇒ "undefined"
    ({...nodes.start.people[0], z: null}) ⇒ {"name":"Ann","age":41,"z":null}
    Object.entries(nodes.start.people.find(p => p.age > Number(nodes.start.people.find(p => p.age > 10)))) ⇒ ERR
    nodes.start.people.find(p => p.age > -(10)) ⇒ {"name":"Ann","age":41}
    ({x: nodes.start.none, y: nodes.start.ok}) ⇒ {"x":null,"y":true}
    ({['k' + 10]: [[1], [2, [3]]].slice(3.5, 0.1)}) ⇒ {"k10":[]}
    nodes.start.people.find(p => p.age > '12.5px'.indexOf('a,b,c')) ⇒ {"name":"Ann","age":41}
    ({x: Object.keys(({...({a: 1, b: 'x'}), z: 0})), y: nodes.gone?.x.y[0]}) ⇒ {"x":["a","b","z"]}
    nodes.start.people.find(p => p.age > -(+(nodes.start.none))) ⇒ {"name":"Ann","age":41}
    ({...({x: [1, 'a', null].flat().slice(2, 2), y: [[1], [2, [3]]].flat().concat(undefined)}), z: nodes.start.people[2]?.name}) ⇒ {"x":[],"y":[1,2,[3],null]}
    ({['k' + nodes.start.zero]: ({...nodes.start.people.find(p => p.age > Math.floor(nodes.start.n)), z: '12.5px'.slice(0, 2).lastIndexOf('abc')})}) ⇒ {"k0":{"name":"Ann","age":41,"z":-1}}
    Object.entries(({['k' + 2]: nodes.start.people[2]?.name})) ⇒ [["k2",null]]
    ({...({}), z: nodes.gone?.x.y[0]}) ⇒ {}
    Object.values(nodes.start.people.find(p => p.age > Number(nodes.start.people.map(p => p.name)))) ⇒ ERR
    ({x: (!nodes.gone?.x.y[0] ? encodeURIComponent('é&=?').charCodeAt(1e-7) : Math.ceil(parseInt(nodes.start.email))), y: nodes.gone?.x.y[0]}) ⇒ {"x":37}
    ({['k' + 1e21]: ({x: nodes.start.none, y: JSON.stringify(nodes.start.people.find(p => p.age > 10))})}) ⇒ {"k1e+21":{"x":null,"y":"{\"name\":\"Ann\",\"age\":41}"}}
    [5, -1, 2.5] ⇒ [5,-1,2.5]
    (Number.isInteger(nodes.start.people[2]?.name) && Array.isArray(({x: '12.5px'.substr(nodes.start.zero), y: (nodes.start.email && null)}))) ⇒ false
    ['1', 'x', '3'].map(Number).concat("it's".concat(null).slice(123456.789)) ⇒ [1,null,3,""]
    ''.split(' ') ⇒ [""]
    [({['k' + -1]: [1, 'a', null].flat()}), [1, 2, 3].flatMap(x => [x, 1e3]).every(x => x > "it's".length)].slice(0.1, -1) ⇒ [{"k-1":[1,"a",null]}]
    (nodes.start.no && false) ⇒ false
    nodes.start.mixed.slice(0, nodes.start.zero) ⇒ []
    [1, 2, 3].some(x => x > nodes.start.n) ⇒ false
    Number.isInteger(nodes.start.list.findIndex(x => x > 1e-7)) ⇒ true
    ({['k' + 1e3]: ({a: 1, b: 'x'})}) ⇒ {"k1000":{"a":1,"b":"x"}}
    ({['k' + 123456.789]: 'abc'.slice(nodes.start.n).substring(0, 1e3)}) ⇒ {"k123456.789":""}
    ({...({...({...({x: ({}), y: []}), z: undefined}), z: Object.values(nodes.start.people[0]).indexOf(nodes.start.none)}), z: nodes.start.missing}) ⇒ {"x":{},"y":[]}
    ({...nodes.start.people.find(p => p.age > 0.1), z: (undefined ?? 123456.789)}) ⇒ {"name":"Ann","age":41,"z":123456.789}
    typeof nodes.start.none ⇒ "object"
    [...nodes.start.people.map(p => p.age)].sort((a, b) => a - b) ⇒ [17,41]
    [1, 2, 3].map((x, i) => x + i).concat([nodes.start.people[0]?.name, nodes.start.mixed.flat()]) ⇒ [1,3,5,"Ann",[1,"2",null,true,4,"5"]]
    Object.values(({a: 1, b: 'x'})) ⇒ [1,"x"]
    [...[1e-7, -1].map((x, i) => x + i)].sort((a, b) => a - b) ⇒ [0,1e-7]
    nodes.start.people.find(p => p.age > -(3.5)) ⇒ {"name":"Ann","age":41}
    ({x: Object.values(({x: nodes.gone?.x.y[0], y: Object.values(({a: 1, b: 'x'}))})), y: nodes.start.missing}) ⇒ {"x":[null,[1,"x"]]}
    nodes.start.people.find(p => p.age > Number(true)) ⇒ {"name":"Ann","age":41}
    nodes.start.people.find(p => p.age > ([1, 2, 3].findIndex(x => x > 0) * Math.ceil(0))) ⇒ {"name":"Ann","age":41}
    [null, nodes.gone?.x.y[0]].concat(null).slice(1e21, 1e-7) ⇒ []
    [false, [1, 'a', null]] ⇒ [false,[1,"a",null]]
    ({['k' + 1e-7]: [].flatMap(x => [x, 1]).findIndex(x => x > (nodes.start.no ? 123456.789 : 10))}) ⇒ {"k1e-7":-1}
    nodes.start.people.find(p => p.age > ' x '.slice(123456.789).indexOf(JSON.stringify(' x '))) ⇒ {"name":"Ann","age":41}
    Object.keys(nodes.start.people[0]).concat('abc'.replace('a', '_')) ⇒ ["name","age","_bc"]
    nodes.start.people.find(p => p.age > `<${nodes.start.no}|${nodes.start.people[1]?.name}>`.length) ⇒ {"name":"Ann","age":41}
    ({...({['k' + nodes.start.n]: typeof 'a'.toLowerCase()}), z: nodes.gone?.x.y[0]}) ⇒ {"k3":"string"}
    `<${undefined}|${nodes.start.people[1]?.name}>`.substr(1e-7).length ⇒ 15
    [nodes.start.none, Object.keys(nodes.start.people.find(p => p.age > nodes.start.neg))] ⇒ [null,["name","age"]]
    ({x: 0, y: nodes.start.mixed}) ⇒ {"x":0,"y":[1,"2",null,true,[4,"5"]]}
    [1e3, 1e3].flat() ⇒ [1000,1000]
    nodes.start.empty.charAt(nodes.start.frac) ⇒ ""
    ({...({['k' + nodes.start.neg]: (undefined ?? nodes.start.no)}), z: undefined}) ⇒ {"k-7":false}
    Object.entries(({['k' + nodes.start.frac]: null})) ⇒ [["k1.5",null]]
    ('007'.concat(nodes.start.missing).trimEnd().length).toString() ⇒ "12"
    [nodes.start.missing, (parseInt('Hello World') || undefined)] ⇒ [null,null]
    [].concat(nodes.start.people[0]).flat() ⇒ [{"name":"Ann","age":41}]
    isNaN((![true, nodes.start.obj] < Object.entries(({})).includes(nodes.start.missing))) ⇒ false
    ({x: ['b', 'a', 'C', 10, 9].sort(), y: Boolean(nodes.start.mixed)}) ⇒ {"x":[10,9,"C","a","b"],"y":true}
    Math.max(' x '.toUpperCase().trim().charCodeAt(1), +(Object.keys(({...nodes.start.people[0], z: nodes.start.missing})))) ⇒ null
    nodes.start.people.find(p => p.age > 123456.789) ⇒ null
    ![(1e-7 && null), nodes.start.mixed] ⇒ false
    Object.keys(nodes.start.people.find(p => p.age > nodes.start.neg)).flat() ⇒ ["name","age"]
    ({['k' + 1e3]: (false ?? 'a')}) ⇒ {"k1000":false}
    ({['k' + 10]: nodes.start.people[1]?.name}) ⇒ {"k10":"Bob"}
    ('a'.slice(2, nodes.start.frac).lastIndexOf('a') * [].flat().length) ⇒ 0
    [Object.entries(({...({x: [1, 'a', null], y: []}), z: nodes.start.none})), nodes.start.none] ⇒ [[["x",[1,"a",null]],["y",[]],["z",null]],null]
    ({['k' + 1]: ({a: 1, b: 'x'})}) ⇒ {"k1":{"a":1,"b":"x"}}
    ({...({x: Object.keys(({a: 1, b: 'x'})).length, y: ({x: nodes.start.missing, y: Object.entries(({}))})}), z: nodes.start.none}) ⇒ {"x":2,"y":{"y":[]},"z":null}
    ({x: typeof nodes.start.no.substring(-1, 0.1).replace(nodes.start.text, '_'), y: nodes.start.none}) ⇒ ERR
    (null || undefined) ⇒ null
    ({...({}), z: nodes.start.missing}) ⇒ {}
    Object.entries(nodes.start.people.find(p => p.age > 1e3)).slice(1, nodes.start.n).flat() ⇒ ERR
    ({x: (2 || nodes.start.zero), y: encodeURIComponent('é&=?')}) ⇒ {"x":2,"y":"%C3%A9%26%3D%3F"}
    ({x: nodes.gone?.x.y[0], y: (null && nodes.start.no)}) ⇒ {"y":null}
    ({['k' + 1e-7]: nodes.start.people[2]?.name}) ⇒ {}
    Object.values(({})) ⇒ []
    Object.entries(nodes.start.people.find(p => p.age > +('Hello World'.repeat(1)))) ⇒ ERR
    Object.entries(({x: 1e3, y: 'Hello World'})) ⇒ [["x",1000],["y","Hello World"]]
    ({x: [Object.keys(({x: nodes.start.people[2]?.name, y: ({})})), ({['k' + -1]: nodes.start.people[1]?.name})], y: ({x: nodes.start.people[0]?.name, y: null})}) ⇒ {"x":[["x","y"],{"k-1":"Bob"}],"y":{"x":"Ann","y":null}}
    [-(nodes.start.frac), 'abc'.indexOf('12.5px')] ⇒ [-1.5,-1]
    nodes.start.people.find(p => p.age > 10) ⇒ {"name":"Ann","age":41}
    ({...nodes.start.people.find(p => p.age > '12.5px'.indexOf('Hello World')), z: +((false || nodes.start.email))}) ⇒ {"name":"Ann","age":41,"z":null}
    ({x: parseFloat('a,b,c'.replaceAll('-', 'zz')), y: undefined}) ⇒ {"x":null}
    typeof nodes.start.people[1]?.name.charCodeAt(1e-7) ⇒ "number"
    ({...({['k' + nodes.start.frac]: ['b', 'a', 'C', 10, 9].sort()}), z: undefined}) ⇒ {"k1.5":[10,9,"C","a","b"]}
    ({['k' + nodes.start.neg]: ({})}) ⇒ {"k-7":{}}
    Array.isArray(null) ⇒ false
    [].filter(x => x > 1e3) ⇒ []
    ({x: nodes.start.people[0], y: nodes.gone?.x.y[0]}) ⇒ {"x":{"name":"Ann","age":41}}
    ({x: nodes.start.mixed, y: nodes.start.mixed}) ⇒ {"x":[1,"2",null,true,[4,"5"]],"y":[1,"2",null,true,[4,"5"]]}
    ({...({x: nodes.start.list, y: [5, -1, 2.5].every(x => x > 3.5)}), z: nodes.start.missing}) ⇒ {"x":[1,2,3],"y":false}
    typeof JSON.stringify(({a: 1, b: 'x'})).padEnd(7, 'a,b,c') ⇒ "string"
    [].concat('') ⇒ [""]
    nodes.start.empty.replaceAll('-', '_').slice(1, 1e3) ⇒ ""
    Object.keys(({...nodes.start.people.find(p => p.age > 1), z: 'a'.toUpperCase()})).slice(10, 0.1) ⇒ []
    (nodes.start.text == 'a,b,c') ⇒ false
    ['b', 'a', 'C', 10, 9].sort().flat() ⇒ [10,9,"C","a","b"]
    [nodes.start.missing, nodes.start.people[1]?.name].slice(0, -1).slice(1e3, 1) ⇒ []
    Object.values(nodes.start.people.find(p => p.age > +(nodes.start.missing))).slice(nodes.start.zero, 0) ⇒ ERR
    ({x: nodes.start.people[1]?.name, y: ({a: 1, b: 'x'})}) ⇒ {"x":"Bob","y":{"a":1,"b":"x"}}
    [[1, 'a', null], nodes.start.neg].slice(2, -1).concat(({x: nodes.start.missing, y: JSON.stringify(nodes.start.missing)})) ⇒ [{}]
    nodes.start.people.find(p => p.age > nodes.start.neg) ⇒ {"name":"Ann","age":41}
    ({x: [1, 'a', null].slice(3.5, 1e21).flat(), y: ({...({['k' + 1e3]: nodes.start.ok}), z: null})}) ⇒ {"x":[],"y":{"k1000":true,"z":null}}
    nodes.start.people.map(p => p.name) ⇒ ["Ann","Bob"]
    Object.values(({['k' + 1e-7]: ({x: nodes.start.no, y: nodes.start.none})})) ⇒ [{"x":false,"y":null}]
    ({['k' + 0]: nodes.start.none}) ⇒ {"k0":null}
    (Math.ceil(-(nodes.start.list.reduce((a, b) => a + b, 2))) ?? undefined) ⇒ -8
    isNaN(Math.min(+(({a: 1, b: 'x'})), +(nodes.gone?.x.y[0]))) ⇒ true
    ('' >= ' x ') ⇒ false
    Object.entries(nodes.start.people.find(p => p.age > 'Hello World'.repeat(2).length)) ⇒ [["name","Ann"],["age",41]]
    "it's".charAt(1) ⇒ "t"
    ({x: [], y: nodes.start.obj}) ⇒ {"x":[],"y":{"a":1,"b":"x","c":{"d":[true]}}}
    Object.keys(({a: 1, b: 'x'})).slice(1, 123456.789).flat() ⇒ ["b"]
    nodes.start.email.charCodeAt(123456.789) ⇒ null
    Boolean(Object.keys(nodes.start.people.find(p => p.age > Number([[1], [2, [3]]])))) ⇒ ERR
    Object.keys(({x: undefined, y: nodes.start.n})) ⇒ ["x","y"]
    ({...({x: undefined, y: (`<${null}|${nodes.gone?.x.y[0]}>` == 'Hello World'.repeat(0))}), z: nodes.start.people[0]?.name}) ⇒ {"y":false,"z":"Ann"}
    [10, 9, 1].map((x, i) => x + i).map(x => x * (nodes.start.no ? nodes.start.n : nodes.start.n)).join('') ⇒ "30309"
    ({x: ({x: ({a: 1, b: 'x'}), y: nodes.start.people[0]}), y: nodes.gone?.x.y[0]}) ⇒ {"x":{"x":{"a":1,"b":"x"},"y":{"name":"Ann","age":41}}}
    nodes.start.people.find(p => p.age > Math.min(Number(({...({}), z: nodes.start.people[1]?.name})), parseInt((nodes.start.ok ? '' : '007')))) ⇒ null
    nodes.start.people.map(p => p.name).flat() ⇒ ["Ann","Bob"]
    Object.entries(nodes.start.people.find(p => p.age > [[1], [2, [3]]].indexOf(nodes.gone?.x.y[0]))) ⇒ [["name","Ann"],["age",41]]
    Object.keys(nodes.start.people.find(p => p.age > Number('007'))) ⇒ ["name","age"]
    Object.keys(({x: ({a: 1, b: 'x'}), y: nodes.start.people[1]?.name})).length ⇒ 2
    [null, ({...nodes.start.obj, z: nodes.start.none})] ⇒ [null,{"a":1,"b":"x","c":{"d":[true]},"z":null}]
    Object.values(({...nodes.start.people[0], z: nodes.start.none})).slice(nodes.start.zero, 10) ⇒ ["Ann",41,null]
    ({...({...({x: [1, 'a', null], y: [1, 'a', null]}), z: nodes.start.empty.lastIndexOf('12.5px')}), z: nodes.start.people[1]?.name}) ⇒ {"x":[1,"a",null],"y":[1,"a",null],"z":"Bob"}
    ({...nodes.start.people.find(p => p.age > Object.entries(nodes.start.obj).indexOf(null)), z: nodes.gone?.x.y[0]}) ⇒ {"name":"Ann","age":41}
    ({...({...({a: 1, b: 'x'}), z: null}), z: nodes.gone?.x.y[0]}) ⇒ {"a":1,"b":"x"}
    ({...({a: 1, b: 'x'}), z: undefined}) ⇒ {"a":1,"b":"x"}
    [...[]].sort((a, b) => a - b).map(x => x * (10 ** 2)).concat(undefined) ⇒ [null]
    ({...nodes.start.people.find(p => p.age > 1e21), z: nodes.start.missing}) ⇒ {}
    ({x: ({a: 1, b: 'x'}), y: nodes.start.missing}) ⇒ {"x":{"a":1,"b":"x"}}
    ({x: Object.values(nodes.start.people[0]), y: Object.keys(nodes.start.obj)}) ⇒ {"x":["Ann",41],"y":["a","b","c"]}
    ({x: nodes.start.frac, y: ({})}) ⇒ {"x":1.5,"y":{}}
    [Math.ceil(-(+(nodes.gone?.x.y[0]))), Object.keys(nodes.start.people.find(p => p.age > parseFloat("it's")))] ⇒ ERR
    ({...nodes.start.people.find(p => p.age > 0.1), z: undefined}) ⇒ {"name":"Ann","age":41}
    ({['k' + nodes.start.frac]: nodes.start.people.find(p => p.age > nodes.start.list.findIndex(x => x > nodes.start.neg))}) ⇒ {"k1.5":{"name":"Ann","age":41}}
    [1, 2, 3] ⇒ [1,2,3]
    ({x: nodes.start.people[1]?.name, y: nodes.start.people.find(p => p.age > -(10))}) ⇒ {"x":"Bob","y":{"name":"Ann","age":41}}
    """#
}
