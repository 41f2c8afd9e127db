import DataModel

/// The shapes that records had lately, the likeliest first, and whether trying them pays.
struct LaneMemory: Sendable {
  private(set) var shapes: [LaneShape] = []
  /// Whether the table has columns that only the slower ways read.
  private var isClosed = false
  /// Rises with rows that had a known shape; each miss and each new shape costs of it.
  private var credit = LaneMemory.creditMax
  /// Records until the lane is tried again.
  private var pause = 0

  private static let shapesMax = 4
  private static let creditMax = 64
  private static let shapeCost = 8
  private static let pauseRecords = 256

  init(_ shape: LaneShape?) {
    if let shape { shapes = [shape] }
  }

  var isOpen: Bool { credit > 0 && !shapes.isEmpty }

  mutating func found(_ index: Int, rows: Int) {
    credit = min(LaneMemory.creditMax, credit + rows)
    if index > 0 { shapes.swapAt(0, index) }
  }

  /// A record was read another way.
  mutating func missed() {
    if pause > 0 {
      pause -= 1
      if pause == 0 { credit = LaneMemory.creditMax / 2 }
      return
    }
    credit -= 1
    if credit <= 0 { pause = LaneMemory.pauseRecords }
  }

  /// A record was read another way, which had no known shape if `isOther`.
  mutating func missed(
    isOther: Bool, _ text: Span<UInt8>, _ record: Range<Int>, _ plan: DirectPlan, of rows: RowPlan,
    envelope: Bool
  ) {
    missed()
    if isOther, pause == 0, credit > LaneMemory.shapeCost, !isClosed {
      credit -= LaneMemory.shapeCost
      if let shape = LaneShape(text, record, plan, of: rows, envelope: envelope) {
        if shapes.count == LaneMemory.shapesMax { shapes.removeLast() }
        shapes.insert(shape, at: 0)
      } else if shapes.isEmpty {
        isClosed = true
      }
    }
  }
}
