package import ConnectorKit
import PipelineModel
package import Platform
import WireTypes

/// Answers items by POSTs to a URL: `{"key", "items": [{"id", "input"}]}` is answered by
/// `{"items": [{"id", "output"} or {"id", "error": {"message", "code"}}]}`. A provider of jobs answers
/// `{"job": "<url to poll>"}` instead, and that URL `202` until it has the items.
package struct HTTPProvider: CallOutProvider {
  private static let answerBytesMax = 16 << 20
  private static let pollSecondsMax = 30

  let configuration: ProviderConfiguration
  let client: any OutboundClient
  let clock: any PipelineClock

  package init(configuration: ProviderConfiguration, client: any OutboundClient, clock: any PipelineClock) {
    self.configuration = configuration
    self.client = client
    self.clock = clock
  }

  package func call(_ request: CallOutRequest) async -> CallOutAnswer {
    let items: [JSONValue] = request.items.map { item in
      ["id": .string(item.id), "input": (try? JSONValue(parsing: Array(item.input.utf8))) ?? .string(item.input)]
    }
    let body: JSONValue = ["key": .string(request.key), "items": .array(items)]
    var call = OutboundRequest(
      url: configuration.url,
      headers: [("content-type", "application/json"), ("idempotency-key", request.key)],
      body: body.encodedBytes, timeoutSeconds: Double(configuration.timeoutSeconds))
    call.answerBytesMax = HTTPProvider.answerBytesMax
    let answer = await client.send(call)
    guard configuration.isJob, let job = HTTPProvider.job(answer) else { return HTTPProvider.read(answer) }
    return await poll(job)
  }

  private static func job(_ answer: OutboundAnswer) -> String? {
    guard case .answered(let status, _, let body, false) = answer, (200..<300).contains(status) else { return nil }
    return (try? JSONValue(parsing: body))?["job"]?.stringValue
  }

  /// Asks for the items of a job until they are there or the time is up.
  private func poll(_ url: String) async -> CallOutAnswer {
    let end = clock.monotonic().nanoseconds &+ UInt64(configuration.timeoutSeconds) * 1_000_000_000
    var seconds = 1
    while clock.monotonic().nanoseconds < end {
      var call = OutboundRequest(method: "GET", url: url, timeoutSeconds: 30)
      call.answerBytesMax = HTTPProvider.answerBytesMax
      let answer = await client.send(call)
      if case .answered(202, _, _, _) = answer {
        do { try await Task.sleep(for: .seconds(seconds)) } catch { break }
        seconds = min(seconds * 2, HTTPProvider.pollSecondsMax)
        continue
      }
      return HTTPProvider.read(answer)
    }
    return .failed(
      message: "the job did not end within \(configuration.timeoutSeconds) s", code: "timeout", isRetryable: true,
      retryAfterSeconds: nil)
  }

  /// What an answer means. 408, 429 and 5xx are worth another attempt; other refusals are not.
  static func read(_ answer: OutboundAnswer) -> CallOutAnswer {
    switch answer {
    case .failed(let message):
      return .failed(message: message, code: "unreachable", isRetryable: true, retryAfterSeconds: nil)
    case .refused(let message):
      return .failed(message: message, code: "forbidden_target", isRetryable: false, retryAfterSeconds: nil)
    case .answered(let status, _, let body, let isCut):
      guard (200..<300).contains(status) else {
        return .failed(
          message: "the provider answered \(status)", code: "provider_\(status)",
          isRetryable: status == 408 || status == 429 || status >= 500,
          retryAfterSeconds: answer.header("retry-after").flatMap { Int($0) })
      }
      guard !isCut, let items = (try? JSONValue(parsing: body))?["items"]?.elements else {
        return .failed(
          message: "the provider's answer has no list 'items'", code: "bad_answer", isRetryable: false,
          retryAfterSeconds: nil)
      }
      return .answered(results(items))
    }
  }

  private static func results(_ items: [JSONValue]) -> [String: CallOutResult] {
    var results: [String: CallOutResult] = [:]
    for item in items {
      guard let id = item["id"]?.stringValue else { continue }
      if let error = item["error"], !error.isNull {
        results[id] = .error(
          message: error["message"]?.stringValue ?? error.stringValue ?? "the provider gave no reason",
          code: error["code"]?.stringValue ?? "processing_error")
      } else {
        results[id] = .output((item["output"] ?? .null).encoded)
      }
    }
    return results
  }
}
