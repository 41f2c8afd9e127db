import DataModel

/// Puts a column together from parts that own disjoint sets of rows.
struct RowChoice {
  private struct Part {
    let column: ColumnVector
    /// 1 when its rows are those of the frame.
    let byRow: Int32
    /// 1 when it has a row only for each row it owns.
    let byTurn: Int32
  }

  /// Part of each row; the last part, number `open`, has the rows that no other took.
  private var owners: [Int32]
  private let open: Int32
  private let physical: PhysicalType
  private var parts: [Part] = []

  init(_ physical: PhysicalType, _ count: Int, parts: Int) {
    self.physical = physical
    open = Int32(truncatingIfNeeded: parts)
    owners = [Int32](repeating: open, count: count)
  }

  var openRows: [Int32] { ChoiceKernels.rows(owners, of: open) }

  /// Open rows that are true go to the part.
  mutating func take(_ part: Int, where truth: Vector, count: Int) {
    let part = Int32(truncatingIfNeeded: part)
    if truth.isConstant {
      if truth.column.isValid(0), truth.column.value(at: 0) == .boolean(true) {
        take(Int(part), rows: openRows)
      }
    } else if case .int64(let values) = truth.column.storage {
      ChoiceKernels.take(&owners, from: open, for: part, where: values)
    }
  }

  mutating func take(_ part: Int, rows: [Int32]) {
    RowNumbers.fill(Int32(truncatingIfNeeded: part), at: rows, in: &owners)
  }

  /// Adds the next part: a vector over the frame, or over the rows that the part owns.
  mutating func add(_ vector: Vector, overFrame: Bool) {
    parts.append(
      Part(
        column: vector.column, byRow: vector.isConstant || !overFrame ? 0 : 1,
        byTurn: vector.isConstant || overFrame ? 0 : 1))
  }

  /// Adds the value of a node as the next part; it runs only over the rows that the part owns.
  mutating func add(_ node: any ExpressionNode, _ frame: Frame) throws(EvaluationError) {
    if node.traits.isTrivial { return add(try node.run(frame), overFrame: true) }
    let rows = ChoiceKernels.rows(owners, of: Int32(truncatingIfNeeded: parts.count))
    guard !rows.isEmpty else { return add(Vector(constant: .null, physical), overFrame: true) }
    add(try node.run(frame.selecting(rows)), overFrame: false)
  }

  /// Constants may add up to more than a column holds.
  private static func check(_ strings: ByteColumn, _ sources: [Int32]) throws(EvaluationError) {
    let (most, overflow) = strings.bytes.count.multipliedReportingOverflow(by: sources.count)
    guard overflow || most > StringKernels.bytesMax else { return }
    try StringKernels.checkSize(sources.reduce(0) { $0 + strings.range(Int($1)).count }, times: 1)
  }

  /// Parts that were not added are NULL.
  consuming func finish() throws(EvaluationError) -> Vector {
    while parts.count <= Int(open) { add(Vector(constant: .null, physical), overFrame: true) }
    let first = owners.first ?? 0
    let only = parts[Int(first)]
    if ChoiceKernels.areEqual(owners) {
      return Vector(only.column, isConstant: only.byRow == 0 && only.byTurn == 0)
    }
    var base: [Int32] = []
    var total = 0
    for part in parts {
      base.append(Int32(truncatingIfNeeded: total))
      total += part.column.count
    }
    guard Int32(exactly: total) != nil else {
      throw EvaluationError(.overflow, "a batch has too many rows for CASE")
    }
    let pool = try ColumnGather.concatenate(parts.map(\.column))
    let sources = ChoiceKernels.sources(
      owners, base: base, byRow: parts.map(\.byRow), byTurn: parts.map(\.byTurn))
    if case .bytes(let strings) = pool.storage { try Self.check(strings, sources) }
    return Vector(ColumnGather.gather(pool, sources))
  }
}
