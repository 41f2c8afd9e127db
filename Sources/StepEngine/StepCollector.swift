import DataModel
import Dataflow
import InputLog
import PipelineModel

/// Turns the blocks of one step into the circuit's inputs.
struct StepCollector {
  private(set) var inputs: [TableInput] = []
  private(set) var endpoints: [StepFacts.EndpointShare] = []
  private(set) var records: UInt64 = 0
  private(set) var end: Offset

  init(from first: Offset) { end = first }

  /// Takes the block's records from `end` on that lie below `limit`.
  mutating func add(_ block: DecodedBlock, below limit: Offset) {
    let part = OffsetRange.clamped(
      first: max(block.range.first, end), end: min(block.range.end, limit))
    guard !part.isEmpty else { return }
    let changes = block.part(part)
    end = part.end
    records += part.count
    addShare(block, part)
    let table = SQLIdentifier(block.table, caseSensitive: true)
    if let index = inputs.firstIndex(where: { $0.table == table }) {
      inputs[index].changes.append(changes)
    } else {
      inputs.append(TableInput(table: table, changes: [changes]))
    }
  }

  /// A block's bytes count with its last record.
  private mutating func addShare(_ block: DecodedBlock, _ part: OffsetRange) {
    let bytes = part.end == block.range.end ? block.inputBytes : 0
    let endpoint = block.endpoint
    if let index = endpoints.firstIndex(where: { $0.endpoint == endpoint }) {
      endpoints[index].records += part.count
      endpoints[index].inputBytes += bytes
    } else {
      endpoints.append(
        StepFacts.EndpointShare(endpoint: endpoint, records: part.count, inputBytes: bytes))
    }
  }
}
