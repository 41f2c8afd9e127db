// Goal: workflows and releases are what their records say: a release never changes, versions are the workflow's own,
// and a graph is parsed once however many runs take it.
// Method: a book over records in memory; a second book over the same records stands for the server's next life.
import PipelineModel
import Platform
import TestSupport
import Testing
import WireTypes
import Workflows

private typealias F = GraphFixtures

struct WorkflowBookTests {
  private let store = MemoryWorkStore()

  private func book(_ seed: UInt64 = 1) -> (book: WorkflowBook, service: WorkService) {
    let service = WorkService(store: store, clock: SystemClock())
    return (WorkflowBook(service: service, random: SeededRandom(seed: seed)), service)
  }

  private static func nodes(_ name: String = "end") -> JSONValue {
    [F.node("start", "start", to: [name]), F.node(name, "end")]
  }

  private static func wish(_ nodes: JSONValue?) -> WorkflowBook.Wish {
    var wish = WorkflowBook.Wish(name: "w", kind: .tool)
    wish.nodes = nodes
    return wish
  }

  @Test func aReleaseStaysAsItWasDeployed() async throws {
    let (book, _) = book()
    let made = try await book.make(Self.wish(Self.nodes()))
    #expect(made.newest == nil)
    let first = try await book.deploy(draftOf: made.uuid, nodes: nil, version: nil, description: "one")
    #expect(first.version == "1.0.0" && first.uuid == made.draftUuid && first.parentUuid == nil)
    let other = Self.nodes("last")
    _ = try await book.update(draftOf: made.uuid, nodes: other)
    let second = try await book.deploy(draftOf: made.uuid, nodes: nil, version: nil, description: nil)
    #expect(second.version == "1.0.1" && second.parentUuid == first.uuid)
    let (later, _) = self.book(2)
    let workflow = try await later.workflow(made.uuid)
    #expect(workflow.releases == [first, second])
    #expect(try await later.graphs.definition(first.graph)?.nodes == Self.nodes())
    #expect(try await later.graphs.definition(second.graph)?.nodes == other)
    #expect(try await later.release(first.uuid) == first)
    #expect(workflow.draftUuid != second.uuid)
  }

  @Test func changesAtOnceComeOneAfterTheOther() async throws {
    let (book, _) = book()
    let made = try await book.make(Self.wish(Self.nodes()))
    await withTaskGroup { group in
      for _ in 0..<20 {
        group.addTask {
          _ = try? await book.deploy(draftOf: made.uuid, nodes: nil, version: nil, description: nil)
        }
      }
    }
    let releases = try await book.workflow(made.uuid).releases
    #expect(releases.map(\.version) == (0..<20).map { "1.0.\($0)" })
    #expect(Set(releases.map(\.uuid)).count == 20)
  }

  @Test func refusals() async throws {
    let (book, _) = book()
    let made = try await book.make(Self.wish(nil))
    await #expect(throws: WorkflowBook.Refusal.noNodes) {
      try await book.deploy(draftOf: made.uuid, nodes: nil, version: nil, description: nil)
    }
    let broken: JSONValue = [F.node("start", "start", to: ["nowhere"])]
    _ = try await book.update(draftOf: made.uuid, nodes: broken)
    await #expect(throws: WorkflowBook.Refusal.notValid(GraphValidation.validate(broken))) {
      try await book.deploy(draftOf: made.uuid, nodes: nil, version: nil, description: nil)
    }
    _ = try await book.deploy(draftOf: made.uuid, nodes: Self.nodes(), version: "1.0.1", description: nil)
    await #expect(throws: WorkflowBook.Refusal.versionTaken("1.0.1")) {
      try await book.deploy(draftOf: made.uuid, nodes: nil, version: "1.0.1", description: nil)
    }
    let next = try await book.deploy(draftOf: made.uuid, nodes: nil, version: nil, description: nil)
    #expect(next.version == "1.0.2")
    await #expect(throws: WorkflowBook.Refusal.unknownWorkflow) { try await book.workflow(next.uuid) }
    await #expect(throws: WorkflowBook.Refusal.unknownRelease) { try await book.release(made.uuid) }
  }

  @Test func definitionsAreNoWork() async throws {
    let (book, service) = book()
    let made = try await book.make(Self.wish(Self.nodes()))
    _ = try await book.deploy(draftOf: made.uuid, nodes: nil, version: nil, description: nil)
    #expect(try await service.item(made.uuid) == nil)
    #expect(try await service.group(made.uuid) == nil)
    #expect(try await service.find(made.uuid) == nil)
    #expect(try await WorkService(store: store, clock: SystemClock()).open().isEmpty)
  }

  @Test func aGraphIsParsedOnceForAllRunsOfABatch() async throws {
    let (book, service) = book()
    let graphs = book.graphs
    let own = JSONValue.object([JSONMember("nodes", Self.nodes()), JSONMember("workflowUuid", "w")])
    let at = WallTime(microseconds: 1)
    var records = [WorkRecord.group("g", .orchestration, configuration: own.encoded, at: at)]
    for number in 0..<200 {
      records.append(
        .item("i\(number)", .orchestration, group: "g", position: Int64(number), input: "{}", at: at))
    }
    try await service.create(records)
    let group = try #require(try await service.group("g"))
    let items = try await service.items(of: "g")
    await withTaskGroup { tasks in
      for item in items {
        tasks.addTask { #expect((try? await graphs.origin(of: item, group))?.known?.graph != nil) }
      }
    }
    #expect(await graphs.loads == 1)
    #expect(try await graphs.origin(of: group).workflowUuid == "w")
  }

  @Test func theLibraryForgetsWhatWasUsedLongestAgo() async throws {
    let (book, service) = book()
    let graphs = GraphLibrary(service: service, bytesMax: 4000)
    var ids: [String] = []
    for _ in 0..<4 {
      let made = try await book.make(Self.wish(Self.nodes()))
      ids.append(try #require(made.draft))
    }
    for id in ids { _ = try await graphs.definition(id) }
    #expect(await graphs.loads == 4)
    _ = try await graphs.definition(ids[3])
    #expect(await graphs.loads == 4)
    _ = try await graphs.definition(ids[0])
    #expect(await graphs.loads == 5)
    #expect(try await graphs.definition("graph-none") == nil)
  }
}
