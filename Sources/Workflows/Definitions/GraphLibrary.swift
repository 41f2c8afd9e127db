import Platform
package import WireTypes

/// Nodes as they were given, and the graph that they are.
package struct KnownGraph: Sendable {
  package let nodes: JSONValue
  /// Nil when it cannot run.
  package let graph: WorkflowGraph?
  /// Of the text of the nodes.
  package let bytes: Int

  init(_ nodes: JSONValue, bytes: Int) {
    self.nodes = nodes
    self.bytes = bytes
    graph = GraphValidation.validate(nodes).graph
  }
}

/// What a batch or a run was made with: its settings, and the graph that is its own or that of its release.
package struct RunOrigin: Sendable {
  /// All but the nodes.
  package let settings: JSONValue
  /// Nil for work of another dialect, which has none.
  package let known: KnownGraph?

  package var workflowUuid: String? { settings["workflowUuid"]?.stringValue }
  package var releaseUuid: String? { settings["releaseUuid"]?.stringValue }
  package var nodes: JSONValue { known?.nodes ?? .array([]) }
}

/// Graphs that were read lately, each parsed and checked once however many runs take it at once. Bounded in bytes.
package actor GraphLibrary {
  private typealias Loading = Task<Result<RunOrigin?, WorkError>, Never>

  private struct Held {
    let origin: RunOrigin
    let bytes: Int
    var lastUse: UInt64
  }

  private let service: WorkService
  private let bytesMax: Int
  private var held: [String: Held] = [:]
  private var loading: [String: Loading] = [:]
  private var bytes = 0
  private var uses: UInt64 = 0
  /// Graphs that were read and checked.
  package private(set) var loads = 0

  package init(service: WorkService, bytesMax: Int = Limits.graphLibraryBytesMax) {
    self.service = service
    self.bytesMax = bytesMax
  }

  /// The graph of a draft or release; nil when there is none.
  package func definition(_ id: String) async throws(WorkError) -> KnownGraph? {
    let origin = try await origin(id) { [service] () async throws(WorkError) in
      guard let record = try await service.definition(id).first else { return nil }
      return RunOrigin(
        settings: .emptyObject,
        known: KnownGraph(RunRecord.json(record.body), bytes: record.body.utf8.count))
    }
    return origin?.known
  }

  package func origin(of group: WorkGroup) async throws(WorkError) -> RunOrigin {
    if let known = use(group.id) { return known }
    let text = group.configuration
    // A text without nodes is short: it is not worth a place here.
    if text.utf8.count < GraphLibrary.shortBytes {
      let json = RunRecord.json(text)
      if json["nodes"] == nil { return try await released(json) }
    }
    let origin = try await origin(group.id) { RunOrigin.own(RunRecord.json(text), bytes: text.utf8.count) }
    guard let origin else { return RunOrigin(settings: .emptyObject, known: nil) }
    return origin.known == nil ? try await released(origin.settings) : origin
  }

  /// Of a run: its own, or that of its batch.
  package func origin(of item: WorkItem, _ group: WorkGroup?) async throws(WorkError) -> RunOrigin {
    if let group { return try await origin(of: group) }
    guard item.dialect == .orchestration else { return RunOrigin(settings: .emptyObject, known: nil) }
    let json = RunRecord.json(item.input)
    if json["nodes"] != nil { return RunOrigin.own(json, bytes: item.input.utf8.count) }
    return try await released(json)
  }

  private static let shortBytes = 16 << 10

  private func released(_ settings: JSONValue) async throws(WorkError) -> RunOrigin {
    guard let graph = settings["graph"]?.stringValue else { return RunOrigin(settings: settings, known: nil) }
    return RunOrigin(settings: settings, known: try await definition(graph))
  }

  private func use(_ key: String) -> RunOrigin? {
    uses += 1
    held[key]?.lastUse = uses
    return held[key]?.origin
  }

  private func origin(
    _ key: String, _ load: @escaping @Sendable () async throws(WorkError) -> RunOrigin?
  ) async throws(WorkError) -> RunOrigin? {
    if let known = use(key) { return known }
    if let task = loading[key] { return try await task.value.get() }
    let task = Loading { @concurrent in
      do throws(WorkError) { return .success(try await load()) } catch { return .failure(error) }
    }
    loading[key] = task
    let result = await task.value
    loading[key] = nil
    loads += 1
    if case .success(let origin?) = result { keep(key, origin) }
    return try result.get()
  }

  private func keep(_ key: String, _ origin: RunOrigin) {
    let size = (origin.known?.bytes ?? 0) + 1024
    uses += 1
    held[key] = Held(origin: origin, bytes: size, lastUse: uses)
    bytes += size
    while bytes > bytesMax, held.count > 1, let oldest = held.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      bytes -= oldest.value.bytes
      held[oldest.key] = nil
    }
  }
}

extension RunOrigin {
  fileprivate static func own(_ json: JSONValue, bytes: Int) -> RunOrigin {
    let settings = JSONValue.object((json.members ?? []).filter { $0.name != "nodes" })
    return RunOrigin(settings: settings, known: json["nodes"].map { KnownGraph($0, bytes: bytes) })
  }
}
