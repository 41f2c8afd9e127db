import ConnectorKit
import PipelineModel
package import Platform

/// What the thread "outputs" does: one delivery after the other for each sink that has something and is due.
package struct SinkLoop {
  private let dispatch: SinkDispatch
  private var lines: [SinkLine]
  private var isOver = false

  init(_ dispatch: SinkDispatch, _ positions: [SinkPosition?]) {
    self.dispatch = dispatch
    lines = dispatch.lines(at: positions)
  }

  /// Makes and starts the sinks, once and first. The error of one that failed for good ends the loop.
  mutating func prepare() -> OutputError? {
    for index in lines.indices {
      switch lines[index].prepare(now: dispatch.clock.monotonic()) {
      case .failedForGood(let message):
        end()
        return OutputError(.connector, "output '\(lines[index].spec.name)' cannot start: \(message)")
      case .some(let outcome): dispatch.note(outcome, of: index)
      case nil: dispatch.note(lines[index].guarantee, of: index)
      }
    }
    return nil
  }

  /// Serves each sink once; waits for nothing but the sinks and the disk.
  package mutating func turn() -> LoopTurn {
    if isOver { return .ended }
    let closing = dispatch.isClosing
    let pass = serve(ignoringPauses: closing)
    if pass == .moved { return .again }
    guard closing else { return .wait(nanoseconds: pass == .unsynced ? SinkLoop.pauseMost : pause) }
    end()
    return .ended
  }

  private mutating func end() {
    isOver = true
    for index in lines.indices { lines[index].stop() }
  }

  /// Until the next retry; nil while no sink waits for one.
  private var pause: UInt64? {
    let now = dispatch.clock.monotonic()
    let waiting = dispatch.haveItems()
    let pauses = lines.indices.compactMap { index in
      waiting[index] && !lines[index].failedForGood ? lines[index].notBefore.since(now) : nil
    }
    return pauses.min().map { min(max($0, SinkLoop.pauseLeast), SinkLoop.pauseMost) }
  }

  private static let pauseLeast: UInt64 = 1_000_000
  /// Retries are seen at least this often, also when the clock is not the machine's.
  private static let pauseMost: UInt64 = 50_000_000
  private static let roundBytesMax = 8 << 20

  private enum Pass { case moved, idle, unsynced }

  /// One delivery for each sink that has something and is due.
  private mutating func serve(ignoringPauses: Bool) -> Pass {
    let now = dispatch.clock.monotonic()
    let due = lines.map { ignoringPauses ? !$0.isFailing : $0.isDue(at: now) }
    let rounds = dispatch.rounds(due: due, bytesMax: SinkLoop.roundBytesMax)
    // The rounds were fixed first, so the sync covers every step that they pass.
    guard rounds.contains(where: { $0 != nil }) else { return .idle }
    guard dispatch.events.syncJournal() else { return .unsynced }
    var pass = Pass.idle
    for (index, round) in rounds.enumerated() {
      guard let round else { continue }
      let outcome = lines[index].deliver(round, now: dispatch.clock.monotonic())
      dispatch.note(lines[index].guarantee, of: index)
      guard case .delivered(let finished, let bytes) = outcome else {
        dispatch.note(outcome, of: index)
        if case .failedForGood(let message) = outcome { dispatch.events.failed(lines[index].spec.name, message) }
        continue
      }
      pass = .moved
      dispatch.finish(finished, of: index, bytes: bytes)
    }
    return pass
  }
}
