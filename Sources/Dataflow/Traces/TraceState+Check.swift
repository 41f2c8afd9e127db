package import DataModel

extension TraceState {
  /// Reads every block of every run. Answers the rows, consolidated. Errors: `corrupt` naming the file, `storage`.
  package func check() throws(EvaluationError) -> UInt64 {
    var rows: UInt64 = 0
    try TraceSnapshot(layout: layout, runs: runs).forEachBatch(rowsMax: 8192) { batch in
      rows += UInt64(batch.count)
      return true
    }
    return rows
  }
}
