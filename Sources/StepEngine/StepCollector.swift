import DataModel
import Dataflow
import InputLog
import PipelineModel

/// Turns the stored blocks of one step into the circuit's inputs.
struct StepCollector {
  private(set) var inputs: [TableInput] = []
  private(set) var endpoints: [StepFacts.EndpointShare] = []
  private(set) var records: UInt64 = 0
  private(set) var end: Offset

  init(from first: Offset) { end = first }

  /// Errors: `corrupt` when a block's bytes are no change batch or hold another number of records than they
  /// claim.
  mutating func add(_ block: StoredBlock) throws(StepError) {
    let changes: ChangeBatch
    do { changes = try ColumnCodec.decodeChanges(block.payload) } catch {
      throw StepError(.corrupt, "log block is damaged offsets=\(block.range): \(error.message)")
    }
    guard UInt64(changes.count) == block.range.count else {
      throw StepError(.corrupt, "log block has \(changes.count) records offsets=\(block.range)")
    }
    end = block.range.end
    records += block.range.count
    addShare(block)
    let table = SQLIdentifier(block.table, caseSensitive: true)
    if let index = inputs.firstIndex(where: { $0.table == table }) {
      inputs[index].changes.append(changes)
    } else {
      inputs.append(TableInput(table: table, changes: [changes]))
    }
  }

  private mutating func addShare(_ block: StoredBlock) {
    if let index = endpoints.firstIndex(where: { $0.endpoint == block.endpoint }) {
      endpoints[index].records += block.range.count
      endpoints[index].inputBytes += block.inputBytes
    } else {
      endpoints.append(
        StepFacts.EndpointShare(
          endpoint: block.endpoint, records: block.range.count, inputBytes: block.inputBytes))
    }
  }
}
