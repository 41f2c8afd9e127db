import DataModel

/// Puts a column together from results over disjoint sets of rows; rows that nobody places are NULL.
struct Assembly {
  /// What the rows of a placed vector are numbered by.
  enum Origin { case frame, selection }

  private struct Part {
    let vector: Vector
    let rows: [Int32]
    let origin: Origin

    @inline(__always)
    func source(_ position: Int) -> Int {
      if vector.isConstant { return 0 }
      return origin == .frame ? Int(rows[position]) : position
    }
  }

  private let physical: PhysicalType
  private let count: Int
  private var parts: [Part] = []

  init(_ physical: PhysicalType, _ count: Int) {
    self.physical = physical
    self.count = count
  }

  static func allRows(_ count: Int) -> [Int32] { (0..<Int32(truncatingIfNeeded: count)).map { $0 } }

  /// Overwrites NULLs placed earlier in the same rows, nothing else.
  mutating func place(_ vector: Vector, rows: [Int32], from origin: Origin) {
    parts.append(Part(vector: vector, rows: rows, origin: origin))
  }

  /// Runs a node over these rows of the frame and places the result.
  mutating func place(_ node: any ExpressionNode, _ rows: [Int32], _ frame: Frame) throws(EvaluationError) {
    guard !rows.isEmpty else { return }
    if node.traits.isTrivial {
      place(try node.run(frame), rows: rows, from: .frame)
    } else {
      place(try node.run(frame.selecting(rows, for: node)), rows: rows, from: .selection)
    }
  }

  /// Every row is placed by a part without NULLs.
  private var isWhole: Bool {
    parts.allSatisfy { $0.vector.column.validity == nil } && parts.reduce(0) { $0 + $1.rows.count } == count
  }

  func finish() -> ColumnVector {
    let isWhole = isWhole
    var bits = ValidityBitmap(repeating: isWhole, count: count)
    for part in parts where !isWhole {
      for position in part.rows.indices where part.vector.column.isValid(part.source(position)) {
        bits[Int(part.rows[position])] = true
      }
    }
    let storage: ColumnVector.Storage
    switch physical {
    case .int64: storage = .int64(scattered(0) { if case .int64(let values) = $0 { values } else { nil } })
    case .float64:
      storage = .float64(scattered(0) { if case .float64(let values) = $0 { values } else { nil } })
    case .int128: storage = .int128(scattered(0) { if case .int128(let values) = $0 { values } else { nil } })
    case .bytes: storage = .bytes(strings())
    }
    return ColumnVector(normalizing: storage, validity: bits, count: count)
  }

  private func scattered<Element: BitwiseCopyable>(
    _ zero: Element, _ values: (ColumnVector.Storage) -> [Element]?
  ) -> [Element] {
    var result = [Element](repeating: zero, count: count)
    for part in parts {
      guard let source = values(part.vector.column.storage) else {
        preconditionFailure("results of one type")
      }
      for position in part.rows.indices { result[Int(part.rows[position])] = source[part.source(position)] }
    }
    return result
  }

  private func strings() -> ByteColumn {
    var owners = [Int32](repeating: -1, count: count)
    var sources = [Int32](repeating: 0, count: count)
    var columns: [ByteColumn] = []
    for (index, part) in parts.enumerated() {
      guard case .bytes(let values) = part.vector.column.storage else {
        preconditionFailure("results of one type")
      }
      columns.append(values)
      for position in part.rows.indices {
        owners[Int(part.rows[position])] = Int32(truncatingIfNeeded: index)
        sources[Int(part.rows[position])] = Int32(truncatingIfNeeded: part.source(position))
      }
    }
    var result = RowAppender(reservingRows: count, bytes: 0)
    for row in 0..<count {
      if owners[row] >= 0 {
        let column = columns[Int(owners[row])]
        let range = column.range(Int(sources[row]))
        result.extend(column.bytes, range.lowerBound, range.upperBound)
      }
      result.close()
    }
    return result.finish()
  }
}
