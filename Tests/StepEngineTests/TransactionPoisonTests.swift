// Goal: records that fail in a transaction never hold it for ever: they end the life until its error is dismissed, or
// never; the rest shows all at once, and replay gives the same. Method: as for other steps, with one transaction over
// all blocks and slices of every size.
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
  /// One transaction over random blocks.
  private static func world(
    _ random: SeededRandom, sliceBytes: Int
  ) throws -> (PoisonStepTests.World, PoisonStepTests.Records) {
    let world = PoisonStepTests.World()
    let desk = try world.desk()
    _ = try desk.start()
    var records = PoisonStepTests.Records()
    for _ in 0..<Int(random.next(below: 5) + 1) { try world.append(records.block(random)) }
    _ = try world.desk().commit(sliceBytes: sliceBytes)
    return (world, records)
  }

  @Test("dead_letter: one step with all that is good, and error rows", arguments: 0..<UInt64(12))
  func deadLetters(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let (world, records) = try Self.world(random, sliceBytes: Int(random.next(below: 900) + 1))
    let outcome = try world.live(.deadLetter)
    #expect(outcome.error == nil && outcome.view == records.good)
    #expect(outcome.steps.filter { !$0.row.range.isEmpty }.count == 1)
    #expect(try world.dead() == records.dead)
    #expect(outcome.steps.flatMap(\.failedRecords).map(\.offset.rawValue) == records.dead)
    #expect(outcome.viewErrors == records.failing && outcome.errorRows == Int64(records.failing))
    #expect(outcome.endpointRecords == world.end.rawValue)
    #expect(try world.desk().reading == nil)
    let again = try world.live(.fail)
    #expect(again.error == nil && again.view == records.good && again.errorRows == Int64(records.failing))
    #expect(again.steps.filter(\.replayed).map(\.row) == outcome.steps.map(\.row))
    #expect(again.steps.flatMap(\.failedRecords).isEmpty)
    #expect(try PoisonStepTests.storedErrors(world.store) == records.failing)
  }

  @Test("fail: nothing shows until the error is dismissed", arguments: 0..<UInt64(6))
  func consent(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let (world, records) = try Self.world(random, sliceBytes: Int(random.next(below: 900) + 1))
    let bad = records.values.indices.filter { records.values[$0] == 0 }.map { UInt64($0) } + records.dead
    guard !bad.isEmpty else { return }
    let first = try world.live()
    #expect(first.error?.code == .evaluation && first.view.isEmpty)
    #expect(first.error?.message.contains("transaction=1") == true)
    #expect(try world.live().error != nil && world.dead().isEmpty)
    let consented = try world.live(dismissals: 1)
    #expect(consented.error == nil && consented.view == records.good)
    #expect(try world.dead() == bad.sorted())
    #expect(try FailedStep.read(from: world.store) == nil)
    #expect(try world.live(dismissals: 1).view == records.good)
  }
}
