package import DataModel
import Dataflow
package import PipelineModel
import Platform
import Synchronization

/// Handle of the step thread; shared by whoever controls it.
package final class StepEngine: Sendable {
  /// Answered on the step thread between two steps; with nil when the engine has ended.
  enum Request {
    case capture(@Sendable (EngineCapture?) -> Void)
    case observe(SQLIdentifier, @Sendable (StepCount?) -> Void)
  }

  /// What others ask of the loop.
  struct Inbox {
    var paused: Bool
    var stopping = false
    /// The step under way is not waited for.
    var givingUp = false
    /// The loop has ended: nobody will answer a capture any more.
    var ended = false
    var requests: [Request] = []
  }

  package let views: ViewReader
  /// Ends the step under way early.
  let budget: WorkBudget
  private let setup: EngineSetup
  private let events: EngineEvents
  private let signal = Signal()
  private let inbox: Mutex<Inbox>
  private let thread = Mutex<DedicatedThread?>(nil)

  package init(_ setup: EngineSetup, events: EngineEvents) {
    self.setup = setup
    self.events = events
    views = ViewReader(program: setup.program)
    budget = WorkBudget(stepsWith: setup.clock)
    inbox = Mutex(Inbox(paused: setup.paused))
  }

  /// Starts the thread: it restores, replays, tells `ready` and then takes steps.
  package func start() {
    let started = DedicatedThread(name: "step") { [self] in
      var loop = self.loop()
      while true {
        switch loop.turn() {
        case .again: break
        case .wait(let nanoseconds):
          let least = nanoseconds == nil ? nil : loop.endWaitedFor
          _ = signal.wait(timeoutNanoseconds: nanoseconds, reaching: least?.rawValue ?? 0)
        case .ended: return
        }
      }
    }
    thread.withLock { $0 = started }
  }

  /// The loop that `start` runs on a thread of its own, for whoever has one already. One for each engine.
  package func loop() -> StepLoop { StepLoop(setup: setup, events: events, engine: self) }

  /// Outputs have room again, or there is something else to look at.
  package func wake() { signal.raise() }

  /// The durable end of the log has moved to here.
  package func wake(durableEnd: Offset) { signal.raise(reaching: durableEnd.rawValue) }

  package func setPaused(_ paused: Bool) {
    inbox.withLock { $0.paused = paused }
    signal.raise()
  }

  /// The state after the last finished step; nil when the engine has ended.
  package func capture() async -> EngineCapture? {
    await withCheckedContinuation { (continuation: CheckedContinuation<EngineCapture?, Never>) in
      enqueue(.capture { continuation.resume(returning: $0) })
    }
  }

  /// From the next step on, deltas of the relation leave the engine. `begin` is called between two steps with
  /// the
  /// number of steps taken so far (nil when the engine has ended); `views` shows the state after just these.
  package func observe(_ relation: SQLIdentifier, begin: @escaping @Sendable (StepCount?) -> Void) {
    enqueue(.observe(relation, begin))
  }

  /// Asks the loop to end after the current step, or to give that up: it is taken again in the next life. Captures
  /// asked before are answered first.
  package func requestStop(givingUpStep: Bool = false) {
    inbox.withLock { inbox in
      inbox.stopping = true
      inbox.givingUp = inbox.givingUp || givingUpStep
    }
    if givingUpStep { budget.cancel() }
    signal.raise()
  }

  /// Waits for the thread's end; blocks.
  package func join() {
    let running = thread.withLock { $0 }
    running?.join()
  }

  // MARK: for the loop

  func readInbox() -> Inbox { inbox.withLock { $0 } }

  func takeRequests() -> [Request] {
    inbox.withLock { inbox in
      let taken = inbox.requests
      inbox.requests = []
      return taken
    }
  }

  private func enqueue(_ request: Request) {
    let accepted = inbox.withLock { inbox in
      if !inbox.ended { inbox.requests.append(request) }
      return !inbox.ended
    }
    if accepted { signal.raise() } else { StepEngine.refuse(request) }
  }

  /// The loop has ended.
  func endRequests() {
    let left = inbox.withLock { inbox in
      inbox.ended = true
      let taken = inbox.requests
      inbox.requests = []
      return taken
    }
    for request in left { StepEngine.refuse(request) }
  }

  private static func refuse(_ request: Request) {
    switch request {
    case .capture(let answer): answer(nil)
    case .observe(_, let answer): answer(nil)
    }
  }
}
