package import DataModel

/// Decodes the body of one request, fed in chunks of any boundaries, straight into typed columns.
///
/// A bad record is recorded and leaves no row; the others are kept. Text that is not of the format ends
/// parsing: rows
/// before it are kept, further bytes are ignored.
package struct InputDecoder: Sendable {
  private var source: Source
  private var context: RecordContext
  /// A record of which the end has not come yet.
  private var carry: [UInt8] = []
  private var consumedBytes = 0
  private var offset: UInt64 = 0
  private let limits: InputLimits
  /// Whether malformed text has ended parsing.
  package private(set) var failed = false

  private enum Source: Sendable {
    case json(JSONStreamDecoder)
    case csv(CSVStreamDecoder)
  }

  /// Columns of `skipping`, which are nullable, hold NULL whatever the records say.
  package init(
    format: InputFormat, schema: Schema, rowErrorsKept: Int, limits: InputLimits = InputLimits(),
    skipping: Set<Int> = []
  ) {
    let plan = RowPlan(schema, skipping: skipping)
    context = RecordContext(rows: RowAssembly(plan), errors: ErrorLog(kept: rowErrorsKept))
    self.limits = limits
    switch format.kind {
    case .json: source = .json(JSONStreamDecoder(format, plan, limits: limits))
    case .csv: source = .csv(CSVStreamDecoder(plan))
    }
  }

  /// Rows that `takeBatch` would give.
  package var bufferedRecords: Int { takeable }
  /// Bytes of the request consumed since the last batch was taken.
  package var bufferedBytes: Int { consumedBytes }
  package var errorCount: UInt64 { context.errors.count }
  /// The first `rowErrorsKept` errors, in order.
  package var errors: [RowError] { context.errors.errors }

  private var takeable: Int {
    if case .json(let decoder) = source { return decoder.openArrayStart ?? context.rows.rows }
    return context.rows.rows
  }

  /// The next bytes of the body.
  package mutating func feed(_ bytes: [UInt8]) {
    guard !failed else { return }
    var start = 0
    if !carry.isEmpty {
      guard let end = scanBoundary(bytes.span, from: 0) else { return extendCarry(bytes) }
      decodeCarry(with: bytes, upTo: end)
      start = end
    }
    guard !failed, start < bytes.count else { return }
    keep(bytes, from: decode(bytes.span, from: start))
  }

  /// The end of the body: a last record without a line end is decoded, a truncated one is an error.
  package mutating func finish() {
    guard !failed else { return }
    if !carry.isEmpty { decodeCarry(with: [], upTo: 0) }
    guard !failed else { return }
    if case .json(let decoder) = source, decoder.openArrayStart != nil {
      fail("the body ends inside an array", near: [])
    }
  }

  /// What is decoded so far, in input order; nil when there are no rows to give.
  package mutating func takeBatch() -> DecodedBatch? {
    let count = takeable
    guard count > 0 else { return nil }
    let batch = DecodedBatch(changes: context.rows.take(count), inputBytes: consumedBytes)
    if case .json(var decoder) = source {
      decoder.rowsTaken(count)
      source = .json(decoder)
    }
    consumedBytes = 0
    return batch
  }

  // MARK: Partial records

  private mutating func scanBoundary(_ text: Span<UInt8>, from start: Int) -> Int? {
    switch source {
    case .json(var decoder):
      let end = decoder.boundary.scan(text, from: start)
      source = .json(decoder)
      return end
    case .csv(var decoder):
      let end = decoder.boundary.scan(text, from: start)
      source = .csv(decoder)
      return end
    }
  }

  private mutating func extendCarry(_ bytes: [UInt8]) {
    guard carry.count + bytes.count <= limits.recordBytesMax else {
      return fail("record longer than \(limits.recordBytesMax) bytes", near: Array(carry.prefix(64)))
    }
    carry += bytes
  }

  /// Decodes the carried record, which ends before `end` of `bytes` or, at the end of the body, with what is
  /// there.
  private mutating func decodeCarry(with bytes: [UInt8], upTo end: Int) {
    var record = carry
    carry = []
    guard record.count + end <= limits.recordBytesMax else {
      return fail("record longer than \(limits.recordBytesMax) bytes", near: Array(record.prefix(64)))
    }
    record += bytes[..<end]
    let count = record.count
    record.append(0x0A)
    let reached = decode(record.span, from: 0)
    guard !failed else { return }
    // The line end added here is no byte of the body.
    consumedBytes -= max(0, reached - count)
    offset -= UInt64(max(0, reached - count))
    if reached < count { fail("the text ends inside a record", near: Array(record[reached...].prefix(64))) }
  }

  private mutating func keep(_ bytes: [UInt8], from start: Int) {
    guard !failed, start < bytes.count else { return }
    carry = Array(bytes[start...])
    resetBoundary()
    if scanBoundary(bytes.span, from: start) != nil {
      fail("malformed record", near: Array(carry.prefix(64)))
    } else if carry.count > limits.recordBytesMax {
      fail("record longer than \(limits.recordBytesMax) bytes", near: Array(carry.prefix(64)))
    }
  }

  private mutating func resetBoundary() {
    switch source {
    case .json(var decoder):
      decoder.boundary = JSONBoundary()
      source = .json(decoder)
    case .csv(var decoder):
      decoder.boundary = CSVBoundary()
      source = .csv(decoder)
    }
  }

  /// Decodes all whole records from `start` on and returns the index behind them.
  private mutating func decode(_ text: Span<UInt8>, from start: Int) -> Int {
    let progress: StreamProgress
    switch source {
    case .json(var decoder):
      progress = decoder.decode(text, from: start, &context)
      source = .json(decoder)
    case .csv(var decoder):
      progress = decoder.decode(text, from: start, &context)
      source = .csv(decoder)
    }
    switch progress {
    case .consumed(let end):
      consumedBytes += end - start
      offset += UInt64(end - start)
      return end
    case .failed(let message, let position):
      let place = offset + UInt64(max(0, position - start))
      let low = max(start, min(position, text.count) - 32)
      var near: [UInt8] = []
      ByteKernels.append(text, low..<min(text.count, low + 64), to: &near)
      fail("malformed input at byte \(place): \(message)", near: near)
      return text.count
    }
  }

  private mutating func fail(_ message: String, near bytes: [UInt8]) {
    if case .json(var decoder) = source {
      decoder.abandonArray(&context)
      source = .json(decoder)
    }
    failed = true
    carry = []
    context.errors.recordFailure(message, event: context.events + 1, near: bytes)
  }
}

/// Bounds of what one record may hold back.
package struct InputLimits: Hashable, Sendable {
  /// Bytes of one record. 16 MiB: far above any row, far below the memory of a small machine.
  package let recordBytesMax: Int
  /// Bytes of one array, whose rows wait for its end. 256 MiB.
  package let arrayBytesMax: Int

  package init(recordBytesMax: Int = 16 << 20, arrayBytesMax: Int = 256 << 20) {
    self.recordBytesMax = recordBytesMax
    self.arrayBytesMax = arrayBytesMax
  }
}
