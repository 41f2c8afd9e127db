import Completion
import PipelineModel
import StepEngine

/// What a run has promised so far.
struct Expectations {
  /// A step as it was taken first.
  struct Step {
    let row: JournalRow
    let deltas: [String]
  }

  struct Token {
    let token: CompletionToken
    let request: Int
    var wasComplete = false
  }

  struct Transaction {
    let id: UInt64
    let first: Offset
    /// Once its commit was told.
    var end: Offset?
  }

  struct Delivery: Hashable {
    let sink: String
    let steps: StepCount
    let end: Offset
    /// Deltas that it has.
    let count: Int
  }

  var model: ReferenceModel
  var requests: [Request] = []
  /// The request whose first record it is.
  var byRecord: [Record: Int] = [:]
  /// In order, as the journal has them; those of a dead life stay until the next one has replayed.
  var steps: [Step] = []
  /// Numbers of steps that went with their life.
  var lostSteps: Set<StepIndex> = []
  var tokens: [Token] = []
  var transactions: [Transaction] = []
  /// How each life ended.
  var ends: [Incarnation: EndReason] = [:]
  var completedSteps = StepCount.zero
  var initiatedSteps = StepCount.zero
  var completedEnd = Offset.zero
  /// Waits that were parked and not let go.
  var parked: [UInt64: WaitCondition] = [:]
  /// Checked.
  var delivered: Set<Delivery> = []
  /// For ids that no two records share.
  var nextNumber: Int64 = 1
  /// Rows of `t` that may be deleted, each once.
  var deletable: [Record] = []

  init(failingDie: Bool) { model = ReferenceModel(failingDie: failingDie) }

  /// The last step among the first `count`.
  func lastStep(of count: StepCount) -> Step? { steps.last { count.includes($0.row.step) && !$0.row.range.isEmpty } }

  func end(of count: StepCount) -> Offset { lastStep(of: count)?.row.range.end ?? .zero }

  /// The step that holds the record before `end`.
  func step(holding end: Offset) -> Step? {
    steps.first { $0.row.range.first < end && end <= $0.row.range.end }
  }
}
