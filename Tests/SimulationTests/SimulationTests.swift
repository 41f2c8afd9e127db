// Goal: the invariants of the design hold whatever comes in whichever order (1 to 6, 9 and 10). Method: whole pipelines
// (ingress, log, steps, sinks, ledger, checkpoints, restart) on one thread, with a disk that loses what was not synced, a
// clock that moves when told, and one seeded draw of who acts next, also between two effects of a disk call; after
// each event against plain arrays. `TIDEMARK_SIM_RUNS` (how many seeds) and `TIDEMARK_SIM_SEED` (one, with its trace).
// That it can fail: every `Fault` of the last test is noticed. It found step numbers below a gap that kept a sink's count
// back (total_completed_steps fell from 4096 to 1), a number told as begun and given back by a stop, and NOW() that fell
// behind a checkpoint; each has a test by hand (SinkQueueTests, StepTurnTests).
import Foundation
import Platform
import StorageAPI
import Testing

@Suite("Simulation")
struct SimulationTests {
  private static func setting(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }

  /// The first seed of some that breaks a promise.
  private static func violation(
    seeds: Range<UInt64>, fault: Fault? = nil
  ) throws -> (seed: UInt64, violation: Violation)? {
    for seed in seeds {
      do { try Simulation(seed: seed, fault: fault).run() } catch let violation as Violation {
        return (seed, violation)
      }
    }
    return nil
  }

  @Test("no run breaks a promise", arguments: 0..<UInt64(8))
  func promises(part: UInt64) throws {
    if let seed = Self.setting("TIDEMARK_SIM_SEED") {
      if part == 0 { try replay(seed) }
      return
    }
    let runs = Self.setting("TIDEMARK_SIM_RUNS") ?? 320
    let first = part * (runs / 8)
    if let (seed, violation) = try Self.violation(seeds: first..<first + runs / 8) {
      Issue.record("TIDEMARK_SIM_SEED=\(seed): \(violation)\n\(try Self.trace(seed))")
    }
  }

  private func replay(_ seed: UInt64) throws {
    print(try Self.trace(seed))
    #expect(throws: Never.self) { try Simulation(seed: seed).run() }
  }

  private static func trace(_ seed: UInt64) throws -> String {
    let simulation = try Simulation(seed: seed, traces: true)
    _ = try? simulation.run()
    return (simulation.trace ?? []).suffix(400).joined(separator: "\n")
  }

  @Test("a seed is one run: twice the same events")
  func sameSeedSameRun() throws {
    for seed in 1_000..<UInt64(1_010) {
      let runs = try (0..<2).map { _ in
        let simulation = try Simulation(seed: seed, traces: true)
        try? simulation.run()
        return (simulation.digest, simulation.trace)
      }
      #expect(runs[0].0 == runs[1].0 && runs[0].1 == runs[1].1)
    }
  }

  @Test(
    "a part that does not keep its promise is noticed",
    arguments: [
      Fault.deafDisk, .deafSync, .lyingSink, .noPendingSection, .dropping(.stepsReserved), .dropping(.journal),
      .dropping(.stepIndex), .dropping(.sinkCursor), .dropping(.idempotency), .dropping(.deadRecord),
      .dropping(.transaction), .dropping(.incarnation), .dropping(.checkpoint), .dropping(.endpoint),
      .dropping(.rejectedRow), .dropping(.stagedPart),
    ])
  func faults(_ fault: Fault) throws {
    let found = try Self.violation(seeds: 0..<100, fault: fault)
    #expect(found != nil, "\(fault) goes unnoticed")
  }
}
