import DataModel
import Dataflow

/// A circuit and the steps to feed it.
struct Workload {
  let name: String
  let repeats: Int
  let circuit: () -> Circuit
  let makeSteps: () -> [[TableInput]]

  init(
    _ name: String, repeats: Int = 2, _ circuit: @escaping () -> Circuit,
    _ steps: @escaping () -> [[TableInput]]
  ) {
    self.name = name
    self.repeats = repeats
    self.circuit = circuit
    makeSteps = steps
  }

  var figure: Figure {
    Figure(name, repeats: repeats) {
      let steps = makeSteps()
      let circuit = circuit()
      return {
        var rows = 0
        for step in steps {
          rows += step.reduce(0) { $0 + $1.changes.reduce(0) { $0 + $1.count } }
          _ = try circuit.step(step, now: 0)
        }
        return rows
      }
    }
  }

  static var all: [Workload] {
    var list: [Workload] = []
    for size in [1_000, 10_000, 100_000] {
      let total = max(200_000, size * 5)
      let ints = Rows(total: total, size: size, keys: 100_000)
      var retracted = ints
      retracted.retracts = true
      var texts = ints
      texts.text = true
      let label = "/step=\(size)"
      list += [
        Workload("filter+project" + label, Circuits.stateless) { ints.steps() },
        Workload("view int" + label, Circuits.view) { ints.steps() },
        Workload("table ingest, no key" + label, { Circuits.table(key: nil) }) { ints.steps() },
        Workload("table ingest, keyed int" + label, { Circuits.table(key: [0]) }) { ints.steps() },
        Workload("table ingest, keyed text" + label, { Circuits.table(key: [0], text: true) }) {
          texts.steps()
        },
        Workload("group-by count,sum,avg" + label, { Circuits.groups(Circuits.sums) }) { ints.steps() },
        Workload("group-by, text key" + label, { Circuits.groups(Circuits.sums, text: true) }) {
          texts.steps()
        },
        Workload("group-by, retractions" + label, { Circuits.groups(Circuits.sums) }) { retracted.steps() },
        Workload("group-by max" + label, { Circuits.groups(Circuits.maximum) }) { ints.steps() },
        Workload("group-by max, retractions" + label, { Circuits.groups(Circuits.maximum) }) {
          retracted.steps()
        },
        Workload("join" + label, { Circuits.join() }) { ints.steps(["l", "r"]) },
        Workload("left join" + label, { Circuits.outerJoin(.left) }) { ints.steps(["l", "r"]) },
        Workload("left join, retractions" + label, { Circuits.outerJoin(.left) }) {
          retracted.steps(["l", "r"])
        },
        Workload("anti join" + label, { Circuits.outerJoin(.anti) }) { ints.steps(["l", "r"]) },
        Workload("distinct" + label, Circuits.distinct) { ints.steps() },
        Workload("join, text key" + label, { Circuits.join(text: true) }) { texts.steps(["l", "r"]) },
      ]
    }
    return list
  }
}

/// Random rows (key, value, value) cut into steps; seeded, so every run has the same.
struct Rows {
  var total: Int
  var size: Int
  var keys: UInt64
  var text = false
  /// Every fourth row deletes a row of an earlier step.
  var retracts = false

  func steps(_ tables: [String] = ["l"]) -> [[TableInput]] {
    var state: UInt64 = 42
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state ^ state >> 29) >> 16
    }
    var earlier: [(UInt64, Int64)] = []
    return (0..<total / size).map { _ in
      tables.map { table in
        var key = ColumnBuilder(text ? .bytes : .int64)
        var values = ColumnBuilder(.int64)
        var others = ColumnBuilder(.int64)
        var kinds: [UInt8] = []
        let old = earlier.count
        for index in 0..<size / tables.count {
          var row = (next() % keys, Int64(next() % 1_000_000))
          let deletes = retracts && index % 4 == 3 && index < old
          if deletes { row = earlier[index] } else if retracts { earlier.append(row) }
          if text {
            key.append(bytes: Array("customer-\(row.0)".utf8))
          } else {
            key.append(int64: Int64(row.0))
          }
          values.append(int64: row.1)
          others.append(int64: row.1 / 7)
          kinds.append(deletes ? ChangeKind.delete.rawValue : ChangeKind.insert.rawValue)
        }
        earlier.removeFirst(min(old, retracts ? size : 0))
        let batch = ChangeBatch(columns: [key.finish(), values.finish(), others.finish()], kinds: kinds)
        return TableInput(table: SQLIdentifier(table), changes: [batch])
      }
    }
  }
}
