import ArgumentParser
import Platform

/// `tidemark chaos`: kills a server under load again and again, and checks what its clients were told.
struct Chaos: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Kill a server of this program under load again and again, and check that its promises hold.",
    discussion: """
      Runs `serve` over a scratch directory, with clients that push, wait and repeat requests; kill -9 at random \
      times, also while it recovers. After each crash: nothing acknowledged is lost or there twice, tokens did not \
      lie, counts did not go back. Ends with 1 on a violation. The machine keeps its page cache: this is no test of \
      power cuts.
      """)

  @Option(help: "Scratch directory; created, and refused when it holds anything.")
  var dataDir: String

  @Option(help: "Crashes under load, 1 to 1000000.")
  var crashes = 20

  @Option(help: "Clients that push, 1 to 64; every second one with an Idempotency-Key.")
  var clients = 4

  @Option(help: "Seed of the workload; random unless given.")
  var seed: UInt64?

  func validate() throws {
    guard (1...1_000_000).contains(crashes) else { throw ValidationError("--crashes must be 1 to 1000000") }
    guard (1...64).contains(clients) else { throw ValidationError("--clients must be 1 to 64") }
  }

  func run() async throws {
    let fileSystem = PosixFileSystem()
    do {
      try fileSystem.createDirectories(dataDir)
      guard try fileSystem.entries(of: dataDir).isEmpty else {
        throw ChaosServer.Fault(description: "\(dataDir) is not empty: chaos wants a scratch directory of its own")
      }
    } catch { throw fail(error) }
    let seed = seed ?? SystemRandom().next() % 1_000_000
    print("seed \(seed)")
    let run = ChaosRun(directory: dataDir, clients: clients, seed: seed) { print($0) }
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

  private func fail(_ error: any Error) -> ExitCode {
    StandardError.write("tidemark: \(error)\n")
    return ExitCode(2)
  }
}
