// Goal: records that fail in a transaction never hold it for ever: they end the life until its error is dismissed, or never;
// what fails alone is a dead letter, the rest shows all at once, and replay gives the same. Method: as for other steps, with
// one transaction over all blocks and slices of every size.
import DataModel
import InputLog
import PipelineModel
import Platform
import StepEngine
import StorageAPI
import TestSupport
import Testing

@Suite("Transactions that fail")
struct TransactionPoisonTests {
  /// One transaction over random blocks; a value of 0 fails.
  private static func world(
    _ random: SeededRandom, sliceBytes: Int
  ) throws -> (PoisonStepTests.World, good: [Int64: Int64], bad: [UInt64]) {
    let world = PoisonStepTests.World()
    let desk = try world.desk()
    _ = try desk.start()
    var good: [Int64: Int64] = [:]
    var bad: [UInt64] = []
    for _ in 0..<Int(random.next(below: 5) + 1) {
      let values = (0..<Int(random.next(below: 50) + 1)).map { _ in
        random.next(below: 8) == 0 ? 0 : Int64(random.next(below: 1000)) + 1
      }
      for (index, value) in values.enumerated() {
        if value == 0 { bad.append(world.end.rawValue + UInt64(index)) } else { good[value, default: 0] += 1 }
      }
      try world.append(values)
    }
    _ = try world.desk().commit(sliceBytes: sliceBytes)
    return (world, good, bad)
  }

  @Test("dead_letter: one step with all that is good", arguments: 0..<UInt64(12))
  func deadLetters(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let (world, good, bad) = try Self.world(random, sliceBytes: Int(random.next(below: 900) + 1))
    let outcome = try world.live(.deadLetter)
    #expect(outcome.error == nil && outcome.view == good)
    #expect(outcome.steps.filter { !$0.row.range.isEmpty }.count == 1)
    #expect(try world.dead() == bad)
    #expect(outcome.steps.flatMap(\.failedRecords).map(\.offset.rawValue) == bad)
    #expect(outcome.endpointRecords == world.end.rawValue)
    #expect(try world.desk().reading == nil)
    let again = try world.live(.fail)
    #expect(again.error == nil && again.view == good)
    #expect(again.steps.filter(\.replayed).map(\.row) == outcome.steps.map(\.row))
    #expect(again.steps.flatMap(\.failedRecords).isEmpty)
  }

  @Test("fail: nothing shows until the error is dismissed", arguments: 0..<UInt64(6))
  func consent(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let (world, good, bad) = try Self.world(random, sliceBytes: Int(random.next(below: 900) + 1))
    guard !bad.isEmpty else { return }
    let first = try world.live()
    #expect(first.error?.code == .evaluation && first.view.isEmpty)
    #expect(first.error?.message.contains("transaction=1") == true)
    #expect(try world.live().error != nil && world.dead().isEmpty)
    let consented = try world.live(dismissals: 1)
    #expect(consented.error == nil && consented.view == good)
    #expect(try world.dead() == bad)
    #expect(try FailedStep.read(from: world.store) == nil)
    #expect(try world.live(dismissals: 1).view == good)
  }
}
