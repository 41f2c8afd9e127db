import AccessControl
import Hummingbird
import HummingbirdCore
import PipelineModel
import Platform
import Synchronization
import WireTypes
import Workflows

/// Runs and the outputs of their nodes as documents to fetch.
enum OutputRoutes {
  /// Each run with what its nodes took and gave, a line each.
  static let download: Route.Handler = { call in
    let origins = RunOrigins(try await call.work())
    let items = try await RunFilter(call.query).runs(origins)
    return Answer.stream(
      type: "application/x-ndjson",
      RunLines(items, origins, workspace: OrchestrationRoutes.workspace(call)))
  }

  /// Where the outputs of one node can be fetched without a key.
  static func link(isLatest: Bool) -> Route.Handler {
    { call in
      let json = try await OrchestrationRoutes.body(call)
      guard let slug = json["outputNodeSlug"]?.stringValue, isSlug(slug) else {
        throw OrchestrationFailure.invalid("'outputNodeSlug' must be the slug of a node")
      }
      let format = json["format"].flatMap { $0.isNull ? nil : $0 } ?? "csv"
      guard format == "json" || format == "csv" else {
        throw OrchestrationFailure.invalid("'format' must be json or csv")
      }
      let filter = try RunFilter(json)
      let place = try await call.work()
      if let batch = json["batchUuid"]?.stringValue { _ = try await OrchestrationRoutes.group(batch, place.service) }
      guard let keys = place.settings.keys else {
        throw OrchestrationFailure(500, "internalError", "this server makes no links")
      }
      let link = OutputLink(
        project: call.principal.slug,
        order: [
          "outputNodeSlug": .string(slug), "format": format, "isLatest": .bool(isLatest), "filter": filter.json,
        ])
      let url = link.url(keys, now: place.service.clock.wall())
      guard url.utf8.count <= call.environment.limits.urlBytes else {
        throw OrchestrationFailure.invalid("the filter is too long for a link")
      }
      return Answer.json(["url": .string(root(call) + url)])
    }
  }

  private static func isSlug(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
      }
  }

  /// The server as its client knows it.
  private static func root(_ call: APICall) -> String {
    guard let authority = call.request.head.authority else { return "" }
    return "\(call.request.head.scheme ?? "http")://\(authority)"
  }

  static let outputs: Route.Handler = { call in
    let work = call.environment.work
    let link = try OutputLink(call.query, work.settings.keys, now: call.environment.clock.wall())
    guard let slug = link.order["outputNodeSlug"]?.stringValue else {
      throw OrchestrationFailure.invalid("the link has no node")
    }
    let isLatest = link.order["isLatest"]?.boolValue ?? false
    let filter = try RunFilter(link.order["filter"] ?? .emptyObject)
    try checkProject(link.project, call)
    // Nobody's key is asked for: the request counts as one of the project's.
    if let principal = call.environment.access.principal(ofProject: link.project) {
      try call.environment.access.take(QuotaUse(requests: 1), principal)
    }
    let origins = RunOrigins(try await work.place(of: link.project))
    let items = try await isLatest ? filter.latest(origins) : filter.runs(origins)
    let isCSV = link.order["format"] == "csv"
    return Answer.stream(
      type: isCSV ? "text/csv" : "application/json",
      OutputLines(items, of: slug, isOfRecords: isLatest, isCSV: isCSV))
  }

  /// The link was given to somebody whose project may have been closed since.
  private static func checkProject(_ slug: String, _ call: APICall) throws(OrchestrationFailure) {
    guard let project = try? call.environment.access.store.project(slug) else {
      throw OrchestrationFailure(400, "invalidLink", "the project of the link is not here")
    }
    guard project.isActive else {
      throw OrchestrationFailure(403, "permissionDenied", AccessFailure.inactiveProject.text)
    }
  }
}

/// What a node of one run has put out.
private struct Output {
  private let id: String?
  private let run: String
  private let value: JSONValue

  init(_ item: WorkItem, _ value: JSONValue, isOfRecord: Bool) {
    id = isOfRecord ? RunFilter.recordId(item) : nil
    run = OrchestrationBodies.uuid(item.id)
    self.value = value
  }

  var json: JSONValue {
    .object(
      (id.map { [JSONMember("id", .string($0))] } ?? [])
        + [JSONMember("runUuid", .string(run)), JSONMember("output", value)])
  }

  var line: String {
    ((id.map { [QuotedText.name($0)] } ?? []) + [run, QuotedText.name(value.stringValue ?? value.encoded)])
      .joined(separator: ",")
  }
}

/// The outputs of one node, a few at a time: a list in JSON, or lines of CSV.
private final class OutputLines: ChunkSource {
  private static let chunkBytes = 64 << 10

  private struct State {
    var next = 0
    var isBegun = false
    var isEnded = false
    /// An output was written.
    var hasOutput = false
  }

  private let items: [WorkItem]
  private let slug: String
  private let isOfRecords: Bool
  private let isCSV: Bool
  private let state = Mutex(State())

  init(_ items: [WorkItem], of slug: String, isOfRecords: Bool, isCSV: Bool) {
    self.items = items
    self.slug = slug
    self.isOfRecords = isOfRecords
    self.isCSV = isCSV
  }

  func next() async throws -> [UInt8]? {
    state.withLock { state -> [UInt8]? in
      guard !state.isEnded else { return nil }
      var bytes: [UInt8] = []
      if !state.isBegun {
        state.isBegun = true
        bytes += head
      }
      while bytes.count < OutputLines.chunkBytes, state.next < items.count {
        let item = items[state.next]
        state.next += 1
        guard let value = RunRecord.executions(of: item).runContext[slug] else { continue }
        bytes += piece(Output(item, value, isOfRecord: isOfRecords), isFirst: !state.hasOutput)
        state.hasOutput = true
      }
      if state.next >= items.count {
        state.isEnded = true
        if !isCSV { bytes.append(UInt8(ascii: "]")) }
      }
      return bytes
    }
  }

  private var head: [UInt8] {
    guard isCSV else { return [UInt8(ascii: "[")] }
    return Array((isOfRecords ? "id,runUuid,output\r\n" : "runUuid,output\r\n").utf8)
  }

  private func piece(_ output: Output, isFirst: Bool) -> [UInt8] {
    if isCSV { return Array((output.line + "\r\n").utf8) }
    return (isFirst ? [] : [UInt8(ascii: ",")]) + output.json.encodedBytes
  }

  func end() {}
}

/// Whole runs, a few at a time.
private final class RunLines: ChunkSource {
  private static let chunkBytes = 64 << 10

  private let items: [WorkItem]
  private let origins: RunOrigins
  private let workspace: String
  private let next = Mutex(0)

  init(_ items: [WorkItem], _ origins: RunOrigins, workspace: String) {
    self.items = items
    self.origins = origins
    self.workspace = workspace
  }

  func next() async throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < RunLines.chunkBytes {
      let index = next.withLock { next in
        defer { next += 1 }
        return next
      }
      guard index < items.count else { break }
      let origin = try await origins.of(items[index])
      bytes += RunRoutes.whole(items[index], origin, workspace: workspace).encodedBytes + [0x0A]
    }
    return bytes.isEmpty ? nil : bytes
  }

  func end() {}
}
