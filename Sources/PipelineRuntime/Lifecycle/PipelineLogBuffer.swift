import Logging
import PipelineModel
import Platform
import Synchronization

/// The last lines that a pipeline logged, for `GET logs`; each line also goes to the server's log.
final class PipelineLogBuffer: Sendable {
  static let linesMax = 1000

  private let clock: any PipelineClock
  private let logger: Logger
  private let lines: Mutex<[String]>

  init(clock: any PipelineClock, logger: Logger) {
    self.clock = clock
    self.logger = logger
    lines = Mutex(["Fresh start of pipeline log"])
  }

  func info(_ message: String) { add(.info, message) }
  func warning(_ message: String) { add(.warning, message) }
  func error(_ message: String) { add(.error, message) }

  private func add(_ level: Logger.Level, _ message: String) {
    logger.log(level: level, "\(message)")
    let line = "\(Timestamps.rfc3339(clock.wall())) \(level.rawValue.uppercased()) \(message)"
    lines.withLock { lines in
      if lines.count == PipelineLogBuffer.linesMax { lines.remove(at: 1) }
      lines.append(line)
    }
  }

  var all: [String] { lines.withLock { $0 } }
}
