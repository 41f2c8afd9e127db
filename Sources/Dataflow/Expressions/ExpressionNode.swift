import DataModel

/// One compiled node: a value a row of the frame.
protocol ExpressionNode: Sendable {
  var traits: NodeTraits { get }
  /// The frame has at least one row.
  func run(_ frame: Frame) throws(EvaluationError) -> Vector
}

/// What a parent must know of a node to decide when and over which rows it runs.
struct NodeTraits: Sendable {
  /// Cannot throw, whatever the rows are.
  var isTotal = true
  var usesNow = false
  /// A column or a literal: running it over all rows costs nothing.
  var isTrivial = false
  /// Input columns it reads, each once.
  var columns: [Int] = []

  /// Traits of a node over these children.
  static func over(_ children: [any ExpressionNode], isTotal: Bool = true) -> NodeTraits {
    var result = NodeTraits(isTotal: isTotal)
    for child in children {
      let traits = child.traits
      result.isTotal = result.isTotal && traits.isTotal
      result.usesNow = result.usesNow || traits.usesNow
      for column in traits.columns where !result.columns.contains(column) { result.columns.append(column) }
    }
    return result
  }
}

/// The input rows of one evaluation.
struct Frame {
  let columns: [ColumnVector]
  let count: Int
  let now: Int64

  /// The frame of these rows (ascending, each once); only the columns that `node` reads are there.
  func selecting(_ rows: [Int32], for node: any ExpressionNode) -> Frame {
    if rows.count == count { return self }
    var chosen = [ColumnVector](repeating: ColumnVector(.int64([])), count: columns.count)
    for index in node.traits.columns { chosen[index] = ColumnGather.gather(columns[index], rows) }
    return Frame(columns: chosen, count: rows.count, now: now)
  }
}

struct ColumnNode: ExpressionNode {
  let index: Int
  let traits: NodeTraits

  init(_ index: Int) {
    self.index = index
    traits = NodeTraits(isTrivial: true, columns: [index])
  }

  func run(_ frame: Frame) -> Vector { Vector(frame.columns[index]) }
}

struct LiteralNode: ExpressionNode {
  let vector: Vector
  var traits: NodeTraits { NodeTraits(isTrivial: true) }
  func run(_ frame: Frame) -> Vector { vector }
}

struct NowNode: ExpressionNode {
  var traits: NodeTraits { NodeTraits(usesNow: true, isTrivial: true) }
  func run(_ frame: Frame) -> Vector { Vector(constant: .int64(frame.now), .int64) }
}
