/// What a feed has been told to do. Pure.
struct FeedControl: Sendable {
  private enum Phase { case waiting, started, stopped }

  private var phase = Phase.waiting
  var isPaused: Bool
  var isPipelinePaused = false

  init(isPaused: Bool) { self.isPaused = isPaused }

  /// False when it has been started or stopped before.
  mutating func start(pipelinePaused: Bool) -> Bool {
    guard phase == .waiting else { return false }
    phase = .started
    isPipelinePaused = pipelinePaused
    return true
  }

  mutating func stop() { phase = .stopped }

  var isStopped: Bool { phase == .stopped }
  var mayRead: Bool { !isPaused && !isPipelinePaused }
}
