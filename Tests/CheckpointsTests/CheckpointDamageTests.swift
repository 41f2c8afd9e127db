import Checkpoints
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

/// Goal: damage is found and named, never returned as state. Method: single flipped bits in data files and rows. What
/// is inside a run is for its reader to find: see `StoredRunTests`.
@Suite struct CheckpointDamageTests {
  private func chain(_ machine: SimulatedMachine, _ model: inout StateModel) throws -> (
    checkpoints: CheckpointStore, rows: any OrderedStore, images: [UInt64: StateImage]
  ) {
    let (checkpoints, rows) = try machine.boot()
    _ = try checkpoints.open()
    var images: [UInt64: StateImage] = [:]
    for _ in 1...8 {
      _ = model.change()
      images[model.steps] = model.image
      _ = try checkpoints.write(model.content)
    }
    return (checkpoints, rows, images)
  }

  @Test(arguments: UInt64(1)...30)
  func flippedBitIsDetectedAndTheFileNamed(seed: UInt64) throws {
    let machine = SimulatedMachine(seed: seed)
    var model = StateModel(seed: seed)
    let (checkpoints, _, images) = try chain(machine, &model)
    let manifests = try checkpoints.open()
    let refs = try #require(manifests.first).sections.flatMap(\.refs).filter { $0.length > 0 }
    guard !refs.isEmpty else { return }
    let victim = refs[Int(machine.random.next(below: UInt64(refs.count)))]
    let byte = victim.offset + machine.random.next(below: victim.length)
    machine.files.flip(
      "\(SimulatedMachine.directory)/\(victim.file)", bit: Int(byte) * 8 + Int(machine.random.next(below: 8)))
    for manifest in manifests {
      let isHit = manifest.sections.flatMap(\.refs).contains(victim)
      if isHit {
        let error = #expect(throws: CheckpointError.self) { try checkpoints.load(manifest) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains(victim.file) == true)
      } else {
        #expect(try StateImage(checkpoints.load(manifest)) == images[manifest.steps.rawValue])
      }
    }
  }

  @Test(arguments: UInt64(1)...10)
  func cutFileIsDamageAndTheFileNamed(seed: UInt64) throws {
    let machine = SimulatedMachine(seed: seed)
    var model = StateModel(seed: seed)
    let (checkpoints, _, _) = try chain(machine, &model)
    let newest = try #require(try checkpoints.open().first)
    let run = try #require(newest.traces.flatMap(\.refs).filter { $0.length > 0 }.randomElement())
    machine.files.cut("\(SimulatedMachine.directory)/\(run.file)", to: Int(run.offset + run.length) - 1)
    let error = #expect(throws: CheckpointError.self) { try checkpoints.load(newest) }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains(run.file) == true)
  }

  @Test func everyCheckpointThatUsesAFileIsMarkedWithIt() throws {
    let machine = SimulatedMachine(seed: 6)
    var model = StateModel(seed: 6)
    let (checkpoints, _, _) = try chain(machine, &model)
    let manifests = try checkpoints.open()
    let file = try #require(manifests.last).traces.flatMap(\.refs)[0].file
    let users = manifests.filter { $0.files.contains(file) }
    #expect(try checkpoints.markBad(usingFile: file) == users.count)
    #expect(try checkpoints.open().map(\.id) == manifests.filter { !$0.files.contains(file) }.map(\.id))
  }

  @Test func missingFileIsDamage() throws {
    let machine = SimulatedMachine(seed: 1)
    var model = StateModel(seed: 1)
    let (checkpoints, _, _) = try chain(machine, &model)
    let newest = try #require(try checkpoints.open().first)
    let file = try #require(newest.sections.first?.refs.first?.file)
    try machine.files.remove("\(SimulatedMachine.directory)/\(file)")
    let error = #expect(throws: CheckpointError.self) { try checkpoints.load(newest) }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains(file) == true)
  }

  @Test func whatIsOfAnotherProgramIsKnownAlsoWhenBad() throws {
    let machine = SimulatedMachine(seed: 3)
    var model = StateModel(seed: 3)
    let (checkpoints, _, _) = try chain(machine, &model)
    #expect(!checkpoints.holdsOthers(than: [1, 2, 3]) && checkpoints.holdsOthers(than: [4]))
    let manifests = try checkpoints.open()
    for manifest in manifests { try checkpoints.markBad(manifest.id) }
    let left = try checkpoints.open()
    #expect(left.isEmpty)
    #expect(!checkpoints.holdsOthers(than: [1, 2, 3]) && checkpoints.holdsOthers(than: [4]))
  }

  @Test func badCheckpointIsNeverTakenAgain() throws {
    let machine = SimulatedMachine(seed: 2)
    var model = StateModel(seed: 2)
    var (checkpoints, rows, images) = try chain(machine, &model)
    let newest = try #require(try checkpoints.open().first)
    try checkpoints.markBad(newest.id)
    rows.close()
    (checkpoints, rows) = try machine.boot()
    let left = try checkpoints.open()
    #expect(left.map(\.steps.rawValue) == [7, 6])
    #expect(checkpoints.unusableCount == 1)
    for manifest in left {
      #expect(try StateImage(checkpoints.load(manifest)) == images[manifest.steps.rawValue])
    }
    let next = try checkpoints.write(model.content)
    #expect(next.sequence == newest.sequence + 1)
    #expect(checkpoints.unusableCount == 0)
    #expect(try StateImage(checkpoints.load(next)) == model.image)
    let after = try checkpoints.open()
    #expect(after.map(\.id) == [next.id] + left.map(\.id))
    #expect(try rows.get(.base, KeySpace.checkpoint.key(newest.id)) == nil)
  }

  @Test func damagedRowIsSkippedAndCounted() throws {
    let machine = SimulatedMachine(seed: 4)
    var model = StateModel(seed: 4)
    let (checkpoints, rows, images) = try chain(machine, &model)
    let newest = try #require(try checkpoints.open().first)
    var batch = WriteBatch()
    var bytes = newest.encoded
    bytes[40] ^= 1
    batch.put(KeySpace.checkpoint.key(newest.id), bytes)
    try rows.write(batch, .synced)
    let left = try checkpoints.open()
    #expect(left.map(\.steps.rawValue) == [7, 6])
    #expect(checkpoints.unusableCount == 1)
    for manifest in left {
      #expect(try StateImage(checkpoints.load(manifest)) == images[manifest.steps.rawValue])
    }
    _ = try checkpoints.write(model.content)
    #expect(try rows.get(.base, KeySpace.checkpoint.key(newest.id)) == nil)
    #expect(try checkpoints.open().count == Limits.checkpointsKept)
  }

  @Test func rowOfALaterReleaseIsRefusedAndNothingRemoved() throws {
    let machine = SimulatedMachine(seed: 5)
    var model = StateModel(seed: 5)
    let (checkpoints, rows, _) = try chain(machine, &model)
    let newest = try #require(try checkpoints.open().first)
    var body = Array(newest.encoded.dropLast(4))
    body[0] = 3
    var writer = ByteWriter()
    writer.writeBytes(body)
    writer.write(Checksum.crc32c(body))
    var batch = WriteBatch()
    batch.put(KeySpace.checkpoint.key(newest.id), writer.bytes)
    try rows.write(batch, .synced)
    let names = machine.files.names
    let error = #expect(throws: CheckpointError.self) { try checkpoints.open() }
    #expect(error?.message.contains("version=3") == true)
    #expect(machine.files.names == names)
  }
}
