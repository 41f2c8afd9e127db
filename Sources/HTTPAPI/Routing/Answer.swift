import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// What a streamed answer is made of; used by one task.
protocol ChunkSource: AnyObject, Sendable {
  /// The next bytes; nil ends the answer.
  func next() async throws -> [UInt8]?
  /// The answer has ended, was broken off, or its client has left. Called once.
  func end()
}

/// Makes responses.
enum Answer {
  static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
    bytes(value.encodedBytes, type: "application/json", status: status)
  }

  /// Content type exactly `text/plain`: clients compare the whole header.
  static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    bytes(Array(text.utf8), type: "text/plain", status: status)
  }

  static func empty(_ status: HTTPResponse.Status) -> Response { Response(status: status) }

  static func bytes(_ bytes: [UInt8], type: String, status: HTTPResponse.Status) -> Response {
    Response(
      status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func whole(_ answer: WholeAnswer) -> Response {
    var response = bytes(answer.body, type: "application/json", status: answer.status)
    if let seconds = answer.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
    add(answer.fields, to: &response)
    return response
  }

  static func add(_ fields: [(name: String, value: String)], to response: inout Response) {
    for field in fields {
      if let name = HTTPField.Name(field.name) { response.headers[name] = field.value }
    }
  }

  /// Chunked answer of the source's pieces; when it throws, the answer breaks off without its end.
  static func stream(type: String, _ source: any ChunkSource) -> Response {
    Response(
      status: .ok, headers: [.contentType: type],
      body: ResponseBody { writer in
        defer { source.end() }
        while let chunk = try await source.next() {
          if !chunk.isEmpty { try await writer.write(ByteBuffer(bytes: chunk)) }
        }
        try await writer.finish(nil)
      })
  }

  static func error(_ error: PipelineError) -> Response { whole(WholeAnswer(error)) }
}
