import DataModel

/// The inner loops of `SortedBatch.merge`: two sorted batches into buffers of the right size, run by run.
///
/// Each column is written once into memory of the result's size; runs of one side are copied as memory,
/// so a merge of batches that hardly interleave costs what the copy costs.
enum BatchMerge {
  /// A stretch of one side that goes into the result as it is, or one row with another weight.
  struct Run {
    let fromLeft: Bool
    let start: Int
    let end: Int
    /// Only for a single row found in both; 0 keeps the weights of the side.
    let weight: Int64
  }

  static func merge(_ left: SortedBatch, _ right: SortedBatch) throws(EvaluationError) -> SortedBatch {
    assemble(try plan(left, right), left, right)
  }

  /// Which rows go where, in order. Rows whose weights cancel are in no run.
  private static func plan(_ left: SortedBatch, _ right: SortedBatch) throws(EvaluationError) -> [Run] {
    let (leftCount, rightCount) = (left.count, right.count)
    let (leftHeads, rightHeads) = (left.prefixes, right.prefixes)
    let (leftEnds, rightEnds) = (left.rows.offsets, right.rows.offsets)
    let leftPrefixes = leftHeads.span
    let rightPrefixes = rightHeads.span
    let leftOffsets = leftEnds.span
    let rightOffsets = rightEnds.span
    let leftBytes = left.rows.bytes
    let rightBytes = right.rows.bytes
    var runs: [Run] = []
    runs.reserveCapacity(2 * min(leftCount, rightCount) + 2)
    var a = 0
    var b = 0
    while a < leftCount, b < rightCount {
      let startA = a
      var order = 0
      while a < leftCount {
        order = compare(leftPrefixes[a], rightPrefixes[b])
        if order == 0 {
          order = ByteOrder.compare(
            leftBytes, Int(leftOffsets[a]), Int(leftOffsets[a &+ 1]),
            rightBytes, Int(rightOffsets[b]), Int(rightOffsets[b &+ 1]))
        }
        if order >= 0 { break }
        a &+= 1
      }
      if a > startA { runs.append(Run(fromLeft: true, start: startA, end: a, weight: 0)) }
      if a == leftCount { break }
      if order == 0 {
        let weight = try Weight.sum(left.weights[a], right.weights[b])
        if weight != 0 { runs.append(Run(fromLeft: true, start: a, end: a + 1, weight: weight)) }
        a &+= 1
        b &+= 1
        continue
      }
      let startB = b
      repeat {
        b &+= 1
        if b == rightCount { break }
        order = compare(leftPrefixes[a], rightPrefixes[b])
        if order == 0 {
          order = ByteOrder.compare(
            leftBytes, Int(leftOffsets[a]), Int(leftOffsets[a &+ 1]),
            rightBytes, Int(rightOffsets[b]), Int(rightOffsets[b &+ 1]))
        }
      } while order > 0
      runs.append(Run(fromLeft: false, start: startB, end: b, weight: 0))
    }
    if a < leftCount { runs.append(Run(fromLeft: true, start: a, end: leftCount, weight: 0)) }
    if b < rightCount { runs.append(Run(fromLeft: false, start: b, end: rightCount, weight: 0)) }
    return runs
  }

  @inline(__always)
  private static func compare(_ left: UInt64, _ right: UInt64) -> Int {
    left == right ? 0 : left < right ? -1 : 1
  }

  private static func assemble(_ runs: [Run], _ left: SortedBatch, _ right: SortedBatch) -> SortedBatch {
    let (leftOffsets, rightOffsets) = (left.rows.offsets, right.rows.offsets)
    var count = 0
    var size = 0
    for run in runs {
      count += run.end - run.start
      size +=
        run.fromLeft
        ? Int(leftOffsets[run.end]) - Int(leftOffsets[run.start])
        : Int(rightOffsets[run.end]) - Int(rightOffsets[run.start])
    }
    var rows = ByteColumn()
    rows.bytes = gather(runs, size, left.rows.bytes, right.rows.bytes) { run in
      run.fromLeft
        ? Int(leftOffsets[run.start])..<Int(leftOffsets[run.end])
        : Int(rightOffsets[run.start])..<Int(rightOffsets[run.end])
    }
    rows.offsets = offsets(runs, count, left.rows.offsets, right.rows.offsets)
    let own = { (run: Run) in run.start..<run.end }
    var weights = gather(runs, count, left.weights, right.weights, own)
    var position = 0
    for run in runs {
      if run.weight != 0 { weights[position] = run.weight }
      position += run.end - run.start
    }
    return SortedBatch(
      rows: rows, keyLengths: gather(runs, count, left.keyLengths, right.keyLengths, own), weights: weights,
      prefixes: gather(runs, count, left.prefixes, right.prefixes, own))
  }

  /// The elements of the runs, one behind the other. `count` is their number.
  private static func gather<Element: BitwiseCopyable>(
    _ runs: [Run], _ count: Int, _ left: [Element], _ right: [Element], _ range: (Run) -> Range<Int>
  ) -> [Element] {
    unsafe [Element](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe left.withUnsafeBufferPointer { leftSource in
        unsafe right.withUnsafeBufferPointer { rightSource in
          guard let to = target.baseAddress else { return }
          var position = 0
          for run in runs {
            let part = range(run)
            let source = unsafe run.fromLeft ? leftSource : rightSource
            // In bounds: the runs were made from these very batches, and `count` is the sum of their lengths.
            precondition(part.upperBound <= source.count && position + part.count <= count)
            guard let from = source.baseAddress else { continue }
            if part.count <= 2 * MemoryLayout<UInt64>.size / MemoryLayout<Element>.size {
              // Short runs are the rule where two batches interleave; a call a run would cost more.
              for index in part {
                unsafe to[position] = from[index]
                position &+= 1
              }
            } else {
              unsafe (to + position).update(from: from + part.lowerBound, count: part.count)
              position += part.count
            }
          }
          initialized = position
        }
      }
    }
  }

  private static func offsets(_ runs: [Run], _ count: Int, _ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.append(addingCapacity: count + 1) { output in
      var total: UInt32 = 0
      output.append(0)
      for run in runs {
        let source = run.fromLeft ? left.span : right.span
        let shift = total &- source[run.start]
        for row in run.start..<run.end { output.append(source[row + 1] &+ shift) }
        total = source[run.end] &+ shift
      }
    }
    return result
  }
}
