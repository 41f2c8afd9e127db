import PipelineModel
import Testing
import WireTypes
import Workflows

// Goal: a job's header is read without its content, and nothing in names or content can pose as the other;
// timing is what the page computes. Method: round trips with hostile names; the numbers of the reference
// page.
@Suite struct BatchJobTests {
  private func job(_ name: String) -> BatchJob {
    BatchJob(name: name, mediaType: "document", contentType: "text/plain", size: 3, checksum: "ab")
  }

  @Test(
    "Header and content come back",
    arguments: [
      "a.pdf", #"x","content":"y"#, #"x","item":{"#, "ü\u{0}\n\"\\,", "", ",",
      String(repeating: "\u{1}", count: 1024),
    ])
  func roundTrip(name: String) throws {
    let file = job(name).input(file: "QUJD")
    #expect(try JSONValue(parsing: file)["content"] == "QUJD")
    #expect(BatchJob(input: file) == job(name))
    #expect(BatchJob.payload(of: file) == file)
    let item = job(name).input(item: #"{"q":[1,2],"content":"c"}"#)
    #expect(try JSONValue(parsing: item)["file_path"] == .string(name))
    #expect(BatchJob(input: item) == job(name))
    #expect(BatchJob.payload(of: item) == #"{"q":[1,2],"content":"c"}"#)
  }

  @Test("An answer that repeats a file is kept without its content; all others whole")
  func kept() throws {
    let file = job("a").input(file: "QUJD")
    let kept = try JSONValue(parsing: BatchJob.kept(file, of: file))
    #expect(kept["content"] == nil)
    #expect(kept["file_path"] == "a")
    #expect(BatchJob.kept(#"{"x":1}"#, of: file) == #"{"x":1}"#)
    let item = job("a").input(item: "[1]")
    #expect(BatchJob.kept("[1]", of: item) == "[1]")
  }

  @Test(
    "Inputs of other dialects are no jobs",
    arguments: ["", "{}", "[1,2]", #"{"a":1,"item":2}"#, #","content":"#])
  func others(input: String) {
    #expect(BatchJob(input: input) == nil)
  }

  @Test("A configuration comes back")
  func configuration() {
    var configuration = BatchConfiguration(name: "n \"x\"")
    configuration.collection = "c"
    configuration.maxConcurrent = 7
    configuration.priority = .high
    configuration.timeoutSeconds = 9
    configuration.isNotifying = true
    configuration.forcesOverwrite = true
    configuration.total = 3
    #expect(BatchConfiguration(text: configuration.text) == configuration)
    #expect(BatchConfiguration(text: #"{"name":"job","total":3}"#) == nil)
  }

  // MARK: Timing

  private func seconds(_ value: Double) -> WallTime { WallTime(microseconds: Int64(value * 1_000_000)) }

  private func group(_ events: [(GroupStatus, Double)], completed: Int, open: Int) throws -> WorkGroup {
    var group = try #require(WorkGroup(.group("b", .batches, configuration: "{}", at: seconds(1000))))
    for (index, event) in events.enumerated() {
      let applied = group.apply(
        WorkRecord(
          subject: "b", sequence: Int64(index) + 1, kind: .event, dialect: .batches, status: event.0.rawValue,
          at: seconds(event.1), body: ""))
      #expect(applied)
    }
    for index in 0..<(completed + open) {
      var item = try #require(WorkItem(.item("i\(index)", .batches, input: "", at: seconds(1000))))
      if index < completed {
        for (sequence, status) in [WorkStatus.processing, .completed].enumerated() {
          _ = item.apply(
            WorkRecord(
              subject: item.id, sequence: Int64(sequence) + 1, kind: .event, dialect: .batches,
              status: status.rawValue, at: seconds(1001), body: ""))
        }
      }
      group.progress.add(item)
    }
    return group
  }

  @Test("The numbers of the page: 5345.5 s for 85 of 202 are 62.9 s each")
  func page() throws {
    let group = try group([(.running, 1075)], completed: 85, open: 117)
    let timing = BatchTiming(group, now: seconds(1075 + 5345.5))
    #expect(timing.elapsed == 5345.5)
    let average = try #require(timing.averageItem)
    #expect(abs(average - 62.888) < 0.001)
    let estimate = try #require(timing.estimatedCompletion)
    #expect(abs(Double(estimate.microseconds) / 1e6 - (1075 + 5345.5 + 117 * average)) < 0.001)
  }

  @Test("Nothing is estimated before an item is completed, in a pause, or at the end")
  func honesty() throws {
    #expect(BatchTiming(try group([], completed: 0, open: 2), now: seconds(1500)).elapsed == 0)
    let early = BatchTiming(try group([(.running, 1075)], completed: 0, open: 2), now: seconds(1500))
    #expect(early.averageItem == nil && early.estimatedCompletion == nil)
    let paused = try group([(.running, 1075), (.paused, 1100)], completed: 1, open: 1)
    #expect(BatchTiming(paused, now: seconds(1500)).estimatedCompletion == nil)
    let ended = try group([(.running, 1075), (.completed, 1100)], completed: 2, open: 0)
    let timing = BatchTiming(ended, now: seconds(9000))
    #expect(timing.elapsed == 25 && timing.averageItem == 12.5 && timing.estimatedCompletion == nil)
  }

  @Test("Pauses do not count against the timeout")
  func running() throws {
    let group = try group([(.running, 1000), (.paused, 1010), (.running, 1100)], completed: 0, open: 1)
    #expect(BatchTiming.running(group, now: seconds(1105)) == 15_000_000)
    let paused = try self.group([(.running, 1000), (.paused, 1010)], completed: 0, open: 1)
    #expect(BatchTiming.running(paused, now: seconds(1105)) == 10_000_000)
  }
}
