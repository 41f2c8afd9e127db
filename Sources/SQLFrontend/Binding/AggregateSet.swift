import DataModel

/// The aggregates of one SELECT, each once. While items are bound, aggregate i stands as the column behind
/// the columns of the scope; `grouped` then brings an item over the output of the aggregation.
struct AggregateSet {
  private(set) var calls: [AggregateCall] = []
  private var positions: [AggregateCall: Int] = [:]

  var isEmpty: Bool { calls.isEmpty }

  /// Position of the call among the aggregates; added when it is new.
  mutating func position(of call: AggregateCall) -> Int {
    if let known = positions[call] { return known }
    positions[call] = calls.count
    calls.append(call)
    return calls.count - 1
  }
}
