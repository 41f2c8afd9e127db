import PipelineModel
package import Platform
package import WireTypes

/// The workflows and releases of a project: makes and changes them one after the other, and reads them.
package struct WorkflowBook: Sendable {
  /// What cannot be done.
  package enum Refusal: Error, Sendable, Equatable {
    case unknownWorkflow
    case unknownRelease
    /// The draft or the nodes cannot run.
    case notValid(GraphVerdict)
    case noNodes
    /// A release of the workflow has this version.
    case versionTaken(String)
    /// Its history has no more room.
    case full
    case work(WorkError)
  }

  package struct Wish: Sendable {
    package var settings: Workflow.Settings
    package var kind: Workflow.Kind
    package var nodes: JSONValue?

    package init(_ settings: Workflow.Settings, kind: Workflow.Kind) {
      self.settings = settings
      self.kind = kind
    }

    package init(name: String, kind: Workflow.Kind) { self.init(Workflow.Settings(name: name), kind: kind) }
  }

  package let graphs: GraphLibrary
  private let service: WorkService
  private let random: any RandomSource
  /// One change at a time: each builds on the one before.
  private let turn = TurnSlots(1)

  package init(service: WorkService, random: any RandomSource) {
    self.service = service
    self.random = random
    graphs = GraphLibrary(service: service)
  }

  // MARK: Reading

  package func workflow(_ uuid: String) async throws(Refusal) -> Workflow {
    guard let workflow = Workflow(try await records(uuid)) else { throw .unknownWorkflow }
    return workflow
  }

  package func release(_ uuid: String) async throws(Refusal) -> WorkflowRelease {
    guard let first = try await records(uuid).first, let release = WorkflowRelease(first) else {
      throw .unknownRelease
    }
    return release
  }

  /// Newest first.
  package func workflows(limit: Int, offset: Int) async throws(Refusal) -> [Workflow] {
    var workflows: [Workflow] = []
    for id in try await ids(Workflow.Status.allCases.map(\.rawValue), limit, offset) {
      if let workflow = Workflow(try await records(id)) { workflows.append(workflow) }
    }
    return workflows
  }

  /// Those that run without being asked.
  package func scheduledPlays() async throws(Refusal) -> [Workflow] {
    var filter = WorkFilter()
    filter.kind = .definition
    filter.statuses = Workflow.Status.allCases.map(\.rawValue)
    filter.limit = Limits.workListMax
    let all: [[WorkRecord]]
    do throws(WorkError) { all = try await service.definitions(filter) } catch { throw .work(error) }
    return all.compactMap { Workflow($0) }.filter { $0.play.activeSchedule != nil }
  }

  /// Of all workflows, newest first.
  package func releases(limit: Int, offset: Int) async throws(Refusal) -> [WorkflowRelease] {
    var releases: [WorkflowRelease] = []
    for id in try await ids([WorkflowRelease.status], limit, offset) {
      if let first = try await records(id).first, let release = WorkflowRelease(first) { releases.append(release) }
    }
    return releases
  }

  private func ids(_ statuses: [String], _ limit: Int, _ offset: Int) async throws(Refusal) -> [String] {
    var filter = WorkFilter()
    filter.kind = .definition
    filter.statuses = statuses
    filter.limit = limit
    filter.offset = offset
    do throws(WorkError) { return try await service.list(filter) } catch { throw .work(error) }
  }

  private func records(_ uuid: String) async throws(Refusal) -> [WorkRecord] {
    do throws(WorkError) { return try await service.definition(uuid.lowercased()) } catch { throw .work(error) }
  }

  // MARK: Making and changing

  package func make(_ wish: Wish) async throws(Refusal) -> Workflow {
    let uuid = WorkNames.random(.uuid, random)
    var records: [WorkRecord] = []
    var members = wish.settings.members + [
      JSONMember("kind", .string(wish.kind.rawValue)),
      JSONMember("draftUuid", .string(WorkNames.random(.uuid, random))),
    ]
    if let nodes = wish.nodes {
      records.append(graph(nodes))
      members.append(JSONMember("graph", .string(records[0].subject)))
    }
    records.append(
      WorkRecord(
        subject: uuid, sequence: 0, kind: .definition, dialect: .orchestration,
        status: Workflow.Status.made.rawValue, at: service.clock.wall(), body: JSONValue.object(members).encoded))
    try await define(records)
    return try await workflow(uuid)
  }

  /// `decide` sees what the change before has left.
  package func change(
    _ uuid: String, _ decide: (Workflow) throws -> Workflow.Settings
  ) async throws -> Workflow {
    await turn.enter()
    let result: Result<Workflow, any Error>
    do {
      let workflow = try await workflow(uuid)
      let settings = try decide(workflow)
      if settings != workflow.settings {
        try await define([try event(workflow, .settings, .object(settings.members))])
      }
      result = .success(try await self.workflow(uuid))
    } catch { result = .failure(error) }
    await turn.leave()
    return try result.get()
  }

  /// Any nodes: a draft need not be able to run.
  package func update(draftOf uuid: String, nodes: JSONValue) async throws(Refusal) -> Workflow {
    try await inTurn { () async throws(Refusal) in
      let workflow = try await workflow(uuid)
      let graph = graph(nodes)
      try await define([
        graph, try event(workflow, .draft, JSONValue.make(["graph": .string(graph.subject)])),
      ])
      return try await self.workflow(uuid)
    }
  }

  /// Freezes the draft, or `nodes`, which become the draft too.
  package func deploy(
    draftOf uuid: String, nodes: JSONValue?, version: String?, description: String?
  ) async throws(Refusal) -> WorkflowRelease {
    try await inTurn { () async throws(Refusal) in
      let workflow = try await workflow(uuid)
      let version = try WorkflowBook.version(version, after: workflow.releases)
      var records: [WorkRecord] = []
      var id = workflow.draft
      if let nodes {
        let verdict = GraphValidation.validate(nodes)
        guard verdict.graph != nil else { throw .notValid(verdict) }
        records.append(graph(nodes))
        id = records[0].subject
      } else {
        try await checkDraft(workflow)
      }
      guard let id else { throw .noNodes }
      let body: JSONValue = .make([
        "version": .string(version), "description": .text(description), "graph": .string(id),
        "parent": .text(workflow.newest?.uuid),
      ])
      let next = JSONMember("draftUuid", .string(WorkNames.random(.uuid, random)))
      let event = try event(workflow, .deployed, .object((body.members ?? []) + [next]))
      var release = WorkRecord(
        subject: workflow.draftUuid, sequence: 0, kind: .definition, dialect: .orchestration,
        status: WorkflowRelease.status, at: event.at, body: body.encoded)
      release.group = workflow.uuid
      try await define(records + [release, event])
      return try await self.release(workflow.draftUuid)
    }
  }

  /// `1.0.0`, then `1.0.1` and on, unless one is asked for.
  private static func version(_ wish: String?, after releases: [WorkflowRelease]) throws(Refusal) -> String {
    let taken = Set(releases.map(\.version))
    if let wish {
      guard !taken.contains(wish) else { throw .versionTaken(wish) }
      return wish
    }
    var number = releases.count
    while taken.contains("1.0.\(number)") { number += 1 }
    return "1.0.\(number)"
  }

  private func checkDraft(_ workflow: Workflow) async throws(Refusal) {
    guard let draft = workflow.draft else { throw .noNodes }
    let known: KnownGraph?
    do throws(WorkError) { known = try await graphs.definition(draft) } catch { throw .work(error) }
    guard let known else { throw .noNodes }
    guard known.graph != nil else { throw .notValid(GraphValidation.validate(known.nodes)) }
  }

  private func inTurn<Made: Sendable>(
    _ change: () async throws(Refusal) -> Made
  ) async throws(Refusal) -> Made {
    await turn.enter()
    let result: Result<Made, Refusal>
    do throws(Refusal) { result = .success(try await change()) } catch { result = .failure(error) }
    await turn.leave()
    return try result.get()
  }

  private func define(_ records: [WorkRecord]) async throws(Refusal) {
    do throws(WorkError) { try await service.define(records) } catch { throw .work(error) }
  }

  private func graph(_ nodes: JSONValue) -> WorkRecord {
    WorkRecord(
      subject: "graph-" + WorkNames.random(.uuid, random), sequence: 0, kind: .definition, dialect: .orchestration,
      status: "graph", at: service.clock.wall(), body: nodes.encoded)
  }

  private func event(
    _ workflow: Workflow, _ status: Workflow.Status, _ body: JSONValue
  ) throws(Refusal) -> WorkRecord {
    guard workflow.sequence < Int64(Limits.workflowEventsMax) else { throw .full }
    return WorkRecord(
      subject: workflow.uuid, sequence: workflow.sequence + 1, kind: .event, dialect: .orchestration,
      status: status.rawValue, at: max(service.clock.wall(), workflow.updatedAt), body: body.encoded)
  }
}
