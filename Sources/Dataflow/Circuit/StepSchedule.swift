import DataModel
import Platform

/// In which order the operators of a circuit run: level by level, those of a level on as many threads as there are.
///
/// An operator's level is above that of all it reads, so operators of a level share nothing that a step changes.
struct StepSchedule {
  private let levels: [[Int]]
  /// For each level the nodes whose deltas nobody reads behind it.
  private let lastReads: [[Int]]
  /// Nodes whose deltas are put together before they are read: several readers would do it each for itself.
  private let putsTogether: [Bool]
  private let threads: ForkJoin?
  private let guards: [Int: RowGuard]

  /// Levels with less rows run on the step thread: waking another one costs more.
  private let rowsMin: Int
  private let budget: WorkBudget?

  init(_ operators: [any Operator], _ guards: [Int: RowGuard], _ workers: CircuitWorkers) {
    rowsMin = workers.rowsMin
    budget = workers.budget
    self.guards = guards
    var level = [Int](repeating: 0, count: operators.count)
    // Lateness is asked by whatever waits for it, beside the inputs.
    var floor = 0
    for (index, node) in operators.enumerated() {
      let inputs = node.inputs.reduce(0) { max($0, level[$1.index] + 1) }
      level[index] = node is HoldOperator ? max(inputs, floor) : inputs
      if node is ErrorCollectionOperator { level[index] = (level[..<index].max() ?? -1) + 1 }
      if node is any LatenessSource { floor = max(floor, level[index] + 1) }
    }
    let count = (level.max() ?? -1) + 1
    var last = [Int](repeating: -1, count: operators.count)
    for (index, node) in operators.enumerated() {
      for input in node.inputs { last[input.index] = max(last[input.index], level[index]) }
    }
    levels = (0..<count).map { here in operators.indices.filter { level[$0] == here } }
    lastReads = (0..<count).map { here in operators.indices.filter { last[$0] == here } }
    var wholeReaders = [Int](repeating: 0, count: operators.count)
    for node in operators where !node.takesParts {
      for input in node.inputs { wholeReaders[input.index] += 1 }
    }
    putsTogether = wholeReaders.map { $0 > 1 }
    threads = workers.count > 1 ? ForkJoin(threads: workers.count, name: "worker") : nil
  }

  /// One operator's part of a step.
  private final class Task {
    let index: Int
    let node: any Operator
    let deltas: [[ColumnBatch]]
    let rowGuard: RowGuard?
    let now: Int64
    var result: Result<[ColumnBatch], EvaluationError> = .success([])

    init(_ index: Int, _ node: any Operator, _ deltas: [[ColumnBatch]], _ rowGuard: RowGuard?, _ now: Int64) {
      self.rowGuard = rowGuard
      self.index = index
      self.node = node
      self.deltas = deltas
      self.now = now
    }

    var rows: Int {
      if let share = node as? any ShareReader { return share.waitingRows }
      return deltas.reduce(0) { $1.reduce($0) { $0 + $1.count } }
    }

    func run() {
      do throws(EvaluationError) { result = .success(try node.parts(deltas, now: now, rowGuard)) } catch {
        result = .failure(error)
      }
    }
  }

  /// Brings the traces of these operators up to date, on as many threads as there are: operators share no state.
  func flush(_ operators: [any Operator]) throws(EvaluationError) {
    let flushes = operators.map(Flush.init)
    if let threads { threads.forEach(flushes) { $0.run() } } else { for flush in flushes { flush.run() } }
    for flush in flushes { try flush.result.get() }
  }

  private final class Flush {
    let node: any Operator
    var result: Result<Void, EvaluationError> = .success(())

    init(_ node: any Operator) { self.node = node }

    func run() { do throws(EvaluationError) { try node.flush() } catch { result = .failure(error) } }
  }

  /// The deltas of the nodes in `keeping`, in parts; those of others are let go when their last reader has run.
  func run(
    _ operators: [any Operator], _ now: Int64, keeping: Set<Int>
  ) throws(EvaluationError) -> [[ColumnBatch]] {
    var deltas = [[ColumnBatch]](repeating: [], count: operators.count)
    for (level, nodes) in levels.enumerated() {
      var tasks: [Task] = []
      for index in nodes {
        let node = operators[index]
        let mine = node.inputs.map { deltas[$0.index] }
        let isIdle = !mine.isEmpty && mine.allSatisfy(\.isEmpty) && !node.needsInitialStep
        if !isIdle { tasks.append(Task(index, node, mine, guards[index], now)) }
      }
      if let threads, tasks.count > 1, tasks.reduce(0, { $0 + $1.rows }) >= rowsMin {
        threads.forEach(tasks) { $0.run() }
      } else {
        for task in tasks { task.run() }
      }
      for task in tasks {
        var parts = try task.result.get()
        if parts.count > 1, putsTogether[task.index], let whole = try ColumnGather.concatenate(parts) {
          parts = [whole]
        }
        deltas[task.index] = parts
      }
      try budget?.spend(bytes: 0)
      for index in lastReads[level] where !keeping.contains(index) { deltas[index] = [] }
    }
    return deltas
  }
}
