/// What a run of crashes has shown.
struct ChaosReport {
  var crashes = 0
  /// Of these.
  var powerCuts = 0
  var lostNames = 0
  var lostBytes: UInt64 = 0
  /// Of these while the server was starting.
  var crashesInRecovery = 0
  var records = 0
  var repeatedRequests = 0
  var tokens = 0
  var completeTokens = 0
  var deliveries = 0
  var violations: [String] = []

  var text: String {
    """
    crashes               \(crashes)
    of these power cuts   \(powerCuts), which took \(lostBytes) unsynced bytes and \(lostNames) unsynced names
    crashes in recovery   \(crashesInRecovery)
    records acknowledged  \(records)\(violations.isEmpty ? ", each there exactly once" : "")
    requests repeated     \(repeatedRequests) under their Idempotency-Key
    tokens checked        \(tokens), \(completeTokens) of them called complete before a crash
    sink checks           \(deliveries)
    violations            \(violations.count)
    """
  }
}
