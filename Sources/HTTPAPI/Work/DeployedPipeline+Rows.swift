import PipelineModel
import PipelineRuntime
import WireTypes

extension DeployedPipeline {
  /// The whole answer to a query, one object a row. Errors: `adHocQueryError` also for what went wrong on the way.
  func rows(_ sql: String) async throws(PipelineError) -> [JSONValue] {
    var bytesLeft = Int.max
    return try await rows(sql, bytesLeft: &bytesLeft)
  }

  /// The same of at most so many bytes; what is left of them afterwards. Errors: also `bodyTooLarge`.
  func rows(_ sql: String, bytesLeft: inout Int) async throws(PipelineError) -> [JSONValue] {
    let stream = try await query(sql, format: "json")
    var bytes: [UInt8] = []
    while let chunk = await stream.next() {
      guard chunk.count <= bytesLeft else {
        throw PipelineError(.bodyTooLarge, "the rows have too many bytes")
      }
      bytesLeft -= chunk.count
      bytes += chunk
    }
    var rows: [JSONValue] = []
    for line in bytes.split(separator: 0x0A) where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
      guard let row = try? JSONValue(parsing: Array(line)) else {
        throw PipelineError(.adHocQueryError, "an unreadable answer")
      }
      rows.append(row)
    }
    // A failed query ends with an object that has nothing but its error.
    if let last = rows.last?.members, last.count == 1, last[0].name == "error", let error = last[0].value.stringValue {
      throw PipelineError(.adHocQueryError, error)
    }
    return rows
  }
}
