import DataModel

/// One compiled node: a value a row of the frame.
protocol ExpressionNode: Sendable {
  var traits: NodeTraits { get }
  /// Cannot throw over the rows of this frame: because it never does, or because it has run there already.
  func isSafe(over frame: Frame) -> Bool
  /// The frame has at least one row.
  func run(_ frame: Frame) throws(EvaluationError) -> Vector
}

extension ExpressionNode {
  func isSafe(over frame: Frame) -> Bool { traits.isTotal }
}

/// What a parent must know of a node to decide when and over which rows it runs.
struct NodeTraits: Sendable {
  /// Cannot throw, whatever the rows are.
  var isTotal = true
  var usesNow = false
  /// A column or a literal: running it over all rows costs nothing.
  var isTrivial = false

  /// Traits of a node over these children.
  static func over(_ children: [any ExpressionNode], isTotal: Bool = true) -> NodeTraits {
    var result = NodeTraits(isTotal: isTotal)
    for child in children {
      let traits = child.traits
      result.isTotal = result.isTotal && traits.isTotal
      result.usesNow = result.usesNow || traits.usesNow
    }
    return result
  }
}

struct ColumnNode: ExpressionNode {
  let index: Int
  let traits = NodeTraits(isTrivial: true)

  init(_ index: Int) { self.index = index }

  func run(_ frame: Frame) -> Vector { Vector(frame.column(index)) }
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

/// A part that occurs several times among expressions over the same rows: it is computed once a frame, and taken
/// from the frame around where that has it.
struct SharedNode: ExpressionNode {
  let slot: Int
  let inner: any ExpressionNode
  var traits: NodeTraits { inner.traits }

  func isSafe(over frame: Frame) -> Bool { frame.hasShared(slot) || inner.isSafe(over: frame) }

  func run(_ frame: Frame) throws(EvaluationError) -> Vector {
    if let known = frame.shared(slot) { return known }
    let vector = try inner.run(frame)
    frame.keep(vector, slot)
    return vector
  }
}
