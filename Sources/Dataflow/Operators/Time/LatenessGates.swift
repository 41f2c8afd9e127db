package import DataModel

/// LATENESS of one column: below the waterline of the steps before, changes are late.
package struct LatenessRule: Sendable {
  /// Number by which a `Waterline` means it.
  let source: Int
  let column: Int
  /// Over one column, the greatest value seen.
  let waterline: ScalarExpression
  let drops: Bool

  package init(source: Int, column: Int, waterline: ScalarExpression, drops: Bool) {
    self.source = source
    self.column = column
    self.waterline = waterline
    self.drops = drops
  }
}

/// An operator behind which columns have waterlines of their own.
protocol LatenessSource: AnyObject {
  var state: OperatorState { get }
  var gates: LatenessGates { get set }
}

/// The columns with LATENESS of one relation. For each the state has a trace with the greatest value seen.
///
/// Rows are judged by the waterlines after the step before, so those of one step never make each other late.
struct LatenessGates {
  private struct Gate {
    let rule: LatenessRule
    let waterline: CompiledExpression
    let seen: NumberCell
  }

  private let gates: [Gate]
  /// Changes that were dropped since the circuit was built.
  private(set) var lateRows: UInt64 = 0
  /// The waterlines before a step that is taken in slices; nil outside of one.
  private var held: [Int64?]?

  init(_ rules: [LatenessRule], of relation: SQLIdentifier, in state: inout OperatorState) {
    var gates: [Gate] = []
    for rule in rules {
      gates.append(
        Gate(
          rule: rule, waterline: CompiledExpression(rule.waterline),
          seen: NumberCell(trace: state.traces.count)))
      let kind = rule.drops ? "lateness" : "watermark"
      state.add("\(kind)/\(relation.canonical)#\(rule.column)", NumberCell.layout)
    }
    self.gates = gates
  }

  var isEmpty: Bool { gates.isEmpty }
  var sources: [Int] { gates.map(\.rule.source) }

  /// Nil before the first row, and where the waterline cannot be computed.
  func waterline(of source: Int, _ state: OperatorState) -> Int64? {
    guard let gate = gates.first(where: { $0.rule.source == source }) else { return nil }
    return waterline(gate, state)
  }

  /// Judges by the waterlines of now until `letGo`.
  mutating func hold(_ state: OperatorState) { held = gates.map { waterline($0, state) } }
  mutating func letGo() { held = nil }

  private func waterline(_ gate: Gate, _ state: OperatorState) -> Int64? {
    guard let seen = gate.seen.value(in: state) else { return nil }
    return gate.waterline.number(at: seen)
  }

  /// The rows that are not late; they move the waterlines of later steps.
  mutating func admit(_ delta: ColumnBatch, _ state: inout OperatorState) throws(EvaluationError)
    -> ColumnBatch
  {
    let late = late(delta, state)
    guard !late.isEmpty else {
      try advance(delta, &state)
      return delta
    }
    lateRows += UInt64(late.count)
    let dropped = Set(late)
    let kept = ColumnGather.gather(
      delta, (0..<Int32(truncatingIfNeeded: delta.count)).filter { !dropped.contains($0) })
    try advance(kept, &state)
    return kept
  }

  /// As `admit`, for what upserts changed: a change of a row from or to a late one is refused as a whole.
  mutating func admitUpserts(
    _ delta: ColumnBatch, key: [Int], _ state: inout OperatorState
  ) throws(EvaluationError) -> (kept: ColumnBatch, refused: ColumnBatch) {
    let late = late(delta, state)
    guard !late.isEmpty else {
      try advance(delta, &state)
      return (delta, ColumnBatch(columns: delta.columns.map { ColumnGather.gather($0, []) }, weights: []))
    }
    let keys = try RowCodec.encode(key.map { delta.columns[$0] }, count: delta.count)
    let refused = Set(late.map { Array(keys.bytes[keys.range(Int($0))]) })
    lateRows += UInt64(refused.count)
    var dropped: [Int32] = []
    var kept: [Int32] = []
    for row in 0..<delta.count {
      let index = Int32(truncatingIfNeeded: row)
      if refused.contains(Array(keys.bytes[keys.range(row)])) {
        dropped.append(index)
      } else {
        kept.append(index)
      }
    }
    let rest = ColumnGather.gather(delta, kept)
    try advance(rest, &state)
    return (rest, ColumnGather.gather(delta, dropped))
  }

  /// Rows below a waterline, ascending.
  private func late(_ delta: ColumnBatch, _ state: OperatorState) -> [Int32] {
    var late = Set<Int32>()
    for (index, gate) in gates.enumerated() where gate.rule.drops {
      guard let bound = held.map({ $0[index] }) ?? waterline(gate, state) else { continue }
      let column = delta.columns[gate.rule.column]
      let values = TemporalIntervals.numbers(column)
      for row in values.indices where values[row] < bound && column.isValid(row) {
        late.insert(Int32(truncatingIfNeeded: row))
      }
    }
    return late.sorted()
  }

  private func advance(_ rows: ColumnBatch, _ state: inout OperatorState) throws(EvaluationError) {
    for gate in gates {
      let column = rows.columns[gate.rule.column]
      let values = TemporalIntervals.numbers(column)
      var greatest = gate.seen.value(in: state)
      for row in values.indices where rows.weights[row] > 0 && column.isValid(row) {
        greatest = max(greatest ?? values[row], values[row])
      }
      if let greatest { try gate.seen.set(greatest, in: &state) }
    }
  }
}

extension CompiledExpression {
  /// Its value over one column with one number; nil for NULL and where it fails.
  func number(at argument: Int64) -> Int64? {
    guard let column = try? evaluate([ColumnVector(.int64([argument]))], count: 1, now: 0),
      case .int64(let number) = column.value(at: 0)
    else { return nil }
    return number
  }
}

/// LATENESS of a view: its rows that are not late.
final class LatenessOperator: Operator, LatenessSource {
  let inputs: [NodeID]
  var state = OperatorState()
  var gates: LatenessGates

  init(_ input: NodeID, _ rules: [LatenessRule], relation: SQLIdentifier) {
    inputs = [input]
    var state = OperatorState()
    gates = LatenessGates(rules, of: relation, in: &state)
    self.state = state
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    try deltas[0].map { delta throws(EvaluationError) in try gates.admit(delta, &state) }
  }
}
