import DataModel

/// Walks one run forward, block by block; a run in memory is one block.
struct RunCursor {
  private let run: TraceRun
  private let end: Int
  /// Number of the block; valid in `batch` only when `isLoaded`.
  private(set) var block = 0
  private var isLoaded: Bool
  private(set) var batch: SortedBatch
  private(set) var row = 0
  private let keeping: Bool

  private static let none = BatchBuilder(reservingRows: 0, bytes: 0).finish()

  /// `keeping`: blocks stay in the cache.
  init(_ run: TraceRun, keeping: Bool) {
    self.run = run
    self.keeping = keeping
    switch run {
    case .memory(let batch):
      self.batch = batch
      end = 1
      isLoaded = true
    case .stored(let stored):
      batch = Self.none
      end = stored.footer.blocks.count
      isLoaded = false
      block = stored.footer.firstBlock(behind: stored.skippedRows)
    }
  }

  /// Rows from here on in the block, which is not empty; nil at the end.
  mutating func next() throws(EvaluationError) -> (SortedBatch, Range<Int>)? {
    if !isLoaded { try load() }
    while row >= batch.count {
      guard block + 1 < end else { return nil }
      block += 1
      try load()
    }
    defer { row = batch.count }
    return (batch, row..<batch.count)
  }

  private mutating func load() throws(EvaluationError) {
    guard case .stored(let stored) = run else { return }
    batch = try stored.block(block, keeping: keeping)
    isLoaded = true
    row = max(0, stored.skippedRows - stored.footer.starts[block])
  }

  /// Goes to the first row that is not less than the key, which is not less than any before.
  ///
  /// With a hash only the rows of exactly that key matter: false when there are none.
  private mutating func go(
    _ key: SeekKey, in bytes: [UInt8], hash: UInt64?
  ) throws(EvaluationError) -> Bool {
    if case .stored(let stored) = run {
      let target = stored.footer.block(for: key, in: bytes, from: block)
      if target != block {
        block = target
        isLoaded = false
      }
      if !isLoaded {
        if let hash, stored.cachedBlock(block) == nil, try !stored.mayHave(hash, block: block) { return false }
        try load()
      }
    }
    row = batch.lowerBound(key, in: bytes, from: row)
    return true
  }

  /// Goes to the first row that is not less than the key, which is not less than any before.
  mutating func seek(_ key: SeekKey, in bytes: [UInt8]) throws(EvaluationError) {
    _ = try go(key, in: bytes, hash: nil)
  }

  /// The rows of a key that is greater than any before, as far as they lie in one block; see `more`.
  @inline(__always)
  mutating func rows(of key: SeekKey, in bytes: [UInt8]) throws(EvaluationError) -> (SortedBatch, Range<Int>)? {
    if case .memory = run {
      row = batch.lowerBound(key, in: bytes, from: row)
    } else {
      guard try go(key, in: bytes, hash: KeyHash.hash(bytes, key.range)) else { return nil }
    }
    return take(key, bytes)
  }

  /// A whole row that is greater than any before; `hash` is that of its key.
  @inline(__always)
  mutating func row(
    _ key: SeekKey, in bytes: [UInt8], hash: UInt64
  ) throws(EvaluationError) -> (SortedBatch, Int)? {
    if case .memory = run {
      row = batch.lowerBound(key, in: bytes, from: row)
    } else {
      guard try go(key, in: bytes, hash: hash) else { return nil }
    }
    return row < batch.count && batch.isRow(row, key, bytes) ? (batch, row) : nil
  }

  /// The rows of the same key in the next block.
  mutating func more(of key: SeekKey, in bytes: [UInt8]) throws(EvaluationError) -> (SortedBatch, Range<Int>)? {
    guard case .stored(let stored) = run, isLoaded, row == batch.count,
      stored.footer.continues(block + 1, key, in: bytes)
    else { return nil }
    block += 1
    try load()
    return take(key, bytes)
  }

  @inline(__always)
  private mutating func take(_ key: SeekKey, _ bytes: [UInt8]) -> (SortedBatch, Range<Int>)? {
    let low = row
    row = batch.keyEnd(key, in: bytes, from: low)
    return low < row ? (batch, low..<row) : nil
  }
}

extension RunFooter {
  /// The block of row `rows`.
  func firstBlock(behind rows: Int) -> Int {
    var low = 0
    var high = blocks.count
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if starts[middle] > rows { high = middle } else { low = middle }
    }
    return low
  }
}
