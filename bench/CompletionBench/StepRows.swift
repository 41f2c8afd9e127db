import StorageAPI

/// The rows that find a step by offset, as the journal writes them; its own are gone with the next checkpoint.
struct StepRows {
  let recordsPerStep: UInt64

  func write(_ steps: UInt64, to store: any OrderedStore) throws {
    var batch = WriteBatch()
    for step in 0..<steps {
      batch.put(
        KeySpace.stepIndex.key((step + 1) * recordsPerStep),
        KeySpace.bigEndian(step) + KeySpace.bigEndian(1_700_000_000_000_000 + step))
      guard step % 10_000 == 9999 else { continue }
      try store.write(batch, .buffered)
      batch = WriteBatch()
    }
    batch.put(KeySpace.stepsReserved.key(), KeySpace.bigEndian(steps))
    try store.write(batch, .synced)
  }
}
