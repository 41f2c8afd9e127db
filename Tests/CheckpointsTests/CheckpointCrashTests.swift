import Checkpoints
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

/// Goal: a power cut between any two effects of a write, or inside one, leaves the former checkpoints or the new one.
/// Method: chains on simulated disks that lose what was not synced, cut at every effect in turn; the next life must
/// load what it finds, equal to the model, and go on from there.
@Suite struct CheckpointCrashTests {
  @Test(arguments: UInt64(1)...6, [true, false])
  func powerCutAtEveryEffect(seed: UInt64, namesSurvive: Bool) throws {
    var cut = 0
    var outcomes: Set<Bool> = []
    while try survivesCut(after: cut, seed: seed, namesSurvive: namesSurvive, outcomes: &outcomes) {
      cut += 1
    }
    // The cut after the last effect counts too; only compacted chains surely have a file to remove.
    #expect(cut >= (isCompacted(seed) ? 5 : 4), "file, directory, rows and removals are effects of their own")
    #expect(outcomes == [true, false], "the cuts hit before and after the publication")
  }

  /// Chains whose checkpoints share no file, so that each write must remove one.
  private func isCompacted(_ seed: UInt64) -> Bool { seed > 3 }

  /// False when the write had fewer effects than `cut`.
  private func survivesCut(
    after cut: Int, seed: UInt64, namesSurvive: Bool, outcomes: inout Set<Bool>
  ) throws -> Bool {
    let machine = SimulatedMachine(seed: seed)
    var model = StateModel(seed: seed)
    var images: [UInt64: StateImage] = [:]
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    for step in 1...9 {
      if isCompacted(seed) { model.traces = [[], [], []] }
      _ = model.change()
      images[model.steps] = model.image
      if step < 9 { _ = try checkpoints.write(model.content) }
    }
    machine.power.cut(after: cut)
    let told = (try? checkpoints.write(model.content)) != nil
    guard machine.power.isOut else { return false }
    machine.crash(namesSurvive: namesSurvive, keepingUnsynced: Int(seed % 2))
    let newest = try checkSecondLife(machine, model: &model, images: images)
    #expect(newest == 9 || !told, "an acknowledged checkpoint is there")
    outcomes.insert(newest == 9)
    return true
  }

  /// Loads all that is left, then takes one more checkpoint. Returns the steps of the newest that was left.
  private func checkSecondLife(
    _ machine: SimulatedMachine, model: inout StateModel, images: [UInt64: StateImage]
  ) throws -> UInt64 {
    let (checkpoints, _) = try machine.boot()
    let manifests = try checkpoints.open()
    #expect(manifests.count == Limits.checkpointsKept)
    #expect(checkpoints.unusableCount == 0)
    for manifest in manifests {
      #expect(try StateImage(checkpoints.load(manifest)) == images[manifest.steps.rawValue])
    }
    let named = manifests.reduce(into: Set<String>()) { $0.formUnion($1.files) }
    #expect(machine.files.names == named.map { SimulatedMachine.directory + "/" + $0 }.sorted())
    let newest = try #require(manifests.first)
    #expect(newest.steps.rawValue >= 8)
    try model.restart(checkpoints.load(newest))
    _ = model.change()
    let next = try checkpoints.write(model.content)
    #expect(try StateImage(checkpoints.load(next)) == model.image)
    return newest.steps.rawValue
  }
}
