import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Synchronization

/// The pipeline's log as text that goes on while the pipeline exists.
enum LogRoutes {
  static let follow: Route.Handler = { call in
    // Read once before the answer begins, so that an unknown pipeline is an error.
    _ = try await call.directory.logLines(call.pipelineName)
    return Answer.stream(
      type: "text/plain",
      LogChunks(directory: call.directory, name: call.pipelineName, interruption: await call.interruption()))
  }
}

/// Reads the log again and again, and gives what is new.
private final class LogChunks: ChunkSource {
  private static let pollInterval = Duration.milliseconds(500)

  private let directory: any PipelineDirectory
  private let name: String
  private let interruption: Interruption
  private let follower = Mutex(LogFollower())

  init(directory: any PipelineDirectory, name: String, interruption: Interruption) {
    self.directory = directory
    self.name = name
    self.interruption = interruption
  }

  func next() async throws -> [UInt8]? {
    while !interruption.isRaised {
      guard let lines = try? await directory.logLines(name) else { return nil }
      let new = follower.withLock { $0.unseen(of: lines) }
      if !new.isEmpty { return Array((new.joined(separator: "\n") + "\n").utf8) }
      try await interruption.sleep(for: LogChunks.pollInterval)
    }
    return nil
  }

  func end() {}
}

extension Interruption {
  /// Sleeps, shorter when a latch opens.
  func sleep(for duration: Duration) async throws {
    _ = try? await cancelling { try await Task.sleep(for: duration) }
    try Task.checkCancellation()
  }
}

/// Finds the new lines in successive readings of a log that drops old lines, except its first, when it is
/// full.
package struct LogFollower {
  package init() {}

  private var seen: [String]?

  package mutating func unseen(of lines: [String]) -> [String] {
    defer { seen = lines }
    guard let seen else { return lines }
    // Old lines are dropped from the front (behind the first): find the shift at which the readings agree.
    let (old, new) = (seen.dropFirst(), lines.dropFirst())
    for dropped in 0...old.count {
      let kept = old.dropFirst(dropped)
      if kept.count <= new.count, new.starts(with: kept) { return Array(new.dropFirst(kept.count)) }
    }
    return Array(new)
  }
}
