import Checkpoints
import PipelineModel
import Platform
import StorageAPI
import TestSupport

/// A machine with a simulated disk for rows and one for files.
final class SimulatedMachine {
  let power = Power()
  let files: SimulatedFiles
  let disk = CrashDisk()
  let clock = ManualClock()
  let random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    files = SimulatedFiles(power: power)
  }

  static let directory = "/state/checkpoints"

  /// A checkpoint store of a new process.
  func boot() throws -> (checkpoints: CheckpointStore, rows: any OrderedStore) {
    let rows = PoweredStore(store: try disk.open(directory: "store"), power: power)
    let checkpoints = CheckpointStore(
      directory: SimulatedMachine.directory, store: rows, fileSystem: files, clock: clock, random: random)
    return (checkpoints, rows)
  }

  /// Power comes back after a cut.
  func crash(namesSurvive: Bool, keepingUnsynced kept: Int) {
    power.cut(after: nil)
    files.crash(namesSurvive: namesSurvive)
    disk.crash(keepingUnsynced: kept)
  }
}
