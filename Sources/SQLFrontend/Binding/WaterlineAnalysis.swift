package import DataModel

/// Which columns of relations and plans have a waterline: changes to come do not lie below it, so operators
/// may drop what only changes below it would need.
package struct WaterlineAnalysis: Sendable {
  private var relations: [SQLIdentifier: [Waterline?]] = [:]

  /// Knows the relations of a program.
  package init(_ program: Program) {
    for table in program.tables {
      relations[table.name] = [Waterline?](repeating: nil, count: table.schema.fields.count)
      declare(table.name, program.lateness)
    }
    for view in program.views {
      relations[view.name] =
        view.recursion == nil ? columns(of: view.plan) : view.plan.output.map { _ in nil }
      declare(view.name, program.lateness)
    }
  }

  /// LATENESS that is said of the relation itself comes before what follows from its query.
  private mutating func declare(_ name: SQLIdentifier, _ lateness: [LatenessDefinition]) {
    for (source, definition) in lateness.enumerated() where definition.relation == name && definition.drops {
      relations[name]?[definition.column] = .source(source)
    }
  }

  package subscript(relation: SQLIdentifier) -> [Waterline?] { relations[relation] ?? [] }

  /// One for each column of the plan's output; nil where nothing is known.
  package func columns(of plan: Plan) -> [Waterline?] {
    let none = [Waterline?](repeating: nil, count: plan.output.count)
    switch plan {
    case .scan(let relation, _): return relations[relation] ?? none
    // Rows leave a temporal filter by the clock, whatever their columns are.
    case .filter(let input, let predicate): return predicate.readsNow ? none : columns(of: input)
    case .project(let input, let expressions, _):
      let inner = columns(of: input)
      return expressions.map { waterline(of: $0, over: inner) }
    case .distinct(let input): return columns(of: input)
    case .aggregate(let input, let groups, let calls, _):
      let inner = columns(of: input)
      return groups.map { waterline(of: $0, over: inner) } + calls.map { _ in nil }
    case .unionAll(let inputs, _):
      let parts = inputs.map { columns(of: $0) }
      return none.indices.map { column in least(parts.map { $0[column] }) }
    case .setOperation(_, let left, let right):
      return zip(columns(of: left), columns(of: right)).map { least([$0, $1]) }
    case .expand(let input, let alternatives, _):
      let inner = columns(of: input)
      return none.indices.map { column in
        let present = alternatives.map { $0[column] }.filter { !$0.isNullLiteral }
        return present.isEmpty ? nil : least(present.map { waterline(of: $0, over: inner) })
      }
    case .window(let input, let spec, _):
      // A change shows in all rows of its partition.
      let inner = columns(of: input)
      let partition = spec.partition.compactMap(\.columnIndex)
      var result = none.indices.map { partition.contains($0) ? inner[$0] : nil }
      if let column = spec.order.first?.expression.columnIndex, result[column] == nil {
        result[column] = rolling(spec, over: inner)?.changed
      }
      return result
    case .join(let left, let right, let keys, _):
      return joined(left, right, keys, none)
    case .outerJoin(_, let left, let right, let keys, _):
      return joined(left, right, keys, none)
    case .unnest(let input, let spec, _):
      let inner = columns(of: input)
      return none.indices.map { $0 < spec.kept.count ? inner[spec.kept[$0]] : nil }
    case .collect(let input, let groups, _, _):
      let inner = columns(of: input)
      return none.indices.map { $0 < groups.count ? waterline(of: groups[$0], over: inner) : nil }
    case .values: return none
    }
  }

  /// A row of one side comes again whenever a row of the other matches it, so only keys have a waterline.
  private func joined(_ left: Plan, _ right: Plan, _ keys: [JoinKey], _ none: [Waterline?]) -> [Waterline?] {
    var result = none
    for (key, bounds) in zip(keys, self.keys(left, right, keys)) {
      guard let both = least([bounds.left, bounds.right]) else { continue }
      if let column = key.left.columnIndex { result[column] = both }
      if let column = key.right.columnIndex, left.output.count + column < none.count {
        result[left.output.count + column] = both
      }
    }
    return result
  }

  /// The waterlines of both sides of each key.
  package func keys(
    _ left: Plan, _ right: Plan, _ keys: [JoinKey]
  ) -> [(left: Waterline?, right: Waterline?)] {
    let (mine, other) = (columns(of: left), columns(of: right))
    return keys.map { (waterline(of: $0.left, over: mine), waterline(of: $0.right, over: other)) }
  }

  /// For a window whose calls all have RANGE frames that begin and end at a distance: changes to come need no
  /// rows with an ordering value below `needed`, and change no results of rows below `changed`.
  package func rolling(
    _ spec: WindowSpec, over columns: [Waterline?]
  ) -> (needed: Waterline, changed: Waterline)? {
    guard spec.cut == nil, spec.order.count == 1, !spec.order[0].descending, !spec.calls.isEmpty,
      let order = waterline(of: spec.order[0].expression, over: columns)
    else { return nil }
    var first: Int64 = 0
    var last: Int64 = 0
    for call in spec.calls {
      guard call.frame.unit == .range, case .offset(let start) = call.frame.start,
        case .offset(let end) = call.frame.end, start > -WaterlineAnalysis.distanceMax,
        end < WaterlineAnalysis.distanceMax
      else { return nil }
      first = min(first, start)
      last = max(last, end)
    }
    // A change at w shows in rows from w - last on, which read from w - last + first on.
    return (shifted(order, by: last - first), shifted(order, by: last))
  }

  /// Frames that reach farther are left alone: the arithmetic above stays in range.
  private static let distanceMax = Int64.max / 4

  private func shifted(_ waterline: Waterline, by distance: Int64) -> Waterline {
    if distance == 0 { return waterline }
    let number = { (node: ScalarExpression.Node) in
      ScalarExpression(node, type: .bigint, nullable: false)
    }
    return .mapped(
      number(.call(.subtract, [number(.column(0)), number(.literal(.int64(distance)))])), waterline)
  }

  /// That of an expression over columns with these waterlines.
  package func waterline(of expression: ScalarExpression, over columns: [Waterline?]) -> Waterline? {
    guard expression.type.physical == .int64 else { return nil }
    if let column = expression.columnIndex { return column < columns.count ? columns[column] : nil }
    guard let operand = expression.ascendingOperand, let inner = waterline(of: operand, over: columns) else {
      return nil
    }
    let place = ScalarExpression(.column(0), type: operand.type, nullable: operand.nullable)
    return .mapped(expression.replacing(operand, with: place), inner)
  }

  /// Nil when one of them is.
  package func least(_ parts: [Waterline?]) -> Waterline? {
    var known: [Waterline] = []
    for part in parts {
      guard let part else { return nil }
      if !known.contains(part) { known.append(part) }
    }
    return known.count == 1 ? known[0] : .least(known)
  }
}

