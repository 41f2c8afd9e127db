import ArgumentParser
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
    try StepRows(recordsPerStep: 1).write(records, to: store)
    print("{\"run\":\"plant\",\"steps\":\(records)}")
  }
}
