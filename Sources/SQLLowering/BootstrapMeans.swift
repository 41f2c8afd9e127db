package import DataModel
package import Dataflow
package import PipelineModel

extension Bootstrap {
  /// Where the rows come from that new and changed views are computed of.
  package enum Origin: Hashable, Sendable {
    /// Stored contents of tables, and all records of those that store nothing, in any order.
    case contents
    /// All records of all tables, in the steps in which they were taken: which of them were late follows from that.
    case steps
  }

  /// Records of some tables, or a part of a step of them.
  package struct Taken {
    package var inputs: [TableInput] = []
    /// Records that were passed, also of other tables.
    package var recordCount: UInt64 = 0
    package var beginsStep = true
    package var endsStep = true

    package init() {}
  }

  /// What gives records of tables in the order in which they were taken.
  package struct Records {
    /// At most so many are passed.
    let count: UInt64
    let give: (_ take: (Taken) throws(EvaluationError) -> Void) throws(EvaluationError) -> Void

    package init(
      count: UInt64,
      give: @escaping (_ take: (Taken) throws(EvaluationError) -> Void) throws(EvaluationError) -> Void
    ) {
      self.count = count
      self.give = give
    }
  }

  /// What a part of the program makes of rows.
  package struct Means {
    /// Views whose contents are told to sinks when they are new or changed.
    let told: Set<SQLIdentifier>
    /// NOW() of the last step.
    let now: Int64
    let budget: WorkBudget?
    /// Called with the circuit that computes, before it does.
    let prepare: (Circuit) -> Void
    /// Told after each piece.
    package var progress: (BootstrapProgress) -> Void = { _ in }
    /// Those of the tables in `recordTables`; nil when there are none.
    package var records: Records?
    /// Whether rows on which new and changed views fail go to the error collection, instead of being an error.
    package var toleratesErrors = false
    /// When they are an error and more stand there, the rest is not looked at: nobody deletes that many.
    package var failingRowsMax = 100_000

    package init(
      told: Set<SQLIdentifier>, now: Int64, budget: WorkBudget?, prepare: @escaping (Circuit) -> Void
    ) {
      self.told = told
      self.now = now
      self.budget = budget
      self.prepare = prepare
    }
  }
}