extension ScalarExpression {
  /// Position of a bare column.
  package var columnIndex: Int? {
    if case .column(let index) = node { return index }
    return nil
  }

  fileprivate var isNullLiteral: Bool {
    if case .literal(.null) = node { return true }
    return false
  }

  fileprivate func replacing(_ part: ScalarExpression, with other: ScalarExpression) -> ScalarExpression {
    self == part ? other : mapChildren { $0.replacing(part, with: other) }
  }

  /// The time whose fixed window begins at this value (`TimeWindow.start`); nil for any other expression.
  var timeOfWindowStart: ScalarExpression? {
    guard case .call(.subtract, let sides) = node, sides.count == 2,
      case .call(.modulo, let outer) = sides[1].node, outer.count == 2,
      case .call(.add, let sum) = outer[0].node, sum.count == 2, sum[1] == outer[1],
      case .call(.modulo, let inner) = sum[0].node, inner.count == 2, inner[1] == outer[1],
      case .literal(.int64(let size)) = outer[1].node, size > 0
    else { return nil }
    if inner[0] == sides[0] { return sides[0] }
    guard case .call(.subtract, let moved) = inner[0].node, moved.count == 2, moved[0] == sides[0],
      case .literal = moved[1].node
    else { return nil }
    return sides[0]
  }
}
