// Goal: the log works over the real engine as over the simulated disk. Method: append, stage, publish and trim in a
// RocksDB store, reopen it, read all back.
import InputLog
import PipelineModel
import Platform
import RocksStorage
import StorageAPI
import TestSupport
import Testing

struct RocksLogTests {
  @Test func survivesReopening() async throws {
    let fixture = try LogFixture()
    let path = fixture.directory.path + "/store"
    let first = try RocksStoreOpener().open(directory: path)
    let appender = fixture.appender(try fixture.recover(first), first)
    let payload = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let published = appender.newStage()
    let orphan = appender.newStage()
    for _ in 0..<3 {
      _ = try await appender.append(AppendRequest(blocks: [block(2, payload: payload)])).get()
      _ = try await appender.stage([block(5, payload: payload)], in: published).get()
      _ = try await appender.stage([block(5)], in: orphan).get()
    }
    #expect(await appender.publish(published) == .success(range(6, 21)))
    appender.close()
    let before = try readAll(first, to: Offset(21), bytesMax: 6000)
    #expect(before.map(\.range.count) == [2, 2, 2, 5, 5, 5])
    try LogRetention.trim(store: first, below: Offset(5))
    first.close()

    let second = try RocksStoreOpener().open(directory: path)
    let recovered = try fixture.recover(second)
    #expect(recovered.durableEnd == Offset(21))
    #expect(try readAll(second, from: Offset(4), to: Offset(21)) == Array(before.dropFirst(2)))
    #expect(throws: LogError.self) {
      try LogReader(store: second).read(from: .zero, to: Offset(2), bytesMax: 1)
    }
    let again = fixture.appender(recovered, second)
    #expect(await again.append(AppendRequest(blocks: [block(1)])) == .success(range(21, 22)))
    again.close()
    second.close()
  }
}
