import DataModel

/// A statement as written.
struct SyntaxStatement: Sendable {
  enum Kind: Sendable {
    case createTable(SyntaxCreateTable)
    case createView(SyntaxCreateView)
    case createType(SyntaxCreateType)
    case declareView(SyntaxDeclareView)
    case lateness(SyntaxLateness)
    case query(SyntaxQuery)
    case explain(SyntaxQuery)
    case insert(SyntaxInsert)
    /// A statement that is known and refused, with its name: CREATE FUNCTION, DROP ….
    case other(String)
  }

  let kind: Kind
  let range: TextRange
}

/// `INSERT INTO table [(column, …)] query`
struct SyntaxInsert: Sendable {
  let table: Name
  let columns: [Name]
  let query: SyntaxQuery
}

struct SyntaxColumn: Hashable, Sendable {
  let name: Name
  let type: SyntaxType
  var nullable = true
  var primaryKey: TextRange?
  var defaultValue: SyntaxExpression?
  var lateness: SyntaxExpression?
  var watermark: SyntaxExpression?
  var check: TextRange?
}

struct SyntaxProperty: Sendable {
  let key: String
  let keyRange: TextRange
  let value: String
  let valueRange: TextRange
}

struct SyntaxCreateTable: Sendable {
  let name: Name
  var columns: [SyntaxColumn] = []
  /// Columns of each PRIMARY KEY constraint of the table.
  var primaryKeys: [(columns: [Name], range: TextRange)] = []
  var unsupported: [(String, TextRange)] = []
  var properties: [SyntaxProperty] = []
}

/// DECLARE RECURSIVE VIEW: a view that may be read before it is defined.
struct SyntaxDeclareView: Sendable {
  let name: Name
  let columns: [SyntaxColumn]
}

/// LATENESS view.column amount
struct SyntaxLateness: Sendable {
  let view: Name
  let column: Name
  let amount: SyntaxExpression
}

struct SyntaxCreateType: Sendable {
  let name: Name
  let type: SyntaxType
}

struct SyntaxCreateView: Sendable {
  enum Kind: Sendable { case plain, materialized, local, recursive }
  let kind: Kind
  let kindRange: TextRange
  let name: Name
  var columns: [Name] = []
  var properties: [SyntaxProperty] = []
  let query: SyntaxQuery
}
