import Checkpoints
import PipelineModel
import Platform
import TestSupport
import Testing

/// Goal: the newest good checkpoints stay, and no file that one of them names goes. Method: manifests of a real chain.
@Suite struct CheckpointDecisionTests {
  private func manifests() throws -> [CheckpointManifest] {
    let machine = SimulatedMachine(seed: 11)
    var model = StateModel(seed: 11)
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    var all: [CheckpointManifest] = []
    for _ in 1...6 {
      _ = model.change()
      all.append(try checkpoints.write(model.content))
    }
    return all
  }

  @Test func keepsTheNewestGoodOnes() throws {
    var all = try manifests()
    all[4].isBad = true
    let (kept, dropped) = CheckpointDecision.retain(all.reversed(), count: 3)
    #expect(kept.map(\.sequence) == [6, 4, 3])
    #expect(dropped.map(\.sequence) == [5, 2, 1])
    #expect(CheckpointDecision.retain(all, count: 10).kept.count == 5)
    #expect(CheckpointDecision.retain([], count: 3).kept.isEmpty)
  }

  @Test func orphansAreWhatNoKeptManifestNames() throws {
    let all = try manifests()
    let kept = Array(all.suffix(2))
    let files = Set(all.flatMap(\.files)).sorted() + ["stray.data"]
    let orphans = CheckpointDecision.orphans(files, kept: kept)
    #expect(orphans.contains("stray.data"))
    for manifest in kept { #expect(manifest.files.isDisjoint(with: orphans)) }
    #expect(Set(orphans).union(kept.flatMap(\.files)) == Set(files))
  }
}
