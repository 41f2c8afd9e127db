// Goal: a wait cannot hang and is given back exactly once, whatever its conditions (invariant 3). Method: random parks,
// advances, cancels and expiries against a model that knows every waiter.
import Completion
import PipelineModel
import Platform
import Testing

@Suite("CompletionWaiters")
struct CompletionWaitersTests {
  private struct Model {
    var conditions: [WaitCondition]
    var deadline: UInt64
  }

  private static let gates: [LedgerGate] = [.processed, .complete, .output("a"), .output("b")]

  private static func condition(_ random: SeededRandom) -> WaitCondition {
    let gate = gates[Int(random.next(below: 4))]
    let first = random.next(below: 100)
    let count = random.next(below: 4) == 0 ? 0 : 1 + random.next(below: 20)
    return WaitCondition(
      gate, .clamped(first: Offset(first), end: Offset(first + count)),
      stepsAtIssue: StepCount(random.next(below: 100)))
  }

  @Test("random traffic: everybody is released exactly once, and never before a condition is met",
    arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func random(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    var waiters = CompletionWaiters<UInt64>(countMax: 200)
    var model: [UInt64: Model] = [:]
    var positions: [LedgerGate: GatePosition] = [:]
    for gate in Self.gates { positions[gate] = GatePosition(end: .zero, steps: .zero) }
    var now: UInt64 = 0
    for _ in 0..<4000 {
      var released: [UInt64] = []
      var expected: Set<UInt64> = []
      switch random.next(below: 6) {
      case 0, 1, 2:
        guard let id = waiters.register() else {
          #expect(model.count == 200)
          continue
        }
        let conditions = (0...random.next(below: 3)).map { _ in Self.condition(random) }
        let deadline = now + 1 + random.next(below: 50)
        let waiter = CompletionWaiters<UInt64>.Waiter(
          conditions: conditions, deadline: MonotonicTime(nanoseconds: deadline), continuation: id)
        let isParked = waiters.park(id, waiter)
        #expect(isParked)
        model[id] = Model(conditions: conditions, deadline: deadline)
      case 3:
        let gate = Self.gates[Int(random.next(below: 4))]
        let old = try #require(positions[gate])
        positions[gate] = GatePosition(
          end: Offset(old.end.rawValue + random.next(below: 5)),
          steps: StepCount(old.steps.rawValue + random.next(below: 3)))
        let reached = positions
        expected = Set(
          model.filter { $0.value.conditions.contains { reached[$0.gate]?.meets($0) ?? true } }.keys)
        released = waiters.complete { reached[$0] }.map(\.continuation)
      case 4:
        now += random.next(below: 10)
        expected = Set(model.filter { $0.value.deadline <= now }.keys)
        released = waiters.expired(at: MonotonicTime(nanoseconds: now)).map(\.continuation)
      default:
        guard let id = model.keys.sorted().first else { continue }
        expected = [id]
        released = waiters.cancel(id).map { [$0.continuation] } ?? []
      }
      #expect(released.count == expected.count && Set(released) == expected)
      for id in released { model[id] = nil }
      #expect(waiters.count == model.count)
      let nearest = waiters.nearestDeadline?.nanoseconds
      #expect((nearest == nil) == model.isEmpty && (nearest ?? 0) <= model.values.map(\.deadline).min() ?? 0)
    }
    let left = Set(waiters.close().map(\.continuation))
    let late = waiters.register()
    #expect(left == Set(model.keys) && late == nil)
  }

  @Test("waiters of an output that is gone are let go")
  func goneOutput() throws {
    var waiters = CompletionWaiters<Int>(countMax: 10)
    let place = waiters.register()
    let id = try #require(place)
    let condition = WaitCondition(
      .output("x"), .clamped(first: .zero, end: Offset(5)), stepsAtIssue: .zero)
    let isParked = waiters.park(
      id,
      CompletionWaiters<Int>.Waiter(
        conditions: [condition], deadline: MonotonicTime(nanoseconds: .max), continuation: 1))
    let early = waiters.complete { _ in GatePosition(end: .zero, steps: .zero) }
    let released = waiters.complete { _ in nil }
    #expect(isParked && early.isEmpty && released.map(\.continuation) == [1])
  }

  @Test("ten thousand waiters at different deadlines cost little to expire one by one")
  func manyDeadlines() throws {
    var waiters = CompletionWaiters<UInt64>(countMax: 20_000)
    let condition = WaitCondition(.complete, .clamped(first: .zero, end: Offset(5)), stepsAtIssue: .zero)
    for number in UInt64(0)..<10_000 {
      let place = waiters.register()
      let id = try #require(place)
      _ = waiters.park(
        id,
        CompletionWaiters<UInt64>.Waiter(
          conditions: [condition], deadline: MonotonicTime(nanoseconds: number), continuation: number))
    }
    for number in UInt64(0)..<10_000 {
      let expired = waiters.expired(at: MonotonicTime(nanoseconds: number)).map(\.continuation)
      #expect(expired == [number])
    }
    #expect(waiters.count == 0)
  }
}
