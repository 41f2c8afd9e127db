// Goal: endpoints keep their ids and counts over restarts; a checkpoint holds what steps have processed.
// Method: several lives on one disk; steps are played by reading the log from where the checkpoint ends.
import DataModel
import Formats
import InputLog
import PipelineModel
import StorageAPI
import TestSupport
import Testing

import Ingress

@Suite struct EndpointRegistryTests {
  private let json = InputFormat(kind: .json)

  @Test func idsAreStable() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    let first = try await life.ingest("1,a\n").get().endpoint
    let second = try await life.ingest(#"{"insert":{"id":2}}"#, json).get().endpoint
    #expect(first != second && first != EndpointID(0))
    let names = life.endpoints.all().map(\.name)
    life.crash()
    life = try disk.open()
    defer { life.close() }
    #expect(life.endpoints.all().map(\.name) == names)
    // Asked for in another order than before.
    let third = life.endpoints.connector(table: SQLIdentifier("t1"), name: "c").id
    #expect(try await life.ingest(#"{"insert":{"id":3}}"#, json).get().endpoint == second)
    #expect(try await life.ingest("4,a\n").get().endpoint == first)
    #expect(![first, second].contains(third))
    #expect(
      life.endpoints.endpoint(second)?.name
        == life.endpoints.http(table: SQLIdentifier("T1"), format: json).name)
    #expect(life.endpoints.endpoint(EndpointID(99)) == nil)
  }

  @Test func anUnusedConnectorOfAnEarlierProgramIsNotListed() throws {
    let disk = try IngressDisk()
    let registry = try disk.open()
    let connector = registry.endpoints.connector(table: SQLIdentifier("t1"), name: "c")
    let extra = try #require(registry.endpoints.extra(connector, .none))
    try registry.store.write(extra(.empty(at: .zero)), .synced)
    #expect(registry.endpoints.all().map(\.name) == ["t1.c"])
    registry.close()
    let life = try disk.open()
    defer { life.close() }
    #expect(life.endpoints.all().isEmpty)
    #expect(life.endpoints.endpoint(connector.id)?.name == "t1.c")
    #expect(life.endpoints.connector(table: SQLIdentifier("t1"), name: "c").id == connector.id)
    #expect(life.endpoints.all().map(\.name) == ["t1.c"])
  }

  @Test func countersAfterRestoreAndReplay() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    _ = try await life.ingest(lines(0..<10) + "bad\n").get()
    try life.process(from: .zero)
    let snapshot = life.endpoints.snapshot()
    _ = try await life.ingest(lines(10..<15)).get()
    let before = try #require(life.reading)
    #expect(before.totalRecords == 15 && before.bufferedRecords == 5 && before.parseErrors == 1)
    life.crash()

    life = try disk.open()
    defer { life.close() }
    try life.endpoints.restore(snapshot)
    let restored = try #require(life.reading)
    #expect(restored.totalRecords == 10 && restored.bufferedRecords == 0 && restored.parseErrors == 1)
    #expect(restored.recentErrors == before.recentErrors && restored.recentErrors.count == 1)
    try life.process(from: Offset(10))
    let replayed = try #require(life.reading)
    #expect(replayed.totalRecords == 15 && replayed.totalBytes == before.totalBytes)
    #expect(replayed.bufferedRecords == 0 && replayed.bufferedBytes == 0)
    _ = try await life.ingest(lines(15..<17)).get()
    #expect(life.reading?.totalRecords == 17 && life.reading?.bufferedRecords == 2)
  }

  @Test func errorsBehindTheCheckpointAreNotForgotten() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    _ = try await life.ingest("1,a\n").get()
    let snapshot = life.endpoints.snapshot()
    _ = try await life.ingest("bad\n").get()
    life.crash()
    life = try disk.open()
    defer { life.close() }
    try life.endpoints.restore(snapshot)
    #expect(life.reading?.parseErrors == 1)
  }

  @Test func aDamagedSnapshotIsRefused() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    _ = try await life.ingest("1,a\nbad\n").get()
    let snapshot = life.endpoints.snapshot()
    for length in 0..<snapshot.count {
      #expect(throws: IngressError.self) { try life.endpoints.restore(Array(snapshot[..<length])) }
    }
    #expect(throws: IngressError.self) { try life.endpoints.restore(snapshot + [0]) }
  }
}
