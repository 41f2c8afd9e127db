import Checkpoints
import DataModel
import Dataflow
import PipelineModel
import Platform
import StepEngine
import TestSupport
import Testing

// Goal: state several times larger than its memory gives the same deltas and contents; a restart reads footers, not
// state; a checkpoint writes the change, not the state; a damaged block is an error that names its file, and the
// checkpoints that use it are not taken again. Method: SQL programs with every stateful operator, run beside a circuit
// that keeps all in memory; reads and writes of the files are counted.

@Suite struct SpilledStateTests {
  private static let memoryBytes = 256 << 10

  private static func tiny() -> EngineStorage.Settings {
    var settings = EngineStorage.Settings()
    settings.memoryBytes = memoryBytes
    settings.spilledBatchBytesMin = 1 << 10
    return settings
  }

  /// State of more than a megabyte in 256 KiB.
  @Test(arguments: [1, 2] as [UInt64])
  func stateLargerThanMemoryGivesTheSameAnswers(seed: UInt64) throws {
    let machine = StateMachine(seed: seed)
    let life = try machine.boot(Self.tiny())
    defer { life.storage.close() }
    let plain = try StatefulProgram.circuit()
    let random = SeededRandom(seed: seed)
    var largest = 0
    for step in 0..<24 {
      let inputs = StatefulProgram.inputs(random, count: 200, spread: 4_000)
      #expect(try render(life.circuit.step(inputs, now: 0)) == render(plain.step(inputs, now: 0)))
      _ = try life.circuit.upkeep()
      if step > 12 { largest = max(largest, life.circuit.stateBytes) }
    }
    #expect(plain.stateBytes > 4 * Self.memoryBytes)
    // Records that the last step asked for come on top.
    #expect(largest < 4 * Self.memoryBytes)
    #expect(largest * 2 < plain.stateBytes)
    #expect(!machine.files.names.isEmpty)
    #expect(try contents(life.circuit) == contents(plain))
  }

  /// Lives that end at random points, with and without a checkpoint before.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func livesGoOnFromTheirCheckpoints(seed: UInt64) throws {
    let machine = StateMachine(seed: seed)
    let plain = try StatefulProgram.circuit()
    let random = SeededRandom(seed: seed)
    var history: [[TableInput]] = []
    for _ in 0..<6 {
      var life = try machine.boot(Self.tiny())
      defer { life.storage.close() }
      for inputs in history[Int(life.steps)...] { _ = try life.circuit.step(inputs, now: 0) }
      life.steps = UInt64(history.count)
      #expect(try contents(life.circuit) == contents(plain))
      for _ in 0..<5 {
        let inputs = StatefulProgram.inputs(random, count: 60, spread: 300)
        history.append(inputs)
        life.steps += 1
        #expect(try render(life.circuit.step(inputs, now: 0)) == render(plain.step(inputs, now: 0)))
        _ = try life.circuit.upkeep()
        if random.next(below: 3) > 0 { _ = try machine.checkpoint(life) }
      }
    }
    // Nothing is left behind but what the kept checkpoints name.
    let checkpoints = try machine.boot(Self.tiny()).checkpoints.open()
    let named = checkpoints.reduce(into: Set<String>()) { $0.formUnion($1.files) }
    #expect(try machine.files.entries(of: StateMachine.directory) == named.sorted())
  }

  @Test func restartReadsFootersAndCheckpointsWriteTheChange() throws {
    let machine = StateMachine(seed: 5)
    let random = SeededRandom(seed: 5)
    var life = try machine.boot(EngineStorage.Settings())
    for _ in 0..<4 {
      _ = try life.circuit.step(StatefulProgram.inputs(random, count: 1_500, spread: 100_000), now: 0)
      life.steps += 1
    }
    let first = try machine.checkpoint(life)
    let runs = first.traces.flatMap(\.refs).count
    #expect(first.sizeBytes > 200_000)
    let expected = try contents(life.circuit)
    life.storage.close()
    let (reads, bytes) = (machine.files.reads, machine.files.bytesRead)
    life = try machine.boot(EngineStorage.Settings())
    #expect(machine.files.reads - reads <= 2 * runs)
    #expect(machine.files.bytesRead - bytes <= Int(first.sizeBytes) / 2 + runs * 32 << 10)
    #expect(try contents(life.circuit) == expected)
    // A small step behind it writes little, and nothing at all writes nothing but what is named.
    _ = try life.circuit.step(StatefulProgram.inputs(random, count: 20, spread: 100_000), now: 0)
    life.steps += 1
    let before = machine.files.bytesWritten
    _ = try machine.checkpoint(life)
    let written = machine.files.bytesWritten - before
    #expect(written > 0 && written < 60_000, "\(written) bytes for twenty records")
    _ = try machine.checkpoint(life)
    #expect(machine.files.bytesWritten - before == written)
    life.storage.close()
  }

  /// What was spilled before is named by the checkpoint, not written again.
  @Test func checkpointTakesOverSpilledFiles() throws {
    let machine = StateMachine(seed: 6)
    let random = SeededRandom(seed: 6)
    var life = try machine.boot(Self.tiny())
    defer { life.storage.close() }
    for _ in 0..<12 {
      _ = try life.circuit.step(StatefulProgram.inputs(random, count: 200, spread: 4_000), now: 0)
      _ = try life.circuit.upkeep()
      life.steps += 1
    }
    let spilled = try life.circuit.state().flatMap(\.runs).filter { $0.isStored }.map(\.count).reduce(0, +)
    #expect(spilled > 0)
    let before = machine.files.bytesWritten
    let manifest = try machine.checkpoint(life)
    #expect(machine.files.bytesWritten - before < Int(manifest.sizeBytes))
    #expect(manifest.files.count > 1)
    let expected = try contents(life.circuit)
    let next = try machine.boot(Self.tiny())
    #expect(try contents(next.circuit) == expected)
    next.storage.close()
  }

  @Test func damagedBlockStopsWithItsFileAndAnOlderCheckpointIsTaken() throws {
    let machine = StateMachine(seed: 7)
    let random = SeededRandom(seed: 7)
    var life = try machine.boot(EngineStorage.Settings())
    for _ in 0..<3 {
      _ = try life.circuit.step(StatefulProgram.inputs(random, count: 200, spread: 500), now: 0)
      life.steps += 1
      _ = try machine.checkpoint(life)
    }
    life.storage.close()
    let manifests = try machine.boot(EngineStorage.Settings()).checkpoints.open()
    let old = try #require(manifests.last).files
    let victim = try #require(
      manifests[0].traces.filter { $0.name == "table/t" }.flatMap(\.refs).first { !old.contains($0.file) })
    machine.files.change("\(StateMachine.directory)/\(victim.file)") { $0[Int(victim.offset) + 5] ^= 1 }
    life = try machine.boot(EngineStorage.Settings())
    #expect(life.steps == 3, "the footers are whole, so the state opens")
    let error = #expect(throws: EvaluationError.self) { _ = try contents(life.circuit) }
    #expect(error?.code == .corrupt && error?.file == victim.file)
    let stopped = error.map { StepError(evaluation: $0) }
    #expect(stopped?.code == .corrupt && stopped?.file == victim.file)
    #expect(try life.checkpoints.markBad(usingFile: victim.file) > 0)
    life.storage.close()
    let next = try machine.boot(EngineStorage.Settings())
    #expect(next.steps < 3)
    _ = try contents(next.circuit)
    next.storage.close()
  }
}
