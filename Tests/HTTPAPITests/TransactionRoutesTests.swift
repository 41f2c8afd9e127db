// Goal: transactions are started, committed and shown as the contract says. Method: golden answers over a fake pipeline.

import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct TransactionRoutesTests {
  @Test func callsAnswerTheirNumberOrWhyNot() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock { $0.transaction = .success(7) }
    #expect(try await api.post("/v0/pipelines/p/start_transaction").text == #"{"transaction_id":7}"#)
    let commit = try await api.post("/v0/pipelines/p/commit_transaction")
    #expect(commit.status == 200 && commit.json == "Transaction commit initiated")
    api.pipeline.state.withLock { $0.transaction = .failure(PipelineError(.transactionInProgress, "m")) }
    expectError(try await api.post("/v0/pipelines/p/start_transaction"), 409, "TransactionInProgress")
    api.pipeline.state.withLock { $0.transaction = .failure(PipelineError(.noTransactionInProgress, "m")) }
    expectError(try await api.post("/v0/pipelines/p/commit_transaction"), 400, "NoTransactionInProgress")
    expectError(try await api.post("/v0/pipelines/q/commit_transaction"), 404, "UnknownPipelineName")
  }

  private func metrics(_ transaction: PipelineStats.Transaction?) async throws -> [String: JSONValue] {
    let api = TestAPI()
    api.pipeline.state.withLock { $0.stats.global.transaction = transaction }
    let global = try await api.get("/v0/pipelines/p/stats").json["global_metrics"]
    return Dictionary(uniqueKeysWithValues: (global?.members ?? []).map { ($0.name, $0.value) })
  }

  @Test func statsTellHowFarItIs() async throws {
    let none = try await metrics(nil)
    #expect(none["transaction_status"] == "NoTransaction" && none["transaction_id"] == 0)
    #expect(none["transaction_msecs"] == .null && none["transaction_records"] == .null)
    #expect(none["commit_progress"] == .null)
    #expect(
      none["transaction_initiators"] == [
        "transaction_id": nil, "initiated_by_api": nil, "initiated_by_connectors": .emptyObject,
      ])

    let open = try await metrics(
      PipelineStats.Transaction(id: 3, isCommitting: false, milliseconds: 5, records: 8, takenRecords: 0))
    #expect(open["transaction_status"] == "TransactionInProgress" && open["transaction_id"] == 3)
    #expect(open["transaction_msecs"] == 5 && open["transaction_records"] == 8)
    #expect(open["commit_progress"] == .null)
    #expect(open["transaction_initiators"]?["initiated_by_api"] == "Started")

    let committing = try await metrics(
      PipelineStats.Transaction(id: 3, isCommitting: true, milliseconds: 5, records: 8, takenRecords: 6))
    #expect(committing["transaction_status"] == "CommitInProgress")
    #expect(
      committing["commit_progress"] == [
        "completed": 0, "in_progress": 1, "remaining": 0, "in_progress_processed_records": 6,
        "in_progress_total_records": 8,
      ])
    #expect(committing["transaction_initiators"]?["initiated_by_api"] == "Committed")
  }
}
