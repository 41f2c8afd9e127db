// Goal: nothing is lost, doubled or left hanging between threads. Method: many producers against consumers with sums
// that must agree; closing while others wait.
import Platform
import Synchronization
import Testing

@Suite struct ThreadTests {
  @Test func mailboxIsBoundedOrderedAndDrainsAfterClose() {
    let box = Mailbox<Int>(capacity: 3)
    #expect([1, 2, 3, 4].map { box.offer($0) } == [true, true, true, false])
    #expect(box.take(timeoutNanoseconds: 0) == 1)
    #expect(box.offer(5))
    #expect(box.takeAll(timeoutNanoseconds: nil) == [2, 3, 5])
    #expect(box.takeAll(timeoutNanoseconds: 0) == [])
    #expect(box.take(timeoutNanoseconds: 1000) == nil)
    #expect(box.offer(6) && box.offer(7))
    box.close()
    box.close()
    #expect(box.isClosed && !box.offer(8))
    #expect(box.take(timeoutNanoseconds: nil) == 6)
    #expect(box.takeAll(timeoutNanoseconds: nil) == [7])
    #expect(box.take(timeoutNanoseconds: nil) == nil)
  }

  @Test func everyOfferedElementIsTakenOnceInTheOrderOfItsProducer() {
    let box = Mailbox<(producer: Int, number: Int)>(capacity: 16)
    let taken = Mutex<[[Int]]>([[], [], [], []])
    let consumer = DedicatedThread(name: "consumer") {
      while true {
        let batch = box.takeAll(timeoutNanoseconds: nil)
        if batch.isEmpty { return }
        taken.withLock { taken in for item in batch { taken[item.producer].append(item.number) } }
      }
    }
    let producers = (0..<4).map { producer in
      DedicatedThread(name: "producer") {
        var number = 0
        while number < 5000 { if box.offer((producer, number)) { number += 1 } }
      }
    }
    for thread in producers { thread.join() }
    box.close()
    consumer.join()
    #expect(taken.withLock { $0 } == Array(repeating: Array(0..<5000), count: 4))
  }

  @Test func manyConsumersShareAndAllWakeOnClose() {
    let box = Mailbox<Int>(capacity: 100_000)
    let sum = Atomic<Int>(0)
    let consumers = (0..<4).map { _ in
      DedicatedThread(name: "consumer") {
        while let value = box.take(timeoutNanoseconds: nil) { sum.wrappingAdd(value, ordering: .relaxed) }
      }
    }
    for value in 1...20_000 { #expect(box.offer(value)) }
    box.close()
    for thread in consumers { thread.join() }
    #expect(sum.load(ordering: .relaxed) == 20_000 * 20_001 / 2)
  }

  @Test func signalFoldsRaisesAndIsLoweredByAWait() {
    let signal = Signal()
    #expect(!signal.wait(timeoutNanoseconds: 0))
    signal.raise()
    signal.raise()
    #expect(signal.wait(timeoutNanoseconds: nil))
    #expect(!signal.wait(timeoutNanoseconds: 1000))
    let answer = Signal()
    let thread = DedicatedThread(name: "echo") {
      for _ in 0..<1000 where signal.wait(timeoutNanoseconds: nil) { answer.raise() }
    }
    for _ in 0..<1000 {
      signal.raise()
      #expect(answer.wait(timeoutNanoseconds: nil))
    }
    thread.join()
  }

  @Test func aWaitForMoreSleepsThroughRaisesThatReachLess() {
    let signal = Signal()
    // Nobody waits for more: kept for the next wait.
    signal.raise(reaching: 1)
    #expect(signal.wait(timeoutNanoseconds: nil, reaching: 100))
    let reached = Atomic<UInt64>(0)
    let seen = Atomic<UInt64>(0)
    let thread = DedicatedThread(name: "sleeper") {
      // A raise from before it sleeps may end a wait early; then it looks, and sleeps again.
      while reached.load(ordering: .acquiring) < 500 { _ = signal.wait(timeoutNanoseconds: nil, reaching: 500) }
      seen.store(reached.load(ordering: .acquiring), ordering: .releasing)
    }
    for value in UInt64(1)...500 {
      reached.store(value, ordering: .releasing)
      signal.raise(reaching: value)
    }
    thread.join()
    #expect(seen.load(ordering: .acquiring) == 500)
    signal.raise()
    #expect(signal.wait(timeoutNanoseconds: nil, reaching: .max))
  }

  @Test func joinWaitsForTheEndFromManyThreads() {
    let gate = Signal()
    let done = Atomic<Bool>(false)
    let thread = DedicatedThread(name: "a name longer than fifteen bytes") {
      _ = gate.wait(timeoutNanoseconds: nil)
      done.store(true, ordering: .releasing)
    }
    let seen = Atomic<Int>(0)
    let joiners = (0..<3).map { _ in
      DedicatedThread(name: "joiner") {
        thread.join()
        if done.load(ordering: .acquiring) { seen.wrappingAdd(1, ordering: .relaxed) }
      }
    }
    gate.raise()
    for joiner in joiners { joiner.join() }
    thread.join()
    #expect(seen.load(ordering: .relaxed) == 3)
  }

  @Test func poolRunsEachWorkOnceAlsoAfterShutdown() async throws {
    let pool = BlockingPool(name: "pool", threads: 2)
    let results = await withTaskGroup(of: Int.self) { group in
      for number in 0..<500 { group.addTask { await pool.run { number * 2 } } }
      return await group.reduce(0, +)
    }
    #expect(results == 499 * 500)
    await #expect(throws: FileError.self) {
      _ = try await pool.run { () throws(FileError) -> [UInt8] in try PosixFileSystem().read("/none") }
    }
    pool.shutdown()
    pool.shutdown()
    #expect(await pool.run { 7 } == 7)
  }
}
