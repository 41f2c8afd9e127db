import Glibc

/// One thing that is measured: prepared once, then run several times.
struct Figure {
  let name: String
  let repeats: Int
  /// Makes the input; the closure that comes back is timed and tells how many rows it handled.
  let prepare: () throws -> () throws -> Int

  init(_ name: String, repeats: Int = 2, _ prepare: @escaping () throws -> () throws -> Int) {
    self.name = name
    self.repeats = repeats
    self.prepare = prepare
  }

  /// Nanoseconds of process CPU time a row, of the best run, and the rows of a run.
  ///
  /// CPU time, not wall time: the machine may be busy with others.
  func measure() throws -> (nanoseconds: Double, rows: Int) {
    var best = Double.infinity
    var rows = 0
    for _ in 0..<repeats {
      let run = try prepare()
      let start = clock()
      rows = try run()
      let spent = clock() - start
      best = min(best, Double(spent) * (1_000_000_000 / Double(CLOCKS_PER_SEC)) / Double(max(rows, 1)))
    }
    return (best, rows)
  }
}
