import DataModel
import Dataflow
import SQLFrontend
import SQLLowering

/// The tables that queries are fuzzed over: one column a sort, few rows with extreme values.
struct FuzzTables {
  static let ddl = """
    create table t (i int, l bigint, m decimal(20, 4), d double, s varchar, y varbinary, b boolean, dd date,
      ts timestamp, tt time, an int array, an2 varchar array,
      mm map<varchar, int>, va variant, u bigint unsigned, uu uuid) with ('materialized' = 'true');
    create table k (i int not null primary key, s varchar, l bigint, ts timestamp) with ('materialized' = 'true');
    """

  /// Nil where tables cannot have such columns.
  static func column(_ sort: ExpressionGrammar.Sort) -> String? {
    switch sort {
    case .integer: "i"
    case .bigint: "l"
    case .decimal: "m"
    case .double: "d"
    case .text: "s"
    case .binary: "y"
    case .boolean: "b"
    case .date: "dd"
    case .timestamp: "ts"
    case .time: "tt"
    case .long, .short: nil
    case .numbers: "an"
    case .texts: "an2"
    case .map: "mm"
    case .variant: "va"
    case .unsigned: "u"
    case .uuid: "uu"
    }
  }

  let program: Program
  let catalog: [QueryRelation]
  let snapshots: [SQLIdentifier: RelationSnapshot]
  /// Insertions and, for every second row, deletions.
  let inserts: [TableInput]
  let deletes: [TableInput]

  init(seed: UInt64) throws {
    program = try SQLCompiler.compile(Self.ddl).get()
    catalog = program.tables.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: true) }
    var random = SeededGenerator(seed)
    var inserts: [TableInput] = []
    var deletes: [TableInput] = []
    for table in program.tables {
      var rows: [[Value]] = []
      for index in 0..<8 {
        rows.append(
          try table.schema.fields.enumerated().map { column, field in
            if table.schema.primaryKey == [column] { return .int64(Int64(index) - 3) }
            return try Self.value(field.type, &random)
          })
      }
      inserts.append(Self.input(table, rows, .insert))
      deletes.append(
        Self.input(table, rows.enumerated().filter { $0.offset % 2 == 0 }.map(\.element), .delete))
    }
    self.inserts = inserts
    self.deletes = deletes
    let circuit = Lowering.circuit(for: program, observed: [])
    _ = try circuit.step(inserts, now: 0)
    snapshots = circuit.snapshots()
  }

  /// The value of a literal of the type's sort.
  private static func value(_ type: ColumnType, _ random: inout SeededGenerator) throws -> Value {
    if random.chance(1, of: 6) { return .null }
    let sort = ExpressionGrammar.Sort.allCases.first { column($0) == columnName(type) } ?? .integer
    let text = ExpressionTemplates.literal(sort, &random)
    let query =
      "select cast(\(text) as \(type.description.hasSuffix("MAP") ? "map<varchar, int>" : type.description))"
    guard case .success(.select(let plan)) = SQLCompiler.query(query, catalog: []),
      let answer = try? QueryRunner.run(plan, relations: { _ in nil }, now: 0)
    else { return .null }
    return answer.batches.first?.columns.first?.value(at: 0) ?? .null
  }

  private static func columnName(_ type: ColumnType) -> String {
    switch type {
    case .bigint: "l"
    case .decimal: "m"
    case .double: "d"
    case .varchar: "s"
    case .varbinary: "y"
    case .boolean: "b"
    case .date: "dd"
    case .timestamp: "ts"
    case .time: "tt"
    case .array(.integer): "an"
    case .array: "an2"
    case .map: "mm"
    case .variant: "va"
    case .unsignedBigint: "u"
    case .uuid: "uu"
    default: "i"
    }
  }

  private static func input(_ table: TableDefinition, _ rows: [[Value]], _ kind: ChangeKind) -> TableInput {
    let columns = table.schema.physicalTypes.enumerated().map { index, type in
      var builder = ColumnBuilder(type)
      for row in rows { builder.append(row[index]) }
      return builder.finish()
    }
    let kinds = [UInt8](repeating: kind.rawValue, count: rows.count)
    return TableInput(table: table.name, changes: [ChangeBatch(columns: columns, kinds: kinds)])
  }
}
