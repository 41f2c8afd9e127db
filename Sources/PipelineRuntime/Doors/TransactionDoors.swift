/// Records that show all at once. At most one transaction a pipeline; it survives restarts and cannot be taken back.
package protocol TransactionDoors: AnyObject, Sendable {
  /// Records acknowledged from now on belong to it; answers its number once that is durable.
  /// Errors: `transactionInProgress`.
  func startTransaction() async throws(PipelineError) -> UInt64
  /// Every record acknowledged before belongs to it. Returns when the commit is durable: its step is taken after.
  /// Errors: `noTransactionInProgress`, `transactionInProgress` while another commit is under way.
  func commitTransaction() async throws(PipelineError) -> UInt64
}
