import DataModel
import Dataflow
import PipelineModel
import Platform

/// Prints one line a figure: name, ns/row, rows. `MicroBench [part of a name]` runs only those figures.
///
/// The rows of all inputs are made before the clock starts; state is as large as the name says when it ends.
@main
struct MicroBench {
  static func main() throws {
    let wanted = CommandLine.arguments.dropFirst().first ?? ""
    for workload in Workload.all where wanted.isEmpty || workload.name.contains(wanted) {
      let circuit = workload.circuit()
      let steps = workload.steps
      let clock = SystemClock()
      var best = UInt64.max
      var rows = 0
      for _ in 0..<workload.repeats {
        rows = 0
        let fresh = workload.repeats > 1 ? workload.circuit() : circuit
        let start = clock.monotonic().nanoseconds
        for step in steps {
          rows += step.reduce(0) { $0 + $1.changes.reduce(0) { $0 + $1.count } }
          _ = try fresh.step(step, now: 0)
        }
        best = min(best, clock.monotonic().nanoseconds - start)
      }
      let tenths = best * 10 / UInt64(max(rows, 1))
      print("\(workload.name)\t\(tenths / 10).\(tenths % 10)\t\(rows)")
    }
  }
}
