import DataModel

/// Reads plain JSON records straight into blocks of rows, guided by the schema and by the order of the keys in
/// the record before.
///
/// It only ever accepts: a record that is not plain (updates, rejected or malformed values, rare types, cut
/// off) is left untouched to `JSONRecordDecoder`, which knows all of JSON and every error. What it does
/// accept, both read alike.
struct DirectDecoder: Sendable {
  let plan: DirectPlan
  let envelope: Bool

  /// Rows of a block: their words stay in the first-level cache.
  private static let blockRows = 120
  /// Fewer bytes than a record has, most likely.
  private static let recordBytesGuess = 64
  /// A text shorter than this is not worth it.
  private static let textBytesMin = 16

  init?(_ plan: RowPlan, _ format: InputFormat.UpdateFormat) {
    guard let direct = DirectPlan(plan) else { return nil }
    self.plan = direct
    envelope = format == .insertDelete
  }

  /// Decodes records from `position` on, which ends behind the last one accepted, and returns how many they were.
  func records(
    _ text: Span<UInt8>, _ position: inout Int, _ keys: inout KeyTable, _ rows: inout RowAssembly
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
            accepted = run(kernel, &position, &block, &rows)
          }
        }
      }
    }
    if block.learned { keys.successors = block.successors }
    return accepted
  }

  @inline(__always)
  private func run(
    _ kernel: RecordKernel, _ position: inout Int, _ block: inout RowBlock, _ rows: inout RowAssembly
  ) -> Int {
    var at = position
    var accepted = 0
    while true {
      if kernel.byte(at) <= 0x20 { at = kernel.behindBlanks(at) }
      let end = kernel.record(at, plan, &block)
      guard end >= 0 else { break }
      at = end
      accepted &+= 1
      if block.isFull { kernel.withText { rows.append(&block, $0, plan) } }
    }
    kernel.withText { rows.append(&block, $0, plan) }
    if accepted > 0 { position = at }
    return accepted
  }
}
