import PipelineModel
import Platform

/// `serve --supervise`: a parent that starts the server again after a trap. A server that ends by itself stays ended.
enum Supervisor {
  /// First pause before another start; it doubles while lives are short.
  private static let pauseNanoseconds: UInt64 = 100_000_000
  private static let pauseDoublingsMax: UInt64 = 6
  /// A life as long as this counts as a good one.
  private static let goodLifeNanoseconds: UInt64 = 60_000_000_000

  /// Runs the same command without the flag until it ends in order; answers its exit code. Blocks.
  static func run(arguments: [String], clock: any PipelineClock = SystemClock()) -> Int32 {
    guard let program = ChildProcess.ownPath else { return 1 }
    ChildProcess.passSignalsOn()
    let own = arguments.filter { $0 != "--supervise" }
    var shortLives: UInt64 = 0
    var former: ChildProcess.Ending?
    while true {
      let begin = clock.monotonic()
      guard let ending = ChildProcess.run(program, own, environment: ChildProcess.environment(after: former))
      else {
        StandardError.write("tidemark: the server cannot be started\n")
        return 1
      }
      former = ending
      switch ending {
      case .exited(let code): return code
      case .killed(let signal):
        if ChildProcess.isStopping { return 128 + signal }
        shortLives = clock.monotonic().since(begin) < goodLifeNanoseconds ? shortLives + 1 : 0
        let pause = pauseNanoseconds << min(shortLives, pauseDoublingsMax)
        StandardError.write(
          "tidemark: the server ended by signal \(signal), it is started again in \(pause / 1_000_000) ms\n")
        _ = Signal().wait(timeoutNanoseconds: pause)
        if ChildProcess.isStopping { return 0 }
      }
    }
  }
}
