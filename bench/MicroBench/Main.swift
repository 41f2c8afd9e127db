/// Prints one line a figure: name, ns of CPU time a row (best run), rows. `MicroBench [part of a name]` runs only
/// those figures.
///
/// The rows of all inputs are made before the clock starts; state is as large as the name says when it ends.
@main
struct MicroBench {
  static func main() throws {
    let wanted = CommandLine.arguments.dropFirst().first ?? ""
    let figures = ScalarFigures.all + QueryFigures.all + KernelFigures.all + Workload.all.map(\.figure)
    for figure in figures where wanted.isEmpty || figure.name.contains(wanted) {
      let (nanoseconds, rows) = try figure.measure()
      let tenths = Int((nanoseconds * 10).rounded())
      print("\(figure.name)\t\(tenths / 10).\(tenths % 10)\t\(rows)")
    }
  }
}
