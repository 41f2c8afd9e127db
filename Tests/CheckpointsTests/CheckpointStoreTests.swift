import Checkpoints
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

/// Goal: every kept checkpoint gives back exactly its state, and its cost follows the change. Method: random chains of
/// batches with restarts, compared with a model; every byte that is written is counted.
@Suite struct CheckpointStoreTests {
  @Test(arguments: UInt64(1)...20)
  func chainsGiveBackEveryKeptState(seed: UInt64) throws {
    let machine = SimulatedMachine(seed: seed)
    var model = StateModel(seed: seed)
    var images: [UInt64: StateImage] = [:]
    var (checkpoints, rows) = try machine.boot()
    #expect(try checkpoints.open().isEmpty)
    for round in 1...25 {
      let added = model.change()
      images[model.steps] = model.image
      let before = machine.files.bytesWritten
      let manifest = try checkpoints.write(model.content)
      #expect(machine.files.bytesWritten - before == added, "only the change is written")
      #expect(manifest.sequence == UInt64(round))
      #expect(manifest.sizeBytes == UInt64(model.sizeBytes))
      guard round % 4 == 0 else { continue }
      rows.close()
      (checkpoints, rows) = try machine.boot()
      let manifests = try checkpoints.open()
      #expect(manifests.map(\.sequence) == (UInt64(max(1, round - 2))...UInt64(round)).reversed())
      for manifest in manifests {
        #expect(try StateImage(checkpoints.load(manifest)) == images[manifest.steps.rawValue])
      }
      let newest = try #require(manifests.first)
      #expect(newest == manifest)
      try model.restart(checkpoints.load(newest))
      let named = manifests.reduce(into: Set<String>()) { $0.formUnion($1.files) }
      #expect(machine.files.names == named.map { SimulatedMachine.directory + "/" + $0 }.sorted())
    }
    #expect(!machine.files.removed.isEmpty)
  }

  @Test func aCutDropsWhatIsNewer() throws {
    let machine = SimulatedMachine(seed: 3)
    var model = StateModel(seed: 3)
    var (checkpoints, rows) = try machine.boot()
    _ = try checkpoints.open()
    var written: [(CheckpointManifest, StateImage)] = []
    for _ in 1...3 {
      for _ in 1...3 { _ = model.change() }
      written.append((try checkpoints.write(model.content), model.image))
    }
    var batch = WriteBatch()
    try CheckpointCut.put(behind: written[0].0, in: rows, &batch)
    try rows.write(batch, .synced)
    rows.close()
    (checkpoints, rows) = try machine.boot()
    #expect(try checkpoints.open() == [written[0].0])
    #expect(try StateImage(checkpoints.load(written[0].0)) == written[0].1)
    #expect(machine.files.names == written[0].0.files.map { SimulatedMachine.directory + "/" + $0 }.sorted())
  }

  @Test func unchangedStateCostsNothing() throws {
    let machine = SimulatedMachine(seed: 1)
    var model = StateModel(seed: 1)
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    for _ in 1...5 { _ = model.change() }
    model.section = []
    _ = try checkpoints.write(model.content)
    let before = machine.files.bytesWritten
    for _ in 1...10 {
      let manifest = try checkpoints.write(model.content)
      #expect(try StateImage(checkpoints.load(manifest)) == model.image)
    }
    #expect(machine.files.bytesWritten == before)
  }

  @Test func fullDiskLeavesTheFormerCheckpointAndNoFile() throws {
    let machine = SimulatedMachine(seed: 2)
    var model = StateModel(seed: 2)
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    _ = model.change()
    let former = try checkpoints.write(model.content)
    let image = model.image
    let names = machine.files.names
    for _ in 1...6 { _ = model.change() }
    machine.files.fillUp()
    let error = #expect(throws: CheckpointError.self) { try checkpoints.write(model.content) }
    #expect(error?.code == .io)
    #expect(machine.files.names == names)
    #expect(try StateImage(checkpoints.load(former)) == image)
    let next = try checkpoints.write(model.content)
    #expect(try StateImage(checkpoints.load(next)) == model.image)
  }

  /// A query that began before may still read what no checkpoint needs any more.
  @Test func fileThatIsReadGoesWithItsLastReader() throws {
    let machine = SimulatedMachine(seed: 6)
    var model = StateModel(seed: 6)
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    while model.traces[0].isEmpty { _ = model.change() }
    let first = try checkpoints.write(model.content)
    var readers = try checkpoints.load(first).traces.flatMap(\.parts)
    let image = model.image
    for _ in 1...4 {
      model.traces = [[], [], []]
      _ = model.change()
      _ = try checkpoints.write(model.content)
    }
    #expect(try readers.map { try $0.bytes() } == image.traces.joined().map { $0 })
    #expect(machine.files.names.count == Limits.checkpointsKept + 1)
    readers = []
    #expect(machine.files.names.count == Limits.checkpointsKept)
  }

  @Test func filesThatCannotBeRemovedAreTriedAgain() throws {
    let machine = SimulatedMachine(seed: 3)
    var model = StateModel(seed: 3)
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    machine.files.refuseRemovals(true)
    for _ in 1...6 {
      // Nothing is shared, so each dropped checkpoint leaves a file.
      model.traces = [[], [], []]
      _ = model.change()
      _ = try checkpoints.write(model.content)
    }
    #expect(machine.files.names.count == 6)
    machine.files.refuseRemovals(false)
    model.traces = [[], [], []]
    _ = model.change()
    _ = try checkpoints.write(model.content)
    #expect(machine.files.names.count == Limits.checkpointsKept)
  }

  @Test func tooLongNameIsRefusedBeforeItIsPublished() throws {
    let machine = SimulatedMachine(seed: 4)
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    let content = CheckpointContent(
      steps: StepCount(1), end: .zero, processedRecords: 0, fingerprint: Array(repeating: 1, count: 5000),
      traces: [], sections: [])
    #expect(throws: CheckpointError.self) { try checkpoints.write(content) }
    #expect(try checkpoints.open().isEmpty)
    #expect(checkpoints.unusableCount == 0)
  }

  @Test func realFilesHoldTheState() throws {
    let directory = try TemporaryDirectory("checkpoints")
    let rows = MemoryStore()
    let clock = ManualClock()
    func boot() -> CheckpointStore {
      CheckpointStore(
        directory: directory.path + "/a/b", store: rows, fileSystem: PosixFileSystem(), clock: clock,
        random: SystemRandom())
    }
    var model = StateModel(seed: 5)
    var checkpoints = boot()
    #expect(try checkpoints.open().isEmpty)
    for _ in 1...10 {
      _ = model.change()
      _ = try checkpoints.write(model.content)
    }
    checkpoints = boot()
    let manifests = try checkpoints.open()
    #expect(manifests.count == Limits.checkpointsKept)
    let newest = try #require(manifests.first)
    #expect(try StateImage(checkpoints.load(newest)) == model.image)
  }
}
