import HTTPAPI
import PipelineModel
import Testing
import WireTypes
import Workflows

// Goal: answers have the members, types and words of the reference page. Method: the page's sample, made of
// records as the server would have written them; every status of the core by its name in the dialect.
@Suite struct BatchBodiesTests {
  private func at(_ seconds: Int64) -> WallTime {
    WallTime(microseconds: (1_734_516_000 + seconds) * 1_000_000)
  }

  private func item(
    _ index: Int, _ name: String, _ events: [(WorkStatus, Int64, String)] = []
  ) throws -> WorkItem {
    let job = BatchJob(
      name: name, mediaType: MediaType(fileName: name).rawValue, contentType: "", size: 1,
      checksum: "c\(index)")
    let id = "job-" + String(repeating: "0", count: 24) + String(10_000_000 + index)
    var item = try #require(
      WorkItem(
        .item(id, .batches, group: "b", position: Int64(index), input: job.input(item: "1"), at: at(0))))
    for (sequence, event) in events.enumerated() {
      let applied = item.apply(
        WorkRecord(
          subject: id, sequence: Int64(sequence) + 1, kind: .event, dialect: .batches,
          status: event.0.rawValue,
          at: at(event.1), body: event.2))
      #expect(applied)
    }
    return item
  }

  private func group(_ events: [(GroupStatus, Int64)], _ items: [WorkItem]) throws -> WorkGroup {
    let configuration = BatchConfiguration(name: "Monthly Reports Processing")
    let id = "batch-0123456789ab4def8123456789abcdef"
    var group = try #require(WorkGroup(.group(id, .batches, configuration: configuration.text, at: at(0))))
    for (sequence, event) in events.enumerated() {
      let applied = group.apply(
        WorkRecord(
          subject: id, sequence: Int64(sequence) + 1, kind: .event, dialect: .batches,
          status: event.0.rawValue,
          at: at(event.1), body: ""))
      #expect(applied)
    }
    for item in items { group.progress.add(item) }
    return group
  }

  /// 85 completed, 3 failed, 107 pending, 5 under way: the page's 112 pending would make 205 of 200.
  private func page() throws -> (group: WorkGroup, items: [WorkItem]) {
    var items: [WorkItem] = []
    for index in 0..<200 {
      let name = index == 0 ? "reports/q4_summary.pdf" : "reports/\(index).pdf"
      switch index {
      case 0..<85:
        items.append(
          try item(
            index, name, [(.processing, 120, ""), (.completed, 192, #"{"success":true,"response":1}"#)]))
      case 85, 86:
        let error =
          #"{"error":{"message":"Unsupported file format","code":"format_error","details":{"format":".xlsx"}}}"#
        items.append(
          try item(index, "reports/\(index).xlsx", [(.processing, 330, ""), (.failed, 405, error)]))
      case 87:
        let error = #"{"error":{"message":"damaged","code":"corrupted_file"}}"#
        items.append(
          try item(index, "reports/damaged_report.pdf", [(.processing, 330, ""), (.failed, 406, error)]))
      case 88..<93: items.append(try item(index, name, [(.processing, 5000, "")]))
      default: items.append(try item(index, name))
      }
    }
    return (try group([(.running, 75)], items), items)
  }

  @Test("The page's sample: every member, of its type, with its value")
  func sample() throws {
    let (group, items) = try page()
    var options = BatchBody.Options()
    options.includesJobs = true
    let now = WallTime(microseconds: at(75).microseconds + 5_345_500_000)
    let data = BatchBody(group: group, items: items, now: now).json(options)
    #expect(data["batch_id"] == "batch-0123456789ab4def8123456789abcdef")
    #expect(data["batch_name"] == "Monthly Reports Processing")
    #expect(data["status"] == "running")
    let progress = try #require(data["progress"])
    #expect(progress["percentage"] == .number("42.5"))
    #expect(
      ["completed", "failed", "pending", "processing", "total"].map { progress[$0] } == [85, 3, 107, 5, 200])
    let timing = try #require(data["timing"])
    #expect(timing["created_at"] == "2024-12-18T10:00:00.000000Z")
    #expect(timing["started_at"] == "2024-12-18T10:01:15.000000Z")
    #expect(timing["updated_at"] == "2024-12-18T11:23:20.000000Z")
    #expect(timing["completed_at"] == .null)
    #expect(timing["elapsed_time"] == .number("5345.5"))
    #expect(timing["average_item_time"]?.doubleValue.map { abs($0 - 62.888) < 0.001 } == true)
    #expect(timing["estimated_completion"]?.stringValue?.hasPrefix("2024-12-18T13:27:") == true)
    let jobs = try #require(data["job_details"]?.elements)
    #expect(
      jobs[0].members?.map(\.name) == [
        "job_id", "file_path", "media_type", "status", "progress", "started_at", "completed_at",
      ])
    #expect(jobs[0]["file_path"] == "reports/q4_summary.pdf" && jobs[0]["status"] == "completed")
    #expect(jobs[0]["progress"] == .number("100.0") && jobs[0]["media_type"] == "document")
    #expect(jobs[0]["started_at"] == "2024-12-18T10:02:00.000000Z")
    #expect(jobs[0]["completed_at"] == "2024-12-18T10:03:12.000000Z")
    #expect(
      jobs[85]["error"] == [
        "message": "Unsupported file format", "code": "format_error", "details": ["format": ".xlsx"],
      ])
    #expect(
      data["error_summary"] == [
        [
          "error_type": "format_error", "count": 2, "affected_files": ["reports/85.xlsx", "reports/86.xlsx"],
          "resolution": "Ensure file is in a supported format",
        ],
        [
          "error_type": "corrupted_file", "count": 1, "affected_files": ["reports/damaged_report.pdf"],
          "resolution": "Verify file integrity and try uploading again",
        ],
      ])
    #expect(
      data["batch_configuration"] == [
        "max_concurrent": 5, "priority": "normal", "timeout": 3600, "notification_enabled": false,
      ])
    #expect(data["cross_ids"]?["orchestration_batch"] == "01234567-89ab-4def-8123-456789abcdef")
  }

  @Test("The envelope of the page, and its errors")
  func envelope() throws {
    var envelope = BatchEnvelope("Batch status retrieved successfully", ["batch_id": "b"])
    #expect(
      envelope.body(requestID: "r") == [
        "success": true, "message": "Batch status retrieved successfully", "data": ["batch_id": "b"],
        "metadata": ["request_id": "r", "api_version": "1.0.0", "cache_ttl": 0, "cache_remaining": 0],
      ])
    envelope.isEnded = true
    #expect(envelope.body(requestID: "r")["metadata"]?["cache_ttl"] == 31_536_000)
    do throws(BatchFailure) {
      try BatchQuery.check(id: "batch@123")
      Issue.record("batch@123 was taken")
    } catch {
      #expect(
        error.body(requestID: "r") == [
          "success": false, "message": "Invalid batch ID: batch@123", "code": "validation_error",
          "status_code": 400,
          "details": ["error": "Batch ID must be alphanumeric with hyphens only"], "request_id": "r",
        ])
    }
    try BatchQuery.check(id: "batch-abc123")
  }

  @Test("Only what is wanted is shown, the id always")
  func selection() throws {
    let (group, items) = try page()
    let body = BatchBody(group: group, items: items, now: at(600))
    var options = try BatchQuery(QueryParameters("metrics_only=True")).options()
    #expect(
      Set(body.json(options).members?.map(\.name) ?? []) == ["batch_id", "status", "progress", "timing"])
    options = try BatchQuery(QueryParameters("fields=status,progress")).options()
    #expect(body.json(options).members?.map(\.name) == ["batch_id", "status", "progress"])
    options = try BatchQuery(QueryParameters("include_errors=false&include_job_details=1")).options()
    let data = body.json(options)
    #expect(data["error_summary"] == nil && data["job_details"]?.elements?[85]["error"] == nil)
    for text in ["fields=nothing", "include_errors=perhaps", "metrics_only=2"] {
      #expect(throws: BatchFailure.self) { try BatchQuery(QueryParameters(text[...])).options() }
    }
  }

  @Test("Unknown is left out, ended is final")
  func endings() throws {
    let fresh = BatchBody(group: try group([], []), items: [], now: at(10)).json(BatchBody.Options())
    #expect(fresh["timing"]?["estimated_completion"] == nil && fresh["timing"]?["average_item_time"] == .null)
    #expect(fresh["progress"]?["percentage"] == .number("0.0") && fresh["error_summary"] == [])
    let done = try item(0, "a", [(.skipped, 20, #"{"duplicate_of":"job-1","batch_id":"b"}"#)])
    let ended = try group([(.running, 10), (.completed, 30)], [done])
    let one = BatchBody(group: ended, items: [done], now: at(100)).json(BatchBody.Options())
    #expect(one == BatchBody(group: ended, items: [done], now: at(5000)).json(BatchBody.Options()))
    #expect(one["progress"]?["completed"] == 1 && one["progress"]?["percentage"] == .number("100.0"))
    #expect(BatchEnvelope.tag(ended, "x") != BatchEnvelope.tag(ended, "y"))
    #expect(BatchEnvelope.matches("W/\"a\", \"t\"", "t") && BatchEnvelope.matches("*", "t"))
    #expect(!BatchEnvelope.matches("W/\"a\"", "t"))
  }

  @Test("Results in pages, with what was made of each file")
  func results() throws {
    let (group, items) = try page()
    let body = BatchBody(group: group, items: items, now: at(600))
    let data = BatchResultsBody.json(body, items: items, page: BatchPage(number: 2, size: 84))
    let results = try #require(data["job_results"]?.elements)
    #expect(results.count == 84)
    #expect(results[0]["status"] == "succeeded" && results[0]["result"] == 1)
    #expect(
      results[0]["filename"] == "reports/84.pdf"
        && results[0]["media_id"]?.stringValue?.hasPrefix("media-") == true)
    #expect(results[1]["status"] == "failed" && results[1]["media_id"] == .null)
    #expect(results[4]["status"] == "processing" && results[9]["status"] == "pending")
    #expect(
      data["batch_summary"]?["completion"] == [
        "total_items": 200, "successful": 85, "failed": 3, "skipped": 0, "completion_rate": .number("42.5"),
      ])
    #expect(data["batch_summary"]?["collection"] == "default")
    #expect(data["statistics"]?["media_distribution"]?["document"] == 85)
    #expect(
      data["pagination"] == [
        "page": 2, "page_size": 84, "total_items": 200, "total_pages": 3, "has_more": true,
      ])
    #expect(BatchPage(number: 9, size: 84).slice(items).isEmpty)
  }

  @Test("Every status has its word in the dialect")
  func statuses() throws {
    let words: Set<String> = ["created", "running", "paused", "completed", "failed", "cancelled"]
    for status in GroupStatus.allCases { #expect(words.contains(BatchStatusNames.name(status))) }
    for (events, name, result) in [
      ([], "pending", "pending"), ([WorkStatus.batched], "pending", "pending"),
      ([.processing], "processing", "processing"), ([.processing, .cancelling], "processing", "processing"),
      ([.processing, .completed], "completed", "succeeded"), ([.failed], "failed", "failed"),
      ([.cancelled], "cancelled", "cancelled"), ([.skipped], "skipped", "skipped"),
      ([.processing, .completed, .callbackPending], "completed", "succeeded"),
    ] as [([WorkStatus], String, String)] {
      let item = try item(0, "a", events.map { ($0, 10, "") })
      #expect(BatchStatusNames.name(item) == name && BatchStatusNames.resultName(item) == result)
    }
  }
}
