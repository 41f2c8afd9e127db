import DataModel

/// Reads plain JSON records straight into blocks of rows, guided by the schema and by the records before.
///
/// Most records have a shape that is known (`LaneShape`); others are read member by member (`RecordKernel`). It only
/// ever accepts: a record that is not plain (updates, rejected or malformed values, rare types, cut off) is left
/// untouched to `JSONRecordDecoder`, which knows all of JSON and every error. What it does accept, both read alike.
struct DirectDecoder: Sendable {
  let plan: DirectPlan
  let envelope: Bool
  private let rowPlan: RowPlan

  /// Rows of a block: their words stay in the first-level cache.
  static let blockRows = 120
  /// Fewer bytes than a record has, most likely.
  static let recordBytesGuess = 64
  /// A text shorter than this is not worth it.
  private static let textBytesMin = 16

  init?(_ plan: RowPlan, _ format: InputFormat.UpdateFormat) {
    guard let direct = DirectPlan(plan) else { return nil }
    self.plan = direct
    rowPlan = plan
    envelope = format == .insertDelete
  }

  /// The memory to begin with.
  func memory() -> LaneMemory { LaneMemory(LaneShape(plan, of: rowPlan, envelope: envelope)) }

  /// Decodes records from `position` on, which ends behind the last one accepted, and returns how many they were.
  func records(
    _ text: Span<UInt8>, _ position: inout Int, _ keys: inout KeyTable, _ lane: inout LaneMemory,
    _ rows: inout RowAssembly
  ) -> Int {
    let left = text.count - position
    guard text.count < TextPiece.limit, text.count >= DirectDecoder.textBytesMin, left > 1,
      !keys.entries.isEmpty
    else { return 0 }
    var block = RowBlock(
      columns: plan.columns.count,
      capacity: min(DirectDecoder.blockRows, left / DirectDecoder.recordBytesGuess + 1),
      successors: keys.successors)
    let (entries, rest) = (keys.entries, keys.rest)
    var accepted = 0
    unsafe text.withUnsafeBufferPointer { text in
      unsafe entries.withUnsafeBufferPointer { entries in
        unsafe rest.withUnsafeBufferPointer { rest in
          unsafe plan.columns.withUnsafeBufferPointer { columns in
            let kernel = unsafe RecordKernel(
              text: text, keys: entries, rest: rest, columns: columns, block, envelope: envelope)
            accepted = run(kernel, &position, &block, &lane, &rows)
          }
        }
      }
    }
    if block.learned { keys.successors = block.successors }
    return accepted
  }

  @inline(__always)
  private func run(
    _ kernel: RecordKernel, _ position: inout Int, _ block: inout RowBlock, _ lane: inout LaneMemory,
    _ rows: inout RowAssembly
  ) -> Int {
    var at = position
    var accepted = 0
    while true {
      if kernel.byte(at) <= 0x20 { at = kernel.behindBlanks(at) }
      var end = RowBlock.LaneEnd.otherValue
      if lane.isOpen {
        accepted &+= known(kernel, &at, &block, &lane, &end)
        if kernel.byte(at) <= 0x20 { at = kernel.behindBlanks(at) }
        if block.isFull {
          kernel.withText { rows.append(&block, $0, plan) }
          continue
        }
      }
      let next = kernel.record(at, plan, &block)
      guard next >= 0 else { break }
      let isOther = end == .otherShape || lane.shapes.isEmpty
      if end != .nearEnd {
        kernel.withText {
          lane.missed(isOther: isOther, $0, at..<next, plan, of: rowPlan, envelope: envelope)
        }
      }
      at = next
      accepted &+= 1
      if block.isFull { kernel.withText { rows.append(&block, $0, plan) } }
    }
    kernel.withText { rows.append(&block, $0, plan) }
    if accepted > 0 { position = at }
    return accepted
  }

  /// Records of known shapes; how many they were.
  private func known(
    _ kernel: RecordKernel, _ at: inout Int, _ block: inout RowBlock, _ lane: inout LaneMemory,
    _ end: inout RowBlock.LaneEnd
  ) -> Int {
    let start = block.rows
    var index = 0
    while index < lane.shapes.count {
      let before = block.rows
      end = kernel.read(&at, &block, lane.shapes[index])
      let found = block.rows - before
      if found > 0 { lane.found(index, rows: found) }
      guard end == .otherShape else { break }
      // A shape of which records were found lies in front now, and does not fit the next one.
      index = found > 0 ? 1 : index + 1
    }
    return block.rows - start
  }
}
