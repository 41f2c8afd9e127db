package import DataModel
import Formats
import InputLog
import PipelineModel
import Platform

extension BatchIngest {
  /// Rows of one block of the log.
  private static let blockRows = 65_536

  /// Takes rows that are decoded already: those of an ad-hoc INSERT. All of them become one range, or none.
  ///
  /// Columns are in the order and the types of the table, weights are 1. The completion is called once, on
  /// the commit thread or, when refused, at once.
  package func ingest(
    _ batches: [ColumnBatch], into table: IngressTable, completion: @escaping Completion
  ) {
    let endpoint = endpoints.http(table: table.name, format: InputFormat(kind: .json, updateFormat: .raw))
    var blocks: [LogBlock] = []
    for batch in batches {
      for start in stride(from: 0, to: batch.count, by: BatchIngest.blockRows) {
        let end = min(batch.count, start + BatchIngest.blockRows)
        let rows = start == 0 && end == batch.count ? batch : batch.gather((start..<end).map { Int32($0) })
        let changes = ChangeBatch(
          columns: rows.columns, kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: rows.count))
        let payload = ColumnCodec.encode(changes.clearing(table.skipped))
        blocks.append(
          LogBlock(
            table: endpoint.table, endpoint: endpoint.id, recordCount: rows.count,
            inputBytes: payload.count, payload: payload))
      }
    }
    append(blocks, of: endpoint, clock.wall(), completion)
  }

  private func append(
    _ blocks: [LogBlock], of endpoint: Endpoint, _ receivedAt: WallTime, _ completion: @escaping Completion
  ) {
    let tally = BlockTally(blocks)
    endpoint.accept(tally)
    appender.append(AppendRequest(blocks: blocks, extra: endpoints.extra(endpoint, .none))) { result in
      switch result {
      case .success(let range):
        completion(
          .success(
            IngestOutcome(
              endpoint: endpoint.id, range: range, accepted: range.count, errorCount: 0, errors: [],
              receivedAt: receivedAt)))
      case .failure(let error):
        endpoint.takeBack(tally)
        completion(.failure(IngressError(log: error)))
      }
    }
  }
}
