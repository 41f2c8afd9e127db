import DataModel
import PipelineModel
package import PipelineRuntime
import WireTypes
package import Workflows

/// Answers items by a view: each is pushed as a row `{key, input}` into a table of a pipeline, and its answer is
/// its row of the view once the push's token is complete. An object's members are columns of the row too.
package struct SQLProvider: CallOutProvider {
  let configuration: ProviderConfiguration
  let directory: any PipelineDirectory

  package init(configuration: ProviderConfiguration, directory: any PipelineDirectory) {
    self.configuration = configuration
    self.directory = directory
  }

  package func call(_ request: CallOutRequest) async -> CallOutAnswer {
    do throws(PipelineError) {
      return .answered(try await answers(request))
    } catch {
      let isRetryable = error.retryAfterSeconds != nil || error.code == .pipelineInteractionNotDeployed
        || error.code == .initializing || error.code == .pipelineUnavailable || error.code == .storageFull
      return .failed(
        message: error.message, code: "processing_error", isRetryable: isRetryable,
        retryAfterSeconds: error.retryAfterSeconds)
    }
  }

  private func answers(_ request: CallOutRequest) async throws(PipelineError) -> [String: CallOutResult] {
    let pipeline = try directory.deployed(configuration.pipeline)
    var results: [String: CallOutResult] = [:]
    var body: [UInt8] = []
    for item in request.items {
      guard let input = try? JSONValue(parsing: Array(item.input.utf8)) else { continue }
      var members = (input.members ?? []).filter { $0.name != configuration.key && $0.name != "input" }
      members.append(JSONMember(configuration.key, .string(item.id)))
      members.append(JSONMember("input", .string(item.input)))
      body += JSONValue.object(members).encodedBytes + [0x0A]
    }
    var options = IngressOptions()
    options.format = "json"
    options.updateFormat = "raw"
    options.idempotencyKey = request.key
    let session = try await pipeline.openIngress(
      table: SQLIdentifier(urlForm: configuration.table), options: options)
    do throws(PipelineError) { try await session.feed(body) } catch {
      await session.cancel()
      throw error
    }
    let receipt = try await session.finish()
    for error in receipt.errors {
      let place = Int(clamping: error.eventNumber) - 1
      guard request.items.indices.contains(place) else { continue }
      results[request.items[place].id] = .error(message: error.description, code: "format_error")
    }
    let report = try await pipeline.waitForCompletion(
      token: receipt.token, follow: true, seconds: Double(configuration.timeoutSeconds))
    guard report.complete else {
      throw PipelineError(
        .pipelineUnavailable, "the pipeline '\(configuration.pipeline)' did not come so far", retryAfterSeconds: 5)
    }
    for (id, row) in try await rows(request.items.map(\.id), pipeline) where results[id] == nil {
      results[id] = .output(row)
    }
    return results
  }

  private func rows(
    _ ids: [String], _ pipeline: any DeployedPipeline
  ) async throws(PipelineError) -> [(String, String)] {
    let list = ids.map(WorkProgram.quoted).joined(separator: ", ")
    let (view, key) = (QuotedText.name(configuration.view), QuotedText.name(configuration.key))
    let rows = try await pipeline.rows("SELECT * FROM \(view) WHERE \(key) IN (\(list))")
    return rows.compactMap { row in
      guard let id = row[configuration.key]?.stringValue else { return nil }
      let members = (row.members ?? []).filter { $0.name != configuration.key }
      return (id, JSONValue.object(members).encoded)
    }
  }
}
