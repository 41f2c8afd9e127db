// Goal: a body becomes durable records, its bad records are told, counted and kept, and take no offset.
// Method: small bodies on a simulated disk; the log is read back as a step would.
import Formats
import InputLog
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

import Ingress

@Suite struct BatchIngestTests {
  @Test func goodRecordsOfABadBodyAreTaken() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let outcome = try await life.ingest("1,a\nx,b\n3,c\n4\n").get()
    #expect(outcome.accepted == 2 && outcome.range == .clamped(first: .zero, end: Offset(2)))
    #expect(outcome.errorCount == 2 && outcome.errors.map(\.eventNumber) == [2, 4])
    #expect(try life.loggedIDs() == [1, 3])
    let rows = try life.endpoints.rejectedRows(limit: 10)
    #expect(rows.map { String(decoding: $0.rawBytes, as: UTF8.self) } == ["x,b", "4"])
    #expect(rows.map(\.reason) == outcome.errors.map(\.description))
    let reading = try #require(life.reading)
    #expect(reading.parseErrors == 2 && reading.totalRecords == 2 && reading.bufferedRecords == 2)
    #expect(reading.recentErrors.map(\.message) == outcome.errors.map(\.description))
    #expect(reading.isHTTP && reading.table == "t1" && reading.name.hasPrefix("t1.api-ingress-"))
  }

  @Test func bodiesWithOnlyBadRecordsAreAllKept() async throws {
    let disk = try IngressDisk()
    var life = try disk.open()
    for body in ["x,1\n", "y,2\nz,3\n"] {
      let outcome = try await life.ingest(body).get()
      #expect(outcome.accepted == 0 && outcome.range.isEmpty)
    }
    _ = try await life.ingest("7,a\nw,4\n").get()
    life.crash()
    life = try disk.open()
    defer { life.close() }
    _ = try await life.ingest("v,5\n").get()
    let raw = try life.endpoints.rejectedRows(limit: 10).map { String(decoding: $0.rawBytes, as: UTF8.self) }
    #expect(raw == ["x,1", "y,2", "z,3", "w,4", "v,5"])
    #expect(life.reading?.parseErrors == 5)
    #expect(try life.loggedIDs() == [7])
  }

  @Test func anArrayIsTakenWholeOrNotAtAll() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let format = InputFormat(kind: .json, updateFormat: .raw, array: true)
    let body = #"[{"id":1},{"id":"x"},{"id":2}] [{"id":3},{"id":4}]"#
    let outcome = try await life.ingest(body, format).get()
    #expect(outcome.accepted == 2 && outcome.errorCount >= 1)
    #expect(try life.loggedIDs() == [3, 4])
  }

  @Test func anEmptyBodyIsTakenAtTheEnd() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    _ = try await life.ingest(lines(0..<3)).get()
    let outcome = try await life.ingest("").get()
    #expect(outcome.range == .empty(at: Offset(3)) && outcome.accepted == 0 && outcome.errorCount == 0)
  }

  @Test func aLargeBodyIsNotForTheCaller() throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    let body = [UInt8](repeating: 0x0A, count: BatchIngest.immediateBytesMax + 1)
    let taken = life.ingest.ingestNow(IngressLife.table, format: IngressLife.csv, body: body) { _ in
      Issue.record("the completion of a refused body was called")
    }
    #expect(!taken)
  }

  @Test func aFailedStoreIsTold() async throws {
    let life = try IngressDisk().open()
    defer { life.close() }
    life.store.failWrite()
    let result = await life.ingest("1,a\n")
    guard case .failure(let error) = result else {
      Issue.record("a failed write was reported as a success")
      return
    }
    #expect(error.code == .storage)
    #expect(life.reading?.totalRecords == 0)
    life.appender.close()
  }

  @Test func theNewestRejectedRowsAreKept() async throws {
    let disk = try IngressDisk()
    var life = try disk.open(rejectedBytesMax: 4000)
    for index in 0..<100 { _ = try await life.ingest("x\(index),1\n").get() }
    life.crash()
    life = try disk.open(rejectedBytesMax: 4000)
    defer { life.close() }
    for index in 100..<200 { _ = try await life.ingest("x\(index),1\n").get() }
    let raw = try life.endpoints.rejectedRows(limit: 1000).map {
      String(decoding: $0.rawBytes, as: UTF8.self)
    }
    #expect(raw.count > 5 && raw.count < 60)
    #expect(raw == (200 - raw.count..<200).map { "x\($0),1" })
    var bytes = 0
    try life.store.scan(.base, from: KeySpace.rejectedRow.key(), to: KeySpace.rejectedRow.end) { key, value in
      bytes += key.count + value.count
      return true
    }
    #expect(bytes <= 4000)
    #expect(life.reading?.parseErrors == 200 && life.reading?.recentErrors.count == 100)
  }
}
