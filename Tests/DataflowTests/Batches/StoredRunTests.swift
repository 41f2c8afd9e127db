import DataModel
import Dataflow
import Platform
import TestSupport
import Testing

// Goal: a run in a file answers as the same run in memory, and damage of any byte is an error value that names the
// file. Method: random runs (one row, many rows of one key, huge rows, all block sizes) read both ways; every byte of a
// small file flipped, every cut.

struct StoredRunTests {
  static let layout = TraceLayout(key: [.int64], value: [.bytes])

  /// Rows with few or many values a key, and some that are larger than a block.
  static func batch(_ generator: inout SeededGenerator, count: Int, keys: Int64) throws -> SortedBatch {
    let rows: [Row] = (0..<count).map { _ in
      let length = Int.random(in: 0..<40, using: &generator) == 0 ? 700 : Int.random(in: 0..<20, using: &generator)
      let text = String((0..<length).map { _ in "ab\0".randomElement(using: &generator) ?? "a" })
      let key = Int64.random(in: 0..<keys, using: &generator)
      return [key == 0 ? .null : .int64(key * 2), .text(text)]
    }
    let all = columns(rows, [.int64, .bytes])
    let weights = rows.map { _ in Int64.random(in: 1...3, using: &generator) }
    return try SortedDelta(keys: [all[0]], values: [all[1]], weights: weights).batch
  }

  static func contents(_ trace: Trace) throws -> [(Row, Int64)] {
    var rows: [(Row, Int64)] = []
    try trace.snapshot().forEachBatch(rowsMax: 5) { batch in
      for row in 0..<batch.count { rows.append((batch.columns.map { $0.value(at: row) }, batch.weights[row])) }
      return true
    }
    return rows
  }

  static func trace(_ runs: [TraceRun]) throws -> Trace {
    var trace = Trace(layout: layout)
    try trace.replace(runs)
    return trace
  }

  @Test(arguments: [1, 2, 60, 300] as [Int], [1, 300, 4096] as [Int])
  func answersAsMemoryDoes(count: Int, blockBytes: Int) throws {
    let files = StateFiles(blockBytes: blockBytes)
    defer { files.storage.close() }
    for keys in [1, 5, 100] as [Int64] {
      var generator = SeededGenerator(UInt64(count + blockBytes) &+ UInt64(keys))
      let batches = try (0..<3).map { _ in try Self.batch(&generator, count: count, keys: keys) }
      let memory = try Self.trace(batches.map { .memory($0) })
      let stored = try Self.trace(batches.map { try files.stored(.memory($0), Self.layout) })
      #expect(stored.runs.allSatisfy { $0.isStored } && stored.runs.map(\.count) == memory.runs.map(\.count))
      let (left, right) = (try Self.contents(memory), try Self.contents(stored))
      #expect(left.map(\.0) == right.map(\.0) && left.map(\.1) == right.map(\.1))
      let probe = try Self.batch(&generator, count: 50, keys: keys)
      #expect(try stored.weights(of: probe) == memory.weights(of: probe))
      #expect(try stored.weights(of: batches[1]) == memory.weights(of: batches[1]))
      for key in -1...keys * 2 + 1 {
        let value = key == 0 ? Value.null : .int64(key)
        let (one, two) = (try memory.snapshot().lookup([value]), try stored.snapshot().lookup([value]))
        #expect(one.weights == two.weights && "\(one.columns)" == "\(two.columns)")
        let bytes = RowCodec.encode([value], physical: [.int64])
        for greatest in [false, true] {
          let found = try stored.extreme(SeekKey(bytes), in: bytes, greatest: greatest)
          let expected = try memory.extreme(SeekKey(bytes), in: bytes, greatest: greatest)
          #expect(found.map { $0.batch.rows[$0.row] } == expected.map { $0.batch.rows[$0.row] })
        }
      }
    }
  }

