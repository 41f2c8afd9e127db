import DataModel
import Dataflow

/// The stateless Nexmark queries as circuits over a table of bids, 10,000 a step; there is no output node.
enum QueryFigures {
  private static func circuit(where predicate: ScalarExpression?, _ select: [ScalarExpression]) -> Circuit {
    var builder = CircuitBuilder()
    let schema = Circuits.schema(Bids.types)
    var node = builder.table(SQLIdentifier("bid"), schema: schema, materialized: false)
    if let predicate { node = builder.filter(node, predicate) }
    _ = builder.project(node, select)
    return builder.build()
  }

  private static func columns(_ indices: [Int]) -> [ScalarExpression] {
    indices.map { ScalarFigures.column($0) }
  }

  private static var queries: [(String, ScalarExpression?, [ScalarExpression])] {
    let s = ScalarFigures.self
    let names = ["apple", "google", "facebook", "baidu"]
    let isKnown = names.map { s.call(.equal, s.lowerChannel, s.string($0)) }
    let known = isKnown.dropFirst().reduce(isKnown[0]) { s.call(.or, $0, $1) }
    let inRange = s.call(
      .and, s.call(.greater, s.euros, s.decimal(1_000_000_000, 22, 3)),
      s.call(.less, s.euros, s.decimal(50_000_000_000, 22, 3)))
    let half = s.call(.less, s.call(.modulo, s.column(0), s.number(2), type: .bigint), s.number(1))
    return [
      ("q0", nil, columns([0, 1, 2, 5, 6])),
      ("q1", nil, columns([0, 1]) + [s.euros] + columns([5, 6])),
      ("q2", s.isAuction, columns([0, 2])),
      (
        "q14", inRange,
        columns([0, 1]) + [s.euros, s.partOfDay] + columns([5, 6]) + [s.letterCount]
      ),
      (
        "q21", s.call(.or, s.call(.isNotNull, s.channelID), known),
        columns([0, 1, 2, 3]) + [s.channelNumber]
      ), ("q22", nil, columns([0, 1, 2, 3]) + [s.part(3), s.part(4), s.part(5)]),
      ("half of all columns", half, columns(Array(Bids.types.indices))),
      ("half of two ints", half, columns([0, 2])),
      ("half of a string", half, columns([6])),
    ]
  }

  static var all: [Figure] {
    queries.map { name, predicate, select in
      Figure("query " + name, repeats: 4) {
        let count = ScalarFigures.count
        let changes = ChangeBatch(
          columns: Bids.columns(count), kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: count))
        let circuit = circuit(where: predicate, select)
        let input = [TableInput(table: SQLIdentifier("bid"), changes: [changes])]
        return {
          for _ in 0..<20 { _ = try circuit.step(input, now: 0) }
          return 20 * count
        }
      }
    }
  }
}
