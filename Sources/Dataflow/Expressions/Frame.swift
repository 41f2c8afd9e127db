import DataModel

/// The input rows of one evaluation, or some rows of another frame; columns of such a part are gathered when they
/// are first read.
final class Frame {
  let count: Int
  let now: Int64
  private let parent: Frame?
  /// Rows of the parent.
  private let rows: [Int32]
  private var columns: [ColumnVector?]
  private var slots: [Vector?]
  private var ownRootRows: [Int32]?

  /// `sharedCount` is how many parts are computed once.
  init(columns: [ColumnVector], count: Int, now: Int64, sharedCount: Int = 0) {
    self.columns = columns
    self.count = count
    self.now = now
    parent = nil
    rows = []
    slots = [Vector?](repeating: nil, count: sharedCount)
  }

  private init(_ parent: Frame, _ rows: [Int32]) {
    self.parent = parent
    self.rows = rows
    count = rows.count
    now = parent.now
    columns = [ColumnVector?](repeating: nil, count: parent.columns.count)
    slots = [Vector?](repeating: nil, count: parent.slots.count)
  }

  /// The frame of these rows: ascending, each once.
  func selecting(_ rows: [Int32]) -> Frame { rows.count == count ? self : Frame(self, rows) }

  func column(_ index: Int) -> ColumnVector {
    if let known = columns[index] { return known }
    guard let parent else { preconditionFailure("a frame of its own has all columns") }
    let column: ColumnVector
    if let near = parent.columns[index] {
      column = ColumnGather.gather(near, rows)
    } else {
      column = ColumnGather.gather(root.column(index), rootRows)
    }
    columns[index] = column
    return column
  }

  private var root: Frame { parent?.root ?? self }

  /// Rows of the root, for a frame that is a part of another.
  private var rootRows: [Int32] {
    if let ownRootRows { return ownRootRows }
    guard let parent, parent.parent != nil else { return rows }
    let composed = ColumnGather.pick(parent.rootRows, rows)
    ownRootRows = composed
    return composed
  }

  // MARK: Parts that are computed once

  func hasShared(_ slot: Int) -> Bool { slots[slot] != nil || parent?.hasShared(slot) ?? false }

  func shared(_ slot: Int) -> Vector? {
    if let known = slots[slot] { return known }
    guard let parent else { return nil }
    if let near = parent.slots[slot] {
      slots[slot] = near.gathered(rows)
    } else if let far = root.slots[slot] {
      slots[slot] = far.gathered(rootRows)
    } else if let found = parent.shared(slot) {
      slots[slot] = found.gathered(rows)
    }
    return slots[slot]
  }

  func keep(_ vector: Vector, _ slot: Int) { slots[slot] = vector }
}
