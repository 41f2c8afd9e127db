import DataModel
import Dataflow
import InputLog
import PipelineModel
import Platform
import SQLLowering
import StorageAPI

/// The records of some tables as the steps of all lives took them: dead ones and those that were cut are left out.
/// Reads the log piece by piece.
struct TakenRecords {
  let store: any OrderedStore
  /// Of each table the first offset that counts.
  let origins: [SQLIdentifier: Offset]
  let end: Offset
  /// Whether pieces end where steps ended.
  let bySteps: Bool

  private static let pieceBytes: UInt64 = 8 << 20

  private var first: Offset { origins.values.min() ?? end }

  /// Records that are passed.
  var count: UInt64 { OffsetRange.clamped(first: first, end: end).count }

  func give(_ take: (Bootstrap.Taken) throws(EvaluationError) -> Void) throws(EvaluationError) {
    var cursor = Cursor(LogReader(store: store), from: first, to: end)
    var dead = try deadRecords()[...]
    guard bySteps else { return try give(upTo: end, &cursor, &dead, take) }
    while cursor.position < end {
      let ends = try stepEnds(behind: cursor.position)
      guard !ends.isEmpty else {
        throw EvaluationError(.corrupt, "no step is known that took the record offset=\(cursor.position)")
      }
      for stepEnd in ends { try give(upTo: stepEnd, &cursor, &dead, take) }
    }
  }

  /// One step, in pieces.
  private func give(
    upTo limit: Offset, _ cursor: inout Cursor, _ dead: inout ArraySlice<Offset>,
    _ take: (Bootstrap.Taken) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    var beginsStep = true
    repeat {
      var taken = Bootstrap.Taken()
      taken.beginsStep = beginsStep
      beginsStep = false
      let from = cursor.position
      var bytes: UInt64 = 0
      while bytes < Self.pieceBytes, let (block, range) = try cursor.next(below: limit) {
        let table = SQLIdentifier(block.table, caseSensitive: true)
        bytes += block.inputBytes
        guard let origin = origins[table], origin < range.end else { continue }
        let decoded = try cursor.decoded(block)
        let parts = Self.living(.clamped(first: max(origin, range.first), end: range.end), without: &dead)
        guard !parts.isEmpty else { continue }
        let changes = parts.map { decoded.part($0) }
        if let index = taken.inputs.firstIndex(where: { $0.table == table }) {
          taken.inputs[index].changes += changes
        } else {
          taken.inputs.append(TableInput(table: table, changes: changes))
        }
      }
      taken.endsStep = cursor.position >= limit
      taken.recordCount = OffsetRange.clamped(first: from, end: cursor.position).count
      try take(taken)
    } while cursor.position < limit
  }

  /// The parts of a range between dead records; those that lie before it are let go.
  private static func living(_ range: OffsetRange, without dead: inout ArraySlice<Offset>) -> [OffsetRange] {
    while let next = dead.first, next < range.first { dead.removeFirst() }
    var parts: [OffsetRange] = []
    var first = range.first
    while let offset = dead.first, offset < range.end {
      dead.removeFirst()
      if first < offset { parts.append(.clamped(first: first, end: offset)) }
      first = Offset(offset.rawValue &+ 1)
    }
    if first < range.end { parts.append(.clamped(first: first, end: range.end)) }
    return parts
  }

  /// Where the next steps with records end.
  private func stepEnds(behind position: Offset) throws(EvaluationError) -> [Offset] {
    var ends: [Offset] = []
    do {
      try store.scan(
        .base, from: KeySpace.stepIndex.key(position.rawValue &+ 1), to: KeySpace.stepIndex.end
      ) { key, _ in
        guard let number = KeySpace.number(key, at: 1), Offset(number) <= end else { return false }
        ends.append(Offset(number))
        return ends.count < 4096
      }
    } catch { throw EvaluationError(.storage, error.description) }
    return ends
  }

  /// In the order of their offsets.
  private func deadRecords() throws(EvaluationError) -> [Offset] {
    var dead: [Offset] = []
    do {
      try store.scan(
        .base, from: KeySpace.deadRecord.key(first.rawValue), to: KeySpace.deadRecord.key(end.rawValue)
      ) { key, _ in
        if let number = KeySpace.number(key, at: 1) { dead.append(Offset(number)) }
        return true
      }
    } catch { throw EvaluationError(.storage, error.description) }
    return dead
  }
}

/// A place in the log; holds the blocks of one read.
private struct Cursor {
  private(set) var position: Offset
  private let reader: LogReader
  private let end: Offset
  private var blocks: ArraySlice<StoredBlock> = []
  private var decoded: DecodedBlock?

  init(_ reader: LogReader, from first: Offset, to end: Offset) {
    self.reader = reader
    position = first
    self.end = end
  }

  /// The records of the next block that lie below `limit`, which comes to lie behind them; nil when there are none.
  mutating func next(below limit: Offset) throws(EvaluationError) -> (StoredBlock, OffsetRange)? {
    while position < limit {
      guard let block = blocks.first else {
        do throws(LogError) {
          blocks = try reader.read(covering: .clamped(first: position, end: end), bytesMax: Limits.stepBytesMax)[...]
        } catch { throw Self.failure(error) }
        // What is left was cut.
        if blocks.isEmpty { position = limit }
        continue
      }
      guard block.range.end > position else {
        blocks.removeFirst()
        continue
      }
      let range = OffsetRange.clamped(first: max(position, block.range.first), end: min(limit, block.range.end))
      position = max(position, min(limit, block.range.end))
      if !range.isEmpty { return (block, range) }
    }
    return nil
  }

  /// The same block may be asked for piece by piece.
  mutating func decoded(_ block: StoredBlock) throws(EvaluationError) -> DecodedBlock {
    if let decoded, decoded.range == block.range { return decoded }
    do throws(LogError) {
      let fresh = try DecodedBlock(block)
      decoded = fresh
      return fresh
    } catch { throw Self.failure(error) }
  }

  private static func failure(_ error: LogError) -> EvaluationError {
    EvaluationError(error.code == .corrupt ? .corrupt : .storage, error.message)
  }
}
