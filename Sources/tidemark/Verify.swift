import ArgumentParser
import PipelineRuntime
import RocksStorage

/// `tidemark verify`: an offline check of a data directory.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a data directory that no server uses, or a copy of one, and report what is damaged.",
    discussion: "Reads every record, journal row, checkpoint and ledger row. Ends with 1 when something is damaged.")

  @Option(help: "The data directory.")
  var dataDir: String

  func run() throws {
    let report: CheckReport
    do { report = try DirectoryCheck(directory: dataDir, opener: RocksStoreOpener()).run() } catch {
      StandardError.write("tidemark: \(error)\n")
      throw ExitCode(2)
    }
    for line in report.lines { print(line) }
    if !report.problems.isEmpty { throw ExitCode(1) }
  }
}
