package import PipelineModel
package import StorageAPI

/// What Ingress remembers of records that are cut from the log.
package enum IngressCut {
  /// Adds to a write what forgets the answers to requests whose records all lie in the cut, so that a retry is taken
  /// again, and the letters of its failed records. An answer of which a part is kept stays: the records would come
  /// twice; letters of refused records stay, they were never in the log. Blocks. Errors: `storage`.
  package static func put(
    _ range: OffsetRange, in store: any OrderedStore, _ batch: inout WriteBatch
  ) throws(IngressError) {
    var gone: [[UInt8]] = []
    do throws(StorageError) {
      try store.scan(.base, from: KeySpace.idempotency.key(), to: KeySpace.idempotency.end) { key, value in
        if let answered = IdempotencyRow(value: value)?.outcome.range, !answered.isEmpty,
          answered.first >= range.first
        {
          gone.append(key)
        }
        return true
      }
      try store.scan(
        .base, from: KeySpace.rejectedRow.key(range.first.rawValue), to: KeySpace.rejectedRow.key(range.end.rawValue)
      ) { key, _ in
        if DeadLetterID(key: key)?.isFailed == true { gone.append(key) }
        return true
      }
    } catch { throw IngressError(.storage, error.description) }
    for key in gone { batch.delete(key) }
  }
}
