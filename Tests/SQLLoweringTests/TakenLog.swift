import DataModel
import Dataflow
import SQLLowering

/// What steps took, as the log gives it back.
struct TakenLog {
  private var steps: [[TableInput]] = []

  mutating func add(_ inputs: [TableInput]) { steps.append(inputs) }

  /// Every third step comes in two slices, as a transaction does.
  var records: Bootstrap.Records {
    let steps = steps
    func count(_ inputs: [TableInput]) -> UInt64 {
      UInt64(inputs.flatMap(\.changes).reduce(0) { $0 + $1.count })
    }
    return Bootstrap.Records(count: steps.reduce(0) { $0 + count($1) }) { take throws(EvaluationError) in
      for (index, inputs) in steps.enumerated() {
        let parts = index % 3 == 2 ? [Array(inputs.prefix(1)), Array(inputs.dropFirst())] : [inputs]
        for (number, part) in parts.enumerated() {
          var taken = Bootstrap.Taken()
          taken.inputs = part
          taken.recordCount = count(part)
          taken.beginsStep = number == 0
          taken.endsStep = number == parts.count - 1
          try take(taken)
        }
      }
    }
  }
}