  /// Rows of a stored trace before some bytes go without a block being written.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func truncationSkipsRows(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let files = StateFiles(blockBytes: 128)
    defer { files.storage.close() }
    let batches = try (0..<3).map { _ in try Self.batch(&generator, count: 200, keys: 60) }
    var memory = try Self.trace(batches.map { .memory($0) })
    var stored = try Self.trace(batches.map { try files.stored(.memory($0), Self.layout) })
    let written = files.files.bytesWritten
    for bound in [0, 20, 21, 90, 119, 500] as [Int64] {
      let bytes = RowCodec.encode([.int64(bound)], physical: [.int64])
      try memory.truncate(below: bytes)
      try stored.truncate(below: bytes)
      let (left, right) = (try Self.contents(memory), try Self.contents(stored))
      #expect(left.map(\.0) == right.map(\.0) && left.map(\.1) == right.map(\.1))
      let reopened = try Self.trace(
        stored.runs.map { run in
          guard case .stored(let stored) = run else { return run }
          return .stored(try files.storage.open(stored.file, stored.place))
        })
      #expect(try Self.contents(reopened).map(\.0) == left.map(\.0))
      for key in 0..<62 as Range<Int64> {
        #expect(try stored.snapshot().lookup([.int64(key)]).weights == memory.snapshot().lookup([.int64(key)]).weights)
      }
    }
    #expect(stored.isEmpty && files.files.bytesWritten == written)
  }

  /// Reads all of a run in every way.
  private static func readAll(_ run: TraceRun, _ probe: SortedBatch) throws {
    let trace = try trace([run])
    _ = try contents(trace)
    _ = try trace.weights(of: probe)
  }

  @Test func damageOfEveryByteIsAnErrorThatNamesTheFile() throws {
    var generator = SeededGenerator(7)
    let files = StateFiles(memoryBytes: 0, blockBytes: 200)
    defer { files.storage.close() }
    let batch = try Self.batch(&generator, count: 40, keys: 9)
    let written = try #require(try files.storage.write([.memory(batch)], Self.layout))
    let path = written.file.path
    let size = Int(written.place.length)
    try Self.readAll(.stored(files.storage.open(written.file, written.place)), batch)
    for byte in 0..<size {
      files.files.change(path) { $0[byte] ^= 1 << UInt8(byte % 8) }
      let error = #expect(throws: EvaluationError.self, "byte \(byte) of \(size)") {
        try Self.readAll(.stored(files.storage.open(written.file, written.place)), batch)
      }
      #expect(error?.code == .corrupt && error?.file == written.file.name)
      #expect(error?.message.contains(path) == true)
      files.files.change(path) { $0[byte] ^= 1 << UInt8(byte % 8) }
    }
    let whole = try files.files.read(path)
    for length in 0..<size {
      files.files.change(path) { $0 = Array(whole.prefix(length)) }
      let error = #expect(throws: EvaluationError.self) {
        try Self.readAll(.stored(files.storage.open(written.file, written.place)), batch)
      }
      #expect(error?.code == .corrupt)
    }
    files.files.change(path) { $0 = whole }
    files.files.refuse(.io)
    let error = #expect(throws: EvaluationError.self) { try files.storage.open(written.file, written.place) }
    #expect(error?.code == .storage)
  }

  /// Bytes with right checksums that are no rows: made by writing a run under another layout's name.
  @Test func rowsOfAnotherLayoutAreRefused() throws {
    var generator = SeededGenerator(8)
    let files = StateFiles(blockBytes: 200)
    defer { files.storage.close() }
    let batch = try Self.batch(&generator, count: 30, keys: 5)
    let other = TraceLayout(key: [.bytes], value: [.int64])
    let run = try files.stored(.memory(batch), other)
    var trace = Trace(layout: Self.layout)
    #expect(throws: CodecError.self) { try trace.replace([run]) }
    var wrong = Trace(layout: other)
    try wrong.replace([run])
    #expect(throws: EvaluationError.self) { try wrong.snapshot().forEachBatch(rowsMax: 10) { _ in true } }
    #expect(throws: CodecError.self) { try wrong.replace([.memory(batch)]) }
  }

  @Test func openingReadsTheFooterOnly() throws {
    let files = StateFiles(blockBytes: 4096)
    defer { files.storage.close() }
    for count in [10, 6_000] {
      var generator = SeededGenerator(1)
      let batch = try Self.batch(&generator, count: count, keys: 1_000_000)
      let written = try #require(try files.storage.write([.memory(batch)], Self.layout))
      let (reads, bytes) = (files.files.reads, files.files.bytesRead)
      let run = try files.storage.open(written.file, written.place)
      #expect(files.files.reads - reads <= 2)
      #expect(files.files.bytesRead - bytes <= 40_000)
      #expect(run.count == batch.count)
      // One row, one block and one filter.
      _ = try Self.trace([.stored(run)]).snapshot().lookup([.int64(4)])
      #expect(files.files.reads - reads <= 6)
    }
  }

  /// Keys that are not there cost no block, but for the filters' few wrong hits.
  @Test func filtersAnswerForKeysThatAreAbsent() throws {
    var generator = SeededGenerator(3)
    let files = StateFiles(blockBytes: 1024)
    defer { files.storage.close() }
    let batch = try Self.batch(&generator, count: 4_000, keys: 10_000)
    let trace = try Self.trace([files.stored(.memory(batch), Self.layout)])
    let before = files.files.reads
    for key in 0..<1_000 as Range<Int64> { #expect(try trace.snapshot().lookup([.int64(key * 20 + 1)]).isEmpty) }
    #expect(files.files.reads - before < 100)
  }

  @Test func cacheStaysWithinItsBytes() throws {
    var generator = SeededGenerator(4)
    let files = StateFiles(memoryBytes: 64 << 10, blockBytes: 1024)
    defer { files.storage.close() }
    let batch = try Self.batch(&generator, count: 5_000, keys: 2_000)
    let trace = try Self.trace([files.stored(.memory(batch), Self.layout)])
    let memory = try Self.trace([.memory(batch)])
    var largest = 0
    for _ in 0..<600 {
      let key = Value.int64(Int64.random(in: 0..<4_000, using: &generator))
      #expect(try trace.snapshot().lookup([key]).weights == memory.snapshot().lookup([key]).weights)
      largest = max(largest, files.storage.cache.sizeBytes)
    }
    #expect(largest <= 32 << 10 && largest > 8 << 10)
    // What is asked again and again is not read again.
    _ = try trace.snapshot().lookup([.int64(100)])
    let before = files.files.reads
    for _ in 0..<100 { _ = try trace.snapshot().lookup([.int64(100)]) }
    #expect(files.files.reads == before)
  }
}
