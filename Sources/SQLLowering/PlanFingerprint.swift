import DataModel
package import SQLFrontend

/// When a checkpoint fits a program: a hash of all that decides what the circuit's state is and means.
package enum PlanFingerprint {
  /// 16 bytes; independent of the process, the order of tables and of properties. View order counts, because
  /// it decides
  /// which view owns the state of shared parts.
  package static func of(_ program: Program) -> [UInt8] {
    var hasher = PlanHasher()
    hasher.add("tidemark plan 2")
    hasher.add(program.tables.count)
    for table in program.tables.sorted(by: { $0.name < $1.name }) {
      hasher.add(table.name)
      hasher.add(table.schema)
      hasher.add(table.materialized)
      hasher.add(table.isAppendOnly)
      guard !table.skippedColumns.isEmpty else { continue }
      hasher.add("skipped")
      hasher.add(table.skippedColumns.count)
      for column in table.skippedColumns.sorted() { hasher.add(column) }
    }
    for lateness in program.lateness {
      hasher.add("lateness")
      hasher.add(lateness.relation)
      hasher.add(lateness.column)
      hasher.add(lateness.waterline)
      hasher.add(lateness.drops)
    }
    hasher.add(program.views.count)
    for view in program.views {
      hasher.add(view.name)
      hasher.add(view.kind.rawValue)
      hasher.add(view.plan)
      if let recursion = view.recursion {
        hasher.add("recursion")
        hasher.add(recursion)
      }
      if let final = view.final {
        hasher.add("final")
        hasher.add(final.column)
      }
    }
    return hasher.digest
  }
}

/// FNV-1a over 128 bits of a prefix-free form: tags, lengths, then contents.
struct PlanHasher {
  /// What a scan of a relation counts as, instead of its name.
  var digests: [SQLIdentifier: [UInt8]] = [:]
  private var state = UInt128(0x6c62_272e_07bb_0142) << 64 | UInt128(0x62b8_2175_6295_c58d)
  private static let prime = UInt128(1) << 88 | UInt128(0x13b)

