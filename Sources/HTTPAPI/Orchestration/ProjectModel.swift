import DataModel
import PipelineModel
import PipelineRuntime
import Platform
import SQLFrontend
import WireTypes
import Workflows

/// What plays choose their records from: a materialized view or table of a pipeline, called `pipeline.view` or by the
/// UUID that is derived from this name.
///
/// The id of a record is its primary key of one column, else its column `id`, as text.
struct ProjectModel {
  let name: String
  private let pipeline: String
  private let relation: SQLIdentifier
  private let fields: [Field]
  private let key: Field?

  private static let idsAtOnce = 1000
  /// Of the rows that one request reads.
  private static let bytesMax = Limits.batchIntakeBytesMax

  static func uuid(of name: String) -> String {
    WorkNames.derived(.uuid, from: RequestDigest.bytes(Array("model\0\(name)".utf8)))
  }

  static func find(_ text: String, _ directory: any PipelineDirectory) async throws -> ProjectModel {
    let pipeline = text.split(separator: ".", maxSplits: 1).first.map(String.init)
    let isName = text.contains(".")
    for descriptor in await directory.list() {
      if isName, descriptor.definition.name != pipeline { continue }
      guard let program = descriptor.program.compiled else { continue }
      let relations = program.tables.filter(\.materialized).map { ($0.name, $0.schema) }
        + program.views.filter { $0.kind == .materialized }.map { ($0.name, $0.schema) }
      for (relation, schema) in relations {
        let name = "\(descriptor.definition.name).\(relation.spelled)"
        guard name == text || uuid(of: name) == text.lowercased() else { continue }
        return ProjectModel(name, descriptor.definition.name, relation, schema)
      }
    }
    throw OrchestrationFailure(
      404, "modelNotFound", "there is no model '\(text)': a materialized view or table, as 'pipeline.view'")
  }

  private init(_ name: String, _ pipeline: String, _ relation: SQLIdentifier, _ schema: Schema) {
    self.name = name
    self.pipeline = pipeline
    self.relation = relation
    fields = schema.fields
    if let keys = schema.primaryKey, keys.count == 1, schema.fields.indices.contains(keys[0]) {
      key = schema.fields[keys[0]]
    } else {
      key = schema.fields.first { $0.name.canonical == "id" }
    }
  }

  /// The column as SQL names it.
  func column(_ slug: String) throws(OrchestrationFailure) -> String { ProjectModel.quoted(try field(slug).name) }

  /// The same as a TIMESTAMP. Errors: it holds neither days nor moments.
  func moment(_ slug: String) throws(OrchestrationFailure) -> String {
    let field = try field(slug)
    let column = ProjectModel.quoted(field.name)
    switch field.type {
    case .timestamp: return column
    case .date: return "CAST(\(column) AS TIMESTAMP)"
    default: throw .invalid("the column '\(slug)' of the model '\(name)' holds no dates")
    }
  }

  /// Under which a column's values are told apart from others.
  func canonical(_ slug: String) throws(OrchestrationFailure) -> String { try field(slug).name.canonical }

  /// Of a member of a record.
  func canonical(name: String) -> String { SQLIdentifier(name).canonical }

  private func field(_ slug: String) throws(OrchestrationFailure) -> Field {
    guard let field = fields.first(where: { $0.name.spelled == slug || $0.name.canonical == slug }) else {
      throw .invalid("the model '\(name)' has no column '\(slug)'")
    }
    return field
  }

  private static func quoted(_ name: SQLIdentifier) -> String { QuotedText.name(name.canonical) }

  var hasKey: Bool { key != nil }

  var noKey: OrchestrationFailure {
    .invalid("the model '\(name)' has neither a primary key of one column nor an 'id'")
  }

  func repeated(_ id: String) -> OrchestrationFailure {
    .invalid("the model '\(name)' has more than one record of the id '\(id)'")
  }

  // MARK: Reading

  /// In the order of the ids; those that the model does not have are passed over.
  func records(
    _ ids: [String], bytesMax: Int?, _ directory: any PipelineDirectory
  ) async throws -> [JSONValue] {
    guard let key else { throw noKey }
    var found: [String: JSONValue] = [:]
    var rest = ids[...]
    var bytesLeft = bytesMax ?? ProjectModel.bytesMax
    while !rest.isEmpty {
      let part = rest.prefix(ProjectModel.idsAtOnce)
      rest = rest.dropFirst(ProjectModel.idsAtOnce)
      let list = part.map(QuotedText.literal).joined(separator: ", ")
      let condition = "CAST(\(ProjectModel.quoted(key.name)) AS VARCHAR) IN (\(list))"
      // One more than there may be: one id has several records then.
      let sql = select(condition, limit: part.count + 1)
      var seen: Set<String> = []
      for row in try await read(sql, &bytesLeft, directory) {
        let shown = record(row)
        guard let id = shown["_id"]?.stringValue else { continue }
        guard seen.insert(id).inserted else { throw repeated(id) }
        found[id] = shown
      }
    }
    return ids.compactMap { found[$0] }
  }

  /// `condition` is SQL. Errors: 413 when the rows have too many bytes.
  func rows(
    _ condition: String, limit: Int, bytesMax: Int? = nil, _ directory: any PipelineDirectory
  ) async throws -> [JSONValue] {
    var bytesLeft = bytesMax ?? ProjectModel.bytesMax
    let found = try await read(select(condition, limit: limit), &bytesLeft, directory)
    return found.map(record)
  }

  /// How many rows `condition` takes.
  func count(_ condition: String, _ directory: any PipelineDirectory) async throws -> Int {
    var bytesLeft = ProjectModel.bytesMax
    let sql = "SELECT COUNT(*) AS n FROM \(ProjectModel.quoted(relation)) WHERE \(condition)"
    let rows = try await read(sql, &bytesLeft, directory)
    guard let number = rows.first?.members?.first?.value.integerValue else {
      throw WorkError(.failed, "the model '\(name)' does not tell how many records it has")
    }
    return Int(clamping: number)
  }

  private func select(_ condition: String, limit: Int) -> String {
    let order = key.map { " ORDER BY \(ProjectModel.quoted($0.name))" } ?? ""
    return "SELECT * FROM \(ProjectModel.quoted(relation)) WHERE \(condition)\(order) LIMIT \(limit)"
  }

  private func read(
    _ sql: String, _ bytesLeft: inout Int, _ directory: any PipelineDirectory
  ) async throws -> [JSONValue] {
    do throws(PipelineError) {
      return try await directory.deployed(pipeline).rows(sql, bytesLeft: &bytesLeft)
    } catch {
      if error.code == .bodyTooLarge {
        throw OrchestrationFailure(
          413, "payloadTooLarge",
          "the records that are chosen of the model '\(name)' have too many bytes: choose fewer")
      }
      guard error.code == .adHocQueryError else {
        throw WorkError(.unavailable, "the model '\(name)' cannot be read: \(error.message)")
      }
      throw OrchestrationFailure.invalid("the model '\(name)' cannot be asked this: \(error.message)")
    }
  }

  /// The row with the id of the record beside its columns, as `_id`.
  private func record(_ row: JSONValue) -> JSONValue {
    guard let key else { return row }
    let value = (row.members ?? []).last { SQLIdentifier($0.name).canonical == key.name.canonical }?.value
    guard let value, !value.isNull else { return row }
    return .object((row.members ?? []) + [JSONMember("_id", .string(value.stringValue ?? value.encoded))])
  }
}
