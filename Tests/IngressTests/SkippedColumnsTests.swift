// Goal: a column that a table leaves out is NULL in the log, whichever way a record comes in.
import DataModel
import Formats
import InputLog
import PipelineModel
import Testing

import Ingress

@Suite("Columns left out of the log")
struct SkippedColumnsTests {
  private static let table = IngressTable(
    name: IngressLife.table.name, schema: IngressLife.table.schema, skipped: [1])

  private static func logged(_ life: IngressLife) throws -> [[Value]] {
    try LogReader(store: life.store).read(from: .zero, to: life.appender.durableEnd, bytesMax: .max).flatMap { block in
      let changes = try ColumnCodec.decodeChanges(block.payload)
      return (0..<changes.count).map { row in changes.columns.map { $0.value(at: row) } }
    }
  }

  @Test func bodiesAndRows() async throws {
    let life = try IngressDisk().open()
    let body = Array("1,note 1\n2,\n".utf8)
    _ = await withCheckedContinuation { continuation in
      let taken = life.ingest.ingestNow(Self.table, format: IngressLife.csv, body: body) { continuation.resume(returning: $0) }
      precondition(taken)
    }
    var texts = ColumnBuilder(.bytes)
    texts.append(bytes: Array("inserted".utf8))
    let row = ColumnBatch(columns: [ColumnVector(.int64([3])), texts.finish()], weights: [1])
    _ = await withCheckedContinuation { continuation in
      life.ingest.ingest([row], into: Self.table) { continuation.resume(returning: $0) }
    }
    #expect(try Self.logged(life) == [[.int64(1), .null], [.int64(2), .null], [.int64(3), .null]])
    // Another version of the table reads everything.
    _ = await life.ingest("4,note 4\n")
    #expect(try Self.logged(life).last == [.int64(4), .text("note 4")])
    life.close()
  }
}
