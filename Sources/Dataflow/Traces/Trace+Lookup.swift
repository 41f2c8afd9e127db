package import DataModel

/// Where a row lies in a trace; `run` is -1 when it is not there.
package struct TracePosition {
  package let run: Int32
  let block: Int32
  let row: Int32
  static let absent = TracePosition(run: -1, block: -1, row: -1)
  package var isPresent: Bool { run >= 0 }
}

/// Distinct keys in ascending order, to look up together.
struct SortedKeys {
  let rows: ByteColumn
  let prefixes: [UInt64]
  var count: Int { prefixes.count }

  @inline(__always)
  subscript(index: Int) -> SeekKey { SeekKey(prefix: prefixes[index], range: rows.range(index)) }
}

extension Trace {
  /// The one live row of each key, for traces that hold at most one a key. Positions hold until the trace changes.
  ///
  /// The newest run that knows the key has the truth: its row of weight 1, or none.
  func uniqueRows(_ keys: SortedKeys) throws(EvaluationError) -> [TracePosition] {
    var found = [TracePosition](repeating: .absent, count: keys.count)
    var pending = (0..<Int32(truncatingIfNeeded: keys.count)).map { $0 }
    let bytes = keys.rows.bytes
    for (index, run) in runs.enumerated().reversed() where !pending.isEmpty {
      var cursor = RunCursor(run, keeping: true)
      var kept = 0
      for slot in 0..<pending.count {
        let place = Int(pending[slot])
        let key = keys[place]
        var segment = try cursor.rows(of: key, in: bytes)
        if segment == nil {
          pending[kept] = pending[slot]
          kept += 1
          continue
        }
        while let (batch, range) = segment {
          for row in range where batch.weights[row] > 0 {
            found[place] = TracePosition(
              run: Int32(truncatingIfNeeded: index), block: Int32(truncatingIfNeeded: cursor.block),
              row: Int32(truncatingIfNeeded: row))
          }
          segment = try cursor.more(of: key, in: bytes)
        }
      }
      pending.removeLast(pending.count - kept)
    }
    return found
  }

  /// Summed weight of each key, in a trace without values.
  func weights(of keys: SortedKeys) throws(EvaluationError) -> [Int64] {
    var sums = [Int64](repeating: 0, count: keys.count)
    let bytes = keys.rows.bytes
    for run in runs {
      var cursor = RunCursor(run, keeping: true)
      for index in 0..<keys.count {
        let key = keys[index]
        let hash = run.isStored ? KeyHash.hash(bytes, key.range) : 0
        guard let (batch, row) = try cursor.row(key, in: bytes, hash: hash) else { continue }
        sums[index] = try Weight.sum(sums[index], batch.weights[row])
      }
    }
    return sums
  }

  /// The summed weight of each row of `delta` (whole rows: key and value).
  package func weights(of delta: SortedBatch) throws(EvaluationError) -> [Int64] {
    var sums = [Int64](repeating: 0, count: delta.count)
    let bytes = delta.rows.bytes
    for run in runs {
      var cursor = RunCursor(run, keeping: true)
      for row in 0..<delta.count {
        let key = SeekKey(prefix: delta.prefixes[row], range: delta.rows.range(row))
        let hash = run.isStored ? KeyHash.hash(bytes, delta.keyRange(row)) : 0
        guard let (batch, own) = try cursor.row(key, in: bytes, hash: hash) else { continue }
        sums[row] = try Weight.sum(sums[row], batch.weights[own])
      }
    }
    return sums
  }

  /// Values of the positions that are present, in their order.
  func values(at positions: [TracePosition]) throws(EvaluationError) -> ByteColumn {
    var output = RowAppender(reservingRows: positions.count, bytes: 0)
    // Positions ascend inside each run, so the last block of each is enough.
    var blocks: [(number: Int32, batch: SortedBatch?)] = runs.map { _ in (-1, nil) }
    for position in positions where position.isPresent {
      let run = Int(position.run)
      if blocks[run].number != position.block {
        blocks[run] = (position.block, try block(position))
      }
      guard let batch = blocks[run].batch else { continue }
      let range = batch.valueRange(Int(position.row))
      output.append(batch.rows.bytes, range.lowerBound, range.upperBound)
    }
    return output.finish()
  }

  private func block(_ position: TracePosition) throws(EvaluationError) -> SortedBatch {
    switch runs[Int(position.run)] {
    case .memory(let batch): batch
    case .stored(let stored): try stored.block(Int(position.block), keeping: true)
    }
  }
}
