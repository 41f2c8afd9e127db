import DataModel

/// What an operator computes of each row of an input.
struct RowExpressions {
  let outputs: [ScalarExpression]
  let predicate: ScalarExpression?

  /// Columns and literals are left out: they cannot fail.
  init(_ outputs: [ScalarExpression], where predicate: ScalarExpression? = nil) {
    self.outputs = outputs.filter {
      switch $0.node {
      case .column, .literal: false
      case .call, .conditional: true
      }
    }
    self.predicate = predicate
  }

  var isEmpty: Bool { outputs.isEmpty && predicate == nil }
}

/// An operator whose expressions may fail on rows.
package struct ErrorSource: Hashable, Sendable {
  /// The view for which the operator was made; others may share it.
  package let view: String
  /// What the operator does.
  package let operation: String
  /// Where it stands in the view's plan.
  package let place: String
}

/// What becomes of a row on which an operator fails.
package enum ErrorRule: Sendable {
  /// The row is missing behind the operator and nowhere noted.
  case passes
  /// The row is missing behind the operator, and in the error collection.
  case noted
}

/// Finds the rows on which the expressions of one operator fail, when a step of it has failed. Used by the
/// operator's thread; what it found is taken by the error collection behind all operators.
final class RowGuard {
  struct Failure {
    /// The row as the operator read it.
    let row: [UInt8]
    let reason: String
    let weight: Int64
  }

  let source: ErrorSource
  var tolerance = RowErrorTolerance.none
  /// Whether the rows that it finds go to the error collection.
  var notes = true
  /// Whether rows are looked at before the operator is: it does not compute the expressions of rows that go.
  let comesFirst: Bool
  private let expressions: [RowExpressions]
  /// Of no use before a row fails.
  private lazy var projections = expressions.map { row in
    row.isEmpty ? nil : CompiledProjection(row.outputs, where: row.predicate)
  }
  private var failures: [Failure] = []

  /// `expressions`: for each input what the operator computes of a row.
  init(_ source: ErrorSource, _ expressions: [RowExpressions], comesFirst: Bool) {
    self.source = source
    self.expressions = expressions
    self.comesFirst = comesFirst
  }

  /// The deltas without the rows that fail, which are noted; nil when no row is to blame. Of `n` rows with `k` bad
  /// ones about `k log n` pieces are evaluated.
  func cleaned(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [[ColumnBatch]]? {
    var isClean = true
    var result = deltas
    for (input, projection) in projections.enumerated() where input < deltas.count {
      guard let projection else { continue }
      var parts: [ColumnBatch] = []
      for part in deltas[input] {
        var bad: [Int32] = []
        try find(part, Array(0..<Int32(truncatingIfNeeded: part.count)), projection, now, &bad)
        guard !bad.isEmpty else {
          parts.append(part)
          continue
        }
        isClean = false
        let dropped = Set(bad)
        let kept = (0..<Int32(truncatingIfNeeded: part.count)).filter { !dropped.contains($0) }
        if !kept.isEmpty { parts.append(ColumnGather.gather(part, kept)) }
      }
      result[input] = parts
    }
    return isClean ? nil : result
  }

  private func find(
    _ batch: ColumnBatch, _ rows: [Int32], _ projection: CompiledProjection, _ now: Int64, _ bad: inout [Int32]
  ) throws(EvaluationError) {
    guard let first = rows.first else { return }
    let piece = rows.count == batch.count ? batch : ColumnGather.gather(batch, rows)
    do throws(EvaluationError) { _ = try projection.run(piece, now: now) } catch {
      guard error.isOfRow else { throw error }
      guard rows.count > 1 else {
        if tolerance == .deletions, piece.weights.contains(where: { $0 > 0 }) { throw error }
        bad.append(first)
        note(piece, error)
        return
      }
      try find(batch, Array(rows[..<(rows.count / 2)]), projection, now, &bad)
      try find(batch, Array(rows[(rows.count / 2)...]), projection, now, &bad)
    }
  }

  private func note(_ row: ColumnBatch, _ error: EvaluationError) {
    guard notes, let weight = row.weights.first else { return }
    let reason = String(error.message.prefix(RowGuard.reasonCharactersMax))
    failures.append(Failure(row: RowGuard.text(row), reason: reason, weight: weight))
  }

  func take() -> [Failure] {
    let taken = failures
    failures = []
    return taken
  }

  func clear() { failures = [] }

  private static let rowBytesMax = 1024
  private static let reasonCharactersMax = 500

  /// The values of the first row in their physical form, as a JSON array; cut at a bound.
  private static func text(_ batch: ColumnBatch) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "[")]
    for (index, column) in batch.columns.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      switch column.value(at: 0) {
      case .null: text += Array("null".utf8)
      case .int64(let value): text += Array(String(value).utf8)
      case .float64(let value): text += Array((value.isFinite ? "\(value)" : "\"\(value)\"").utf8)
      case .int128(let value): text += Array(String(value).utf8)
      case .bytes(let bytes): append(bytes.prefix(rowBytesMax), to: &text)
      }
      if text.count > rowBytesMax { break }
    }
    text.append(UInt8(ascii: "]"))
    return text
  }

  private static func append(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"", "\\": text += [UInt8(ascii: "\\"), UInt8(truncatingIfNeeded: scalar.value)]
      case _ where scalar.value < 0x20: text.append(UInt8(ascii: " "))
      default: text += Array(String(scalar).utf8)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}

extension EvaluationError {
  /// Whether a value of the row is to blame.
  var isOfRow: Bool {
    switch code {
    case .overflow, .divisionByZero, .invalidCast, .invalidArgument: true
    case .weightOverflow, .cancelled, .corrupt, .storage: false
    }
  }
}

extension Operator {
  /// As `parts`; where a row is to blame for an error, and that is tolerated, what the operator gives without it.
  func parts(
    _ deltas: [[ColumnBatch]], now: Int64, _ rows: RowGuard?
  ) throws(EvaluationError) -> [ColumnBatch] {
    guard let rows, rows.tolerance != .none else { return try parts(deltas, now: now) }
    if rows.comesFirst { return try parts(try rows.cleaned(deltas, now: now) ?? deltas, now: now) }
    let before = state
    do throws(EvaluationError) { return try parts(deltas, now: now) } catch {
      guard error.isOfRow, let cleaned = try rows.cleaned(deltas, now: now) else { throw error }
      state = before
      rollBack()
      return try parts(cleaned, now: now)
    }
  }
}
