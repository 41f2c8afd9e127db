import DataModel

/// How often keys are there, as records: one weight a key for each of some traces, which follow at each flush.
///
/// The traces hold the keys alone. Not thread-safe: owned by one operator.
final class KeyWeights {
  let types: [PhysicalType]
  /// Payload: the weights.
  private(set) var records: KeyedRecords
  private let sides: Int
  /// Whether the records know every key; otherwise the traces are asked for the others.
  private var isComplete = true

  init(_ types: [PhysicalType], sides: Int = 1) {
    self.types = types
    self.sides = sides
    records = KeyedRecords(keys: types, payload: sides)
  }

  var layout: TraceLayout { TraceLayout(key: types, value: []) }
  var sizeBytes: Int { records.sizeBytes }

  /// The record of each row, made where there is none, and touched. The columns are canonical.
  func resolve(
    _ columns: [ColumnVector], _ words: WordRows, selection: [Int32]?, _ traces: some Collection<Trace>
  ) throws(EvaluationError) -> [Int32] {
    guard words.count > 0 else { return [] }
    let known = records.touched.records.count
    let result = records.resolve(words)
    if !isComplete { try load(columns, selection, from: known, traces) }
    return result
  }

  /// Gives the keys that were made just now the weights that the traces know.
  private func load(
    _ columns: [ColumnVector], _ selection: [Int32]?, from known: Int, _ traces: some Collection<Trace>
  ) throws(EvaluationError) {
    let touched = records.touched
    let fresh = (known..<touched.records.count).filter { touched.isNew[$0] }
    guard !fresh.isEmpty else { return }
    let rows = fresh.map { index in selection.map { $0[Int(touched.rows[index])] } ?? touched.rows[index] }
    let (keys, order) = try SortedKeys.of(columns, rows: rows)
    var weights: [[Int64]] = []
    for trace in traces { weights.append(try trace.weights(of: keys)) }
    for (place, entry) in order.enumerated() {
      let words = weights.map { UInt64(bitPattern: $0[place]) }
      if words.contains(where: { $0 != 0 }) { records.load(touch: fresh[Int(entry)], words) }
    }
  }

  /// The weight of a row's key without touching it, in the first trace; 0 for a key that is not there.
  func weights(_ words: WordRows) -> [Int64] {
    guard words.count > 0 else { return [] }
    return records.lookUp(words).map { $0 < 0 ? 0 : Int64(bitPattern: records.word($0, 0)) }
  }

  /// Whether every key is among the records.
  var knowsAll: Bool { isComplete }

  func weight(_ record: Int32, side: Int = 0) -> Int64 { Int64(bitPattern: records.word(record, side)) }

  /// Weight of a touched key before the step.
  func before(_ touch: Int, side: Int = 0) -> Int64 { Int64(bitPattern: records.touched.before[touch * sides + side]) }

  /// Adds to keys that this step has touched.
  func add(_ keys: [Int32], _ weights: [Int64], side: Int = 0) throws(EvaluationError) {
    let feed = RecordFeed(records: keys, rows: nil, weights: weights)
    guard records.addWeights(feed, present: nil, word: side) else {
      throw EvaluationError(.weightOverflow, "weight overflow of a row")
    }
  }

  /// Forgets the keys of which an int64 column lies below the bound; between steps.
  func forget(column: Int, below bound: Int64) {
    var gone: [Int32] = []
    records.eachRecord { record in
      if records.hasKey(record, column: column, below: bound) { gone.append(record) }
    }
    records.forget(gone)
  }

  /// Brings the traces up to date; `insert` takes a batch for a side.
  func flush(_ insert: (Int, SortedBatch) throws(EvaluationError) -> Void) throws(EvaluationError) {
    let changes = records.changes()
    for piece in FlushPieces.of(changes.records.count, words: { self.records.keyWords(changes.records[$0]) }) {
      let keys = records.keyColumns(Array(changes.records[piece]))
      for side in 0..<sides {
        let weights = piece.map {
          Int64(bitPattern: changes.after[$0 * sides + side]) &- Int64(bitPattern: changes.before[$0 * sides + side])
        }
        let batch = try SortedDelta(keys: keys, values: [], weights: weights).batch
        if !batch.isEmpty { try insert(side, batch) }
      }
    }
    records.flushed()
  }

  func removeAll(isComplete: Bool) {
    self.isComplete = isComplete
    records = KeyedRecords(keys: types, payload: sides)
  }
}
