import Dataflow
import DataModel

extension EnginePosition {
  /// Reads all of the state. Answers its rows. Errors: `corrupt` naming the file, `storage`.
  package func check() throws(StepError) -> UInt64 {
    var rows: UInt64 = 0
    do throws(EvaluationError) {
      for trace in traces { rows += try trace.check() }
    } catch { throw StepError(evaluation: error) }
    return rows
  }
}