  var digest: [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: state >> UInt128(120 - 8 * $0)) } }

  mutating func add(_ byte: UInt8) { state = (state ^ UInt128(byte)) &* Self.prime }

  mutating func add(_ number: UInt64) {
    for shift in stride(from: 56, through: 0, by: -8) {
      add(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
    }
  }

  mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }
  mutating func add(_ flag: Bool) { add(UInt8(flag ? 1 : 0)) }

  mutating func add(_ bytes: some Collection<UInt8>) {
    add(bytes.count)
    for byte in bytes { add(byte) }
  }

  mutating func add(_ text: String) { add(text.utf8) }
  mutating func add(_ name: SQLIdentifier) { add(name.canonical) }
  mutating func add(_ type: ColumnType) { add(type.description) }

  mutating func add(_ schema: Schema) {
    add(schema.fields.count)
    for field in schema.fields {
      add(field.name)
      add(field.type)
      add(field.nullable)
      add(field.defaultValue != nil)
      if let value = field.defaultValue { add(value) }
    }
    add(schema.primaryKey != nil)
    add(schema.primaryKey?.count ?? 0)
    for column in schema.primaryKey ?? [] { add(column) }
  }

  mutating func add(_ value: Value) {
    switch value {
    case .null: add(UInt8(0))
    case .int64(let number):
      add(UInt8(1))
      add(UInt64(bitPattern: number))
    case .float64(let number):
      add(UInt8(2))
      add(number.bitPattern)
    case .int128(let number):
      add(UInt8(3))
      add(UInt64(truncatingIfNeeded: number >> 64))
      add(UInt64(truncatingIfNeeded: number))
    case .bytes(let bytes):
      add(UInt8(4))
      add(bytes)
    }
  }

  mutating func add(_ expression: ScalarExpression) {
    add(expression.type)
    add(expression.nullable)
    switch expression.node {
    case .column(let index):
      add(UInt8(1))
      add(index)
    case .literal(let value):
      add(UInt8(2))
      add(value)
    case .call(let function, let arguments):
      add(UInt8(3))
      add(function.rawValue)
      add(arguments)
    case .conditional(let branches, let otherwise):
      add(UInt8(4))
      add(branches.count)
      for branch in branches { add([branch.condition, branch.result]) }
      add(otherwise.map { [$0] } ?? [])
    }
  }

  mutating func add(_ expressions: [ScalarExpression]) {
    add(expressions.count)
    for expression in expressions { add(expression) }
  }

  mutating func add(_ call: AggregateCall) {
    add(call.function.rawValue)
    add(call.distinct)
    add(call.type)
    add(call.nullable)
    add(call.argument.map { [$0] } ?? [])
  }

  mutating func add(_ output: [PlanColumn]) {
    add(output.count)
    for column in output {
      add(column.name)
      add(column.type)
      add(column.nullable)
    }
  }

  mutating func add(_ plan: Plan) {
    switch plan {
    case .scan(let relation, let output):
      add(UInt8(1))
      if let digest = digests[relation] { add(digest) } else { add(relation) }
      add(output)
    case .values(let rows, let output):
      add(UInt8(2))
      add(rows.count)
      for row in rows { add(row) }
      add(output)
    case .filter(let input, let predicate):
      add(UInt8(3))
      add(input)
      add(predicate)
    case .project(let input, let expressions, let output):
      add(UInt8(4))
      add(input)
      add(expressions)
      add(output)
    case .join(let left, let right, let keys, let residual):
      add(UInt8(5))
      add(left)
      add(right)
      add(keys.count)
      for key in keys { add([key.left, key.right]) }
      add(residual.map { [$0] } ?? [])
    case .aggregate(let input, let groups, let calls, let output):
      add(UInt8(6))
      add(input)
      add(groups)
      add(calls.count)
      for call in calls { add(call) }
      add(output)
    case .distinct(let input):
      add(UInt8(7))
      add(input)
    case .unionAll(let inputs, let output):
      add(UInt8(8))
      add(inputs.count)
      for input in inputs { add(input) }
      add(output)
    case .outerJoin(let kind, let left, let right, let keys, let residual):
      add(UInt8(9))
      add(kind.rawValue)
      add(left)
      add(right)
      add(keys.count)
      for key in keys { add([key.left, key.right]) }
      add(residual.map { [$0] } ?? [])
    case .setOperation(let operation, let left, let right):
      add(UInt8(10))
      add(operation.rawValue)
      add(left)
      add(right)
    case .window, .expand, .unnest, .collect: addRows(of: plan)
    }
  }

  /// Nodes that give several rows for one, or one for several in an order.
  private mutating func addRows(of plan: Plan) {
    switch plan {
    case .window(let input, let spec, let output):
      add(UInt8(11))
      add(input)
      add(spec)
      add(output)
    case .expand(let input, let alternatives, let output):
      add(UInt8(12))
      add(input)
      add(alternatives.count)
      for alternative in alternatives { add(alternative) }
      add(output)
    case .unnest(let input, let spec, let output):
      add(UInt8(13))
      add(input)
      add(spec)
      add(output)
    case .collect(let input, let groups, let spec, let output):
      add(UInt8(14))
      add(input)
      add(groups)
      add(spec)
      add(output)
    default: break
    }
  }

  mutating func add(_ spec: UnnestSpec) {
    add(spec.arrays)
    add(spec.ordinality)
    add(spec.keepsEmpty)
    add(spec.kept.count)
    for column in spec.kept { add(column) }
  }

  mutating func add(_ spec: CollectSpec) {
    add(spec.order.map(\.expression))
    for key in spec.order {
      add(key.descending)
      add(key.nullsFirst)
    }
    add(spec.calls.count)
    for call in spec.calls {
      add(call.function.rawValue)
      add([call.argument] + (call.filter.map { [$0] } ?? []))
      add(call.distinct)
      add(call.type)
    }
  }

  mutating func add(_ spec: WindowSpec) {
    add(spec.partition)
    add(spec.order.map(\.expression))
    for key in spec.order {
      add(key.descending)
      add(key.nullsFirst)
    }
    add(spec.calls.count)
    for call in spec.calls {
      // Cases print their names and numbers, nothing of the process.
      add("\(call.function)")
      add(call.arguments)
      add(call.frame.unit.rawValue)
      add("\(call.frame.start) \(call.frame.end)")
      add(call.type)
      add(call.nullable)
      add(call.ignoresNulls)
    }
    add(spec.cut != nil)
    guard let cut = spec.cut else { return }
    add(cut.ranking.rawValue)
    add(cut.skip)
    add(cut.count ?? -1)
  }
}
