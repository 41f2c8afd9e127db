import ArgumentParser
import PipelineModel
import RocksStorage
import StorageAPI

struct Plant: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes the ledger of a stopped pipeline that of one step a record, as a slow stream would have.")

  @Argument(help: "The pipeline's store.") var directory: String
  @Argument(help: "Records of its log.") var records: UInt64

  func run() throws {
    let store = try RocksStoreOpener().open(directory: directory)
    defer { store.close() }
    var batch = WriteBatch()
    for offset in 0..<records {
      batch.put(
        KeySpace.stepIndex.key(offset + 1), KeySpace.bigEndian(offset) + KeySpace.bigEndian(UInt64(1_700_000_000)))
      guard offset % 10_000 == 9999 else { continue }
      try store.write(batch, .buffered)
      batch = WriteBatch()
    }
    batch.put(KeySpace.stepsReserved.key(), KeySpace.bigEndian(records))
    try store.write(batch, .synced)
    print("{\"run\":\"plant\",\"steps\":\(records)}")
  }
}
