// Goal: an asynchronous request is answered before its records are durable, nobody is told that they are before that,
// and they become durable soon, with the next synced request, at a barrier and at close. Method: an appender without a
// thread on a disk that loses power, and a clock that the test moves.
import InputLog
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport
import Testing

struct AsyncAppendTests {
  private final class Life {
    let fixture: LogFixture
    let store: any OrderedStore
    let appender: LogAppender
    let answers = Answers()
    private let ends: Ends
    private var asked = 0

    init(_ fixture: LogFixture, _ store: any OrderedStore) throws {
      self.fixture = fixture
      self.store = store
      let ends = Ends()
      self.ends = ends
      appender = LogAppender(
        try fixture.recover(store), store: store, clock: fixture.clock, hasThread: false,
        onDurable: { end in ends.list.withLock { $0.append(end) } })
    }

    /// Of which the appender has told.
    private final class Ends: Sendable { let list = Mutex<[Offset]>([]) }
    var told: [UInt64] { ends.list.withLock { $0.map(\.rawValue) } }

    /// Asks, and answers how many have their answers after the appender's turn.
    func append(_ records: Int, isAsync: Bool = true) -> Int {
      let blocks = records == 0 ? [] : [block(records)]
      appender.append(AppendRequest(blocks: blocks, isAsync: isAsync), completion: answers.take(asked))
      asked += 1
      _ = appender.turn()
      return answers.wait(for: 0).count
    }
  }

  private static func life(_ fixture: LogFixture) throws -> Life {
    try Life(fixture, try fixture.disk.open(directory: "log"))
  }

  @Test func theAnswerComesFirstAndDurabilityInTime() throws {
    let life = try Self.life(LogFixture())
    #expect(life.append(3) == 1)
    #expect(life.append(2) == 2)
    #expect(life.appender.durableEnd == .zero && life.told == [])
    life.fixture.clock.advance(milliseconds: Int64(Limits.asyncSyncNanoseconds / 1_000_000) - 1)
    guard case .wait(let left) = life.appender.turn() else {
      Issue.record("the appender must wait for the time of its sync")
      return
    }
    #expect(left == 1_000_000)
    #expect(life.appender.durableEnd == .zero)
    life.fixture.clock.advance(milliseconds: 1)
    _ = life.appender.turn()
    #expect(life.appender.durableEnd == Offset(5) && life.told == [5])
    let ranges = try life.answers.wait(for: 2).map { try $0.1.get() }
    #expect(ranges == [range(0, 3), range(3, 5)])
    #expect(try readAll(life.store, to: Offset(5)).map(\.range) == [range(0, 3), range(3, 5)])
  }

  @Test func aPowerCutLosesOnlyWhatWasNotTold() throws {
    let fixture = try LogFixture()
    let life = try Self.life(fixture)
    _ = life.append(3)
    _ = life.append(1, isAsync: false)
    #expect(life.appender.durableEnd == Offset(4), "a synced request makes durable what was written before it")
    _ = life.append(5)
    fixture.disk.crash()
    life.store.close()
    let (store, appender, end) = try fixture.open()
    #expect(end == Offset(4))
    appender.close()
    store.close()
  }

  @Test func anEmptyRequestIsABarrier() throws {
    let life = try Self.life(LogFixture())
    _ = life.append(3)
    #expect(life.append(0, isAsync: false) == 2)
    #expect(life.appender.durableEnd == Offset(3) && life.told == [3])
    #expect(try life.answers.wait(for: 2)[1].1.get() == range(3, 3))
  }

  @Test func aCloseMakesDurable() throws {
    let fixture = try LogFixture()
    let (store, appender, _) = try fixture.open()
    let answers = Answers()
    appender.append(AppendRequest(blocks: [block(2)], isAsync: true), completion: answers.take(0))
    _ = answers.wait(for: 1)
    appender.close()
    #expect(appender.durableEnd == Offset(2))
    fixture.disk.crash()
    store.close()
    #expect(try fixture.open().end == Offset(2))
  }

  @Test func aFailedSyncFailsTheLog() throws {
    let fixture = try LogFixture()
    let faulty = FaultyStore(MemoryStore())
    let life = try Life(fixture, faulty)
    _ = life.append(2)
    faulty.failSync()
    fixture.clock.advance(milliseconds: 1000)
    _ = life.appender.turn()
    #expect(life.appender.durableEnd == .zero && life.told == [])
    #expect(life.append(1) == 2)
    guard case .failure(let error) = life.answers.wait(for: 2)[1].1 else {
      Issue.record("a log that cannot be synced takes nothing more")
      return
    }
    #expect(error.code == .storage)
    guard case .ended = life.appender.turn() else {
      Issue.record("the commit thread must end")
      return
    }
  }
}
