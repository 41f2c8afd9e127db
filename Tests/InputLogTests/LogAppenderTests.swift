// Goal: waiting requests share one synced write, answers come only after it, and failures reach everyone
// once. Method: stores that hold writes up, count them, or fail.
import InputLog
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport
import Testing

struct LogAppenderTests {
  @Test func sixtyFourClientsShareSyncs() throws {
    let fixture = try LogFixture()
    let store = GatedStore(MemoryStore())
    let recovered = try fixture.recover(store)
    let ends = Mutex<[Offset]>([])
    let appender = fixture.appender(recovered, store) { end in ends.withLock { $0.append(end) } }
    let answers = Answers()
    appender.append(AppendRequest(blocks: [block(1)]), completion: answers.take(0))
    _ = store.entered.wait(timeoutNanoseconds: nil)
    for client in 1..<64 {
      appender.append(
        AppendRequest(blocks: [block(1, endpoint: UInt32(client))]), completion: answers.take(client))
    }
    #expect(appender.durableEnd == .zero)
    store.openForGood()
    let all = answers.wait(for: 64)
    #expect(all.map(\.0) == Array(0..<64))
    #expect(try all.map { try $0.1.get().first.rawValue } == (0..<64).map { UInt64($0) })
    appender.close()
    #expect(store.syncedWrites.withLock { $0.map(\.mutations.count) } == [1, 1])
    #expect(ends.withLock { $0 } == [Offset(1), Offset(64)])
    #expect(try readAll(store, to: Offset(64)).map { UInt64($0.endpoint.rawValue) } == [1] + (1..<64))
  }

  @Test("A group that gathers is written when nobody approaches any more, and when the log is closed")
  func gathering() throws {
    let fixture = try LogFixture()
    let store = GatedStore(MemoryStore())
    store.openForGood()
    let appender = fixture.appender(try fixture.recover(store), store)
    let answers = Answers()
    // The clock stands still, so that the time of a wait is never over.
    var near = (0..<8).map { _ in appender.approach() }
    for client in 0..<3 { appender.append(AppendRequest(blocks: [block(1)]), completion: answers.take(client)) }
    #expect(near.count == 8 && appender.durableEnd == .zero)
    near = []
    #expect(answers.wait(for: 3).count == 3)
    near = (0..<8).map { _ in appender.approach() }
    appender.append(AppendRequest(blocks: [block(1)]), completion: answers.take(3))
    appender.close()
    #expect(answers.wait(for: 4).count == 4 && near.count == 8)
    #expect(store.syncedWrites.withLock { $0.count } == 2)
  }

  @Test func anAnswerWaitsForTheSync() async throws {
    let fixture = try LogFixture()
    let store = GatedStore(MemoryStore())
    let appender = fixture.appender(try fixture.recover(store), store)
    let done = Atomic(false)
    appender.append(AppendRequest(blocks: [block(3)])) { _ in
      done.store(true, ordering: .sequentiallyConsistent)
    }
    _ = store.entered.wait(timeoutNanoseconds: nil)
    let early = done.load(ordering: .sequentiallyConsistent)
    #expect(!early)
    store.openForGood()
    appender.close()
    let answered = done.load(ordering: .sequentiallyConsistent)
    #expect(answered)
    #expect(appender.durableEnd == Offset(3))
  }

  @Test func extraRowsAreInTheSameWrite() async throws {
    let fixture = try LogFixture()
    let store = GatedStore(MemoryStore())
    store.openForGood()
    let appender = fixture.appender(try fixture.recover(store), store)
    let extra: LogExtra = { range in
      var batch = WriteBatch()
      batch.put(KeySpace.sourceResume.key("s"), KeySpace.bigEndian(range.end.rawValue))
      return batch
    }
    #expect(
      await appender.append(AppendRequest(blocks: [block(2), block(3)], extra: extra))
        == .success(range(0, 5)))
    #expect(await appender.append(AppendRequest(blocks: [], extra: extra)) == .success(range(5, 5)))
    #expect(await appender.append(AppendRequest(blocks: [])) == .success(range(5, 5)))
    appender.close()
    #expect(store.syncedWrites.withLock { $0.map(\.mutations.count) } == [2, 1])
    #expect(try store.get(.base, KeySpace.sourceResume.key("s")) == KeySpace.bigEndian(5))
  }

  @Test func aFailedWriteFailsWaitersAndLaterCalls() async throws {
    let fixture = try LogFixture()
    let faulty = FaultyStore(MemoryStore())
    let appender = fixture.appender(try fixture.recover(faulty), faulty)
    #expect(await appender.append(AppendRequest(blocks: [block(1)])) == .success(range(0, 1)))
    faulty.failWrite(after: 0, .full)
    let failed = await appender.append(AppendRequest(blocks: [block(1)]))
    #expect(throws: LogError.self) { try failed.get() }
    let later = await appender.append(AppendRequest(blocks: [block(1)]))
    if case .failure(let error) = later { #expect(error.code == .storage) } else { Issue.record("accepted") }
    #expect(appender.durableEnd == Offset(1))
    appender.close()
    #expect(try WatermarkFile.read(fixture.watermarkPath, fixture.fileSystem) == Offset(1))
  }

  @Test func closeAnswersWhatWaitsAndIsIdempotent() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    let answers = Answers()
    for client in 0..<10 {
      appender.append(AppendRequest(blocks: [block(1)]), completion: answers.take(client))
    }
    appender.close()
    appender.close()
    #expect(answers.wait(for: 10).count == 10)
    let late = await appender.append(AppendRequest(blocks: [block(1)]))
    if case .failure(let error) = late { #expect(error.code == .closed) } else { Issue.record("accepted") }
    #expect(try readAll(store, to: Offset(10)).count == 10)
  }

  @Test func concurrentClientsGetDisjointRangesWithTheirRecords() async throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    let ranges = await withTaskGroup(of: [(UInt32, OffsetRange)].self) { group in
      for client in UInt32(1)...8 {
        group.addTask {
          var mine: [(UInt32, OffsetRange)] = []
          for round in 1...20 {
            let result = await appender.append(AppendRequest(blocks: [block(round % 4, endpoint: client)]))
            if case .success(let range) = result { mine.append((client, range)) }
          }
          return mine
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    appender.close()
    #expect(ranges.count == 160)
    let stored = try readAll(store, to: appender.durableEnd)
    let expected = ranges.filter { !$0.1.isEmpty }.sorted { $0.1.first < $1.1.first }
    #expect(stored.map(\.range) == expected.map(\.1))
    #expect(stored.map(\.endpoint.rawValue) == expected.map(\.0))
  }
}
