import PipelineModel
import Platform
package import WireTypes

/// The list of executions, and what the present turn adds to it.
struct RunDesk: Sendable {
  let runUuid: String
  private(set) var executions: [NodeExecution]
  private(set) var changes: [NodeExecution] = []
  var calls: [NodeCall] = []
  private(set) var wakeAt: WallTime?
  private(set) var isUnfinished = false
  private(set) var now = WallTime(microseconds: 0)
  private var stepsLeft = 0
  /// Of all computed configs and outputs.
  private var bytes = 0

  init(runUuid: String, executions: [NodeExecution]) {
    self.runUuid = runUuid
    self.executions = executions
    for execution in executions { bytes += RunDesk.size(execution) }
  }

  mutating func begin(now: WallTime) {
    self.now = now
    stepsLeft = Limits.runTurnStepsMax
  }

  mutating func finish() {
    changes = []
    calls = []
    wakeAt = nil
    isUnfinished = false
  }

  mutating func wake(at time: WallTime) { wakeAt = wakeAt.map { min($0, time) } ?? time }

  /// One more node may begin in this turn; else the turn is cut short.
  mutating func takeStep() -> Bool {
    guard stepsLeft > 0 else {
      isUnfinished = true
      return false
    }
    stepsLeft -= 1
    return true
  }

  mutating func record(_ execution: NodeExecution) {
    if execution.index < executions.count {
      bytes -= RunDesk.size(executions[execution.index])
      executions[execution.index] = execution
    } else {
      executions.append(execution)
    }
    bytes += RunDesk.size(execution)
    changes.append(execution)
  }

  /// Why a computed config or an output cannot be kept; nil when it can.
  func fault(of value: JSONValue, _ name: String) -> String? {
    guard value.isNested(atMost: Limits.nodeValueDepthMax) else {
      return "the \(name) nests deeper than \(Limits.nodeValueDepthMax)"
    }
    let size = value.size(atMost: Limits.nodeValueBytesMax + 1)
    guard size <= Limits.nodeValueBytesMax else {
      return "the \(name) is larger than \(Limits.nodeValueBytesMax) bytes"
    }
    guard bytes + size <= Limits.runBytesMax else {
      return "configs and outputs of the run are larger than \(Limits.runBytesMax) bytes"
    }
    return nil
  }

  private static func size(_ execution: NodeExecution) -> Int {
    execution.computedConfig.size(atMost: Limits.nodeValueBytesMax)
      + execution.output.size(atMost: Limits.nodeValueBytesMax)
  }
}

extension JSONValue {
  /// About the bytes of the text form; stops counting at `most`.
  func size(atMost most: Int) -> Int {
    switch self {
    case .null, .bool: return 4
    case .number(let text): return text.utf8.count
    case .string(let text): return text.utf8.count + 2
    case .array(let elements):
      var size = 2
      for element in elements {
        size += 1 + element.size(atMost: most - size)
        if size >= most { return size }
      }
      return size
    case .object(let members):
      var size = 2
      for member in members {
        size += member.name.utf8.count + 4 + member.value.size(atMost: most - size)
        if size >= most { return size }
      }
      return size
    }
  }
}

extension NodeCallKind {
  /// The output that an answer becomes.
  package func wrapped(_ output: JSONValue) -> JSONValue {
    let name: String
    switch self {
    case .python, .script: name = "result"
    case .agent: name = "answer"
    case .connector, .tool: return output
    }
    return output[name] == nil ? .object([JSONMember(name, output)]) : output
  }
}

extension WallTime {
  /// Saturates instead of overflowing.
  func adding(microseconds: Int64) -> WallTime {
    let (sum, overflow) = self.microseconds.addingReportingOverflow(microseconds)
    return WallTime(microseconds: overflow ? .max : sum)
  }
}

extension NodeRetry {
  /// The pause after attempt `attempt` failed.
  func pauseMicroseconds(after attempt: Int) -> Int64 {
    let pause =
      Double(initialIntervalMilliseconds) * RealFunctions.power(backoffCoefficient, Double(attempt) - 1)
    return Int64(min(pause, Double(Limits.nodeRetryMillisecondsMax)) * 1000)
  }
}
