// Goal: a large body becomes visible at once as one contiguous range or not at all. Method: stage, publish,
// abandon and crash in between, on a simulated disk.
import InputLog
import PipelineModel
import StorageAPI
import Synchronization
import TestSupport
import Testing

struct LogStagesTests {
  private func stagedKeys(_ store: any OrderedStore) throws -> Int {
    var count = 0
    try store.scan(.base, from: KeySpace.stagedPart.key(), to: KeySpace.stagedPart.end) { _, _ in
      count += 1
      return true
    }
    return count
  }

  @Test func publishingGivesOneContiguousRange() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    let stage = appender.newStage()
    for part in 1...3 {
      _ = try await appender.stage([block(part, endpoint: UInt32(part)), block(10)], in: stage).get()
      // Others go on meanwhile.
      _ = await appender.append(AppendRequest(blocks: [block(1, endpoint: 99)]))
    }
    #expect(appender.durableEnd == Offset(3))
    let result = await appender.publish(stage)
    #expect(result == .success(range(3, 39)))
    _ = await appender.append(AppendRequest(blocks: [block(1, endpoint: 99)]))
    let blocks = try readAll(store, from: Offset(3), to: Offset(40))
    #expect(blocks.map(\.range.count) == [1, 10, 2, 10, 3, 10, 1])
    appender.close()
    fixture.disk.crash()
    let (again, reopened, end) = try fixture.open()
    #expect(end == Offset(40))
    #expect(try readAll(again, from: Offset(3), to: Offset(40)) == blocks)
    #expect(reopened.newStage().rawValue > stage.rawValue)
    reopened.close()
  }

  @Test func unpublishedPartsVanishAtRecovery() async throws {
    let fixture = try LogFixture()
    let (_, appender, _) = try fixture.open()
    let stage = appender.newStage()
    _ = try await appender.stage([block(5)], in: stage).get()
    _ = await appender.append(AppendRequest(blocks: [block(1)]))
    fixture.disk.crash(keepingUnsynced: 100)
    appender.close()
    let (store, reopened, end) = try fixture.open()
    #expect(end == Offset(1))
    #expect(try stagedKeys(store) == 0)
    reopened.close()
  }

  @Test func abandoningLeavesNothing() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    let stage = appender.newStage()
    _ = try await appender.stage([block(5)], in: stage).get()
    #expect(try stagedKeys(store) == 2)
    appender.abandon(stage)
    appender.abandon(stage)
    let published = await appender.publish(stage)
    if case .failure(let error) = published {
      #expect(error.code == .unknownStage)
    } else {
      Issue.record("published")
    }
    let staged = await appender.stage([block(5)], in: stage)
    if case .failure(let error) = staged {
      #expect(error.code == .unknownStage)
    } else {
      Issue.record("staged")
    }
    appender.close()
    #expect(try stagedKeys(store) == 0)
    #expect(appender.durableEnd == .zero)
  }

  @Test func anEmptyStageIsAnEmptyRange() async throws {
    let fixture = try LogFixture()
    let (_, appender, _) = try fixture.open()
    _ = await appender.append(AppendRequest(blocks: [block(4)]))
    let stage = appender.newStage()
    _ = try await appender.stage([block(0)], in: stage).get()
    #expect(await appender.publish(stage) == .success(range(4, 4)))
    appender.close()
  }

  @Test func publishingIsOneSyncedWriteAndCarriesExtraRows() async throws {
    let fixture = try LogFixture()
    let store = GatedStore(MemoryStore())
    store.openForGood()
    let appender = fixture.appender(try fixture.recover(store), store)
    let stage = appender.newStage()
    for _ in 0..<4 { _ = try await appender.stage([block(2)], in: stage).get() }
    _ = await appender.publish(stage) { range in
      var batch = WriteBatch()
      batch.put(KeySpace.endpoint.key(UInt32(1)), [UInt8(range.count)])
      return batch
    }
    appender.close()
    // Four references, the stage's row, the extra row.
    #expect(store.syncedWrites.withLock { $0.map(\.mutations.count) } == [6])
    #expect(try store.get(.base, KeySpace.endpoint.key(UInt32(1))) == [8])
  }

  @Test func aFailedPartFailsTheLog() async throws {
    let fixture = try LogFixture()
    let faulty = FaultyStore(MemoryStore())
    let appender = fixture.appender(try fixture.recover(faulty), faulty)
    let stage = appender.newStage()
    faulty.failWrite()
    let staged = await appender.stage([block(2)], in: stage)
    if case .failure(let error) = staged { #expect(error.code == .storage) } else { Issue.record("staged") }
    let later = await appender.append(AppendRequest(blocks: [block(2)]))
    if case .failure(let error) = later { #expect(error.code == .storage) } else { Issue.record("accepted") }
    appender.close()
  }
}
