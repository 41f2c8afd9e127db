import DataModel
import Formats
import PipelineModel
import Platform

/// Decoding alone on one core, in processor time: MB/s and ns a row of bodies in 64 KiB chunks with a block taken every MiB, as an
/// ingest session does it; then microseconds of a whole one-record request.
///
/// `ParseBench [name part] [seconds a workload] [rows]`.
@main
struct ParseBench {
  private static let chunkBytes = 64 << 10
  private static let blockBytes = 1 << 20

  static func main() {
    MemoryTuning.keepFreedMemory()
    let arguments = CommandLine.arguments.dropFirst()
    let part = arguments.first ?? ""
    let seconds = Double(arguments.dropFirst().first ?? "1") ?? 1
    let rows = Int(arguments.dropFirst(2).first ?? "100000") ?? 100_000
    for workload in Workload.all where part.isEmpty || workload.name.contains(part) {
      measure(workload, seconds, rows: rows)
    }
  }

  private static func measure(_ workload: Workload, _ seconds: Double, rows: Int) {
    let body = workload.body(rows: rows)
    var chunks: [[UInt8]] = []
    for start in stride(from: 0, to: body.count, by: chunkBytes) {
      chunks.append(Array(body[start..<min(body.count, start + chunkBytes)]))
    }
    let template = InputDecoder(format: workload.format, schema: workload.schema, rowErrorsKept: 10, skipping: workload.skipping)
    var rowCount = 0
    let pass = best(seconds) { rowCount = decode(chunks, template) }
    guard rowCount == rows else { return print("\(workload.name): \(rowCount) of \(rows) rows") }

    let record = workload.body(rows: 1)
    let requests = max(1, rows / 10)
    let one = best(seconds / 4) { for _ in 0..<requests { rowCount = decode([record], template) } }
    let whole = Double(body.count) / pass * 1000
    print(
      pad(workload.name, 22), "\(body.count / rows) B/row", pad("\(Int(whole)) MB/s", 11),
      pad("\(Int(pass / Double(rows))) ns/row", 12), "one record \(Int(one / Double(requests))) ns")
  }

  private static func decode(_ chunks: [[UInt8]], _ template: InputDecoder) -> Int {
    var decoder = template
    var rows = 0
    for chunk in chunks {
      decoder.feed(chunk)
      if decoder.bufferedBytes >= blockBytes, let batch = decoder.takeBatch() { rows += batch.changes.count }
    }
    decoder.finish()
    if let batch = decoder.takeBatch() { rows += batch.changes.count }
    return rows
  }

  /// Nanoseconds of processor time of the quickest run in the time given: other work on the machine only slows.
  private static func best(_ seconds: Double, _ body: () -> Void) -> Double {
    let begin = ProcessFacts.cpuNanoseconds()
    var least = Double.infinity
    repeat {
      let start = ProcessFacts.cpuNanoseconds()
      body()
      least = min(least, Double(ProcessFacts.cpuNanoseconds() - start))
    } while Double(ProcessFacts.cpuNanoseconds() - begin) < seconds * 1e9
    return least
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
