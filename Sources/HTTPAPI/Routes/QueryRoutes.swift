import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime

/// Ad-hoc queries.
enum QueryRoutes {
  static let query: Route.Handler = { call in
    let sql = try call.query.required("sql")
    let pipeline = try call.deployed()
    let format = call.query["format"] ?? "text"
    try await AfterTokens.pass(call, pipeline)
    let interruption = await call.interruption()
    let stream = try await interruption.cancelling { try await pipeline.query(sql, format: format) }
    return Answer.stream(
      type: stream.contentType, QueryChunks(stream: stream, interruption: interruption))
  }
}

private final class QueryChunks: ChunkSource {
  private let stream: any QueryStream
  private let interruption: Interruption

  init(stream: any QueryStream, interruption: Interruption) {
    self.stream = stream
    self.interruption = interruption
  }

  func next() async throws -> [UInt8]? {
    let chunk = await stream.next()
    // The answer would look complete if it just ended here: breaking off tells the client that it is not.
    if chunk != nil, interruption.isRaised { throw CancellationError() }
    return chunk
  }

  func end() {}
}
