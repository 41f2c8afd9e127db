import ArgumentParser
import Foundation
import Platform

/// How many of the crashes take what was not synced.
enum PowerCuts: String, CaseIterable, ExpressibleByArgument {
  case never, half, always
}

/// `tidemark chaos`: kills a server under load again and again, and checks what its clients were told.
struct Chaos: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Kill a server of this program under load again and again, and check that its promises hold.",
    discussion: """
      Runs `serve` over a scratch directory, with clients that push, wait and repeat requests; kill -9 at random \
      times, also while it recovers. The machine keeps its page cache then, so half of the crashes are power cuts: a \
      library beside the program records what the server syncs, and all else, or a random part of it, is taken away \
      before the next start. After each crash: nothing acknowledged is lost or there twice, tokens did not lie, counts \
      did not go back. Ends with 1 on a violation.
      """)

  @Option(help: "Scratch directory; created, and refused when it holds anything.")
  var dataDir: String

  @Option(help: "Crashes under load, 1 to 1000000.")
  var crashes = 20

  @Option(help: "Clients that push, 1 to 64; every second one with an Idempotency-Key.")
  var clients = 4

  @Option(help: "Which crashes are power cuts: never, half or always; half unless the library is missing.")
  var powerCuts: PowerCuts?

  @Option(help: "Seed of workload, crashes and cuts; random unless given.")
  var seed: UInt64?

  func validate() throws {
    guard (1...1_000_000).contains(crashes) else { throw ValidationError("--crashes must be 1 to 1000000") }
    guard (1...64).contains(clients) else { throw ValidationError("--clients must be 1 to 64") }
  }

  func run() async throws {
    let run: ChaosRun
    do { run = try prepare() } catch { throw fail(error) }
    do { try await run.run(crashes: crashes) } catch {
      await run.end()
      for violation in run.report.violations { print("VIOLATION \(violation)") }
      let code = fail(error)
      throw run.report.violations.isEmpty ? code : ExitCode(1)
    }
    for violation in run.report.violations { print("VIOLATION \(violation)") }
    print(run.report.text)
    if !run.report.violations.isEmpty { throw ExitCode(1) }
  }

  private func prepare() throws -> ChaosRun {
    let fileSystem = PosixFileSystem()
    let library = RecordedDisk.library
    let missing = "no \(RecordedDisk.libraryName) beside the program"
    if library == nil, let powerCuts, powerCuts != .never {
      let build = "swift build -c release --product TidemarkPowerCut"
      throw ChaosServer.Fault(description: "\(missing): no power cuts without it (\(build))")
    }
    try fileSystem.createDirectories(dataDir)
    guard try fileSystem.entries(of: dataDir).isEmpty else {
      throw ChaosServer.Fault(description: "\(dataDir) is not empty: chaos wants a scratch directory of its own")
    }
    let directory = URL(filePath: dataDir).resolvingSymlinksInPath().path
    let root = ChaosServer.root(in: directory)
    try fileSystem.createDirectories(root)
    let seed = seed ?? SystemRandom().next() % 1_000_000
    print("seed \(seed)")
    var disk: RecordedDisk?
    if let library, powerCuts != .never {
      disk = try RecordedDisk(base: directory, root: root, library: library)
    } else {
      print("crashes are kill -9 only\(powerCuts == .never ? "" : ": \(missing)")")
    }
    return ChaosRun(
      directory: directory, disk: disk, powerCuts: powerCuts ?? .half, clients: clients, seed: seed
    ) { print($0) }
  }

  private func fail(_ error: any Error) -> ExitCode {
    StandardError.write("tidemark: \(error)\n")
    return ExitCode(2)
  }
}
