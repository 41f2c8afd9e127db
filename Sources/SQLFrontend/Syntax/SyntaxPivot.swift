/// The inside of PIVOT ( … ).
struct SyntaxPivot: Hashable, Sendable {
  struct Aggregate: Hashable, Sendable {
    let call: SyntaxExpression
    let alias: Name?
  }

  struct Value: Hashable, Sendable {
    let items: [SyntaxExpression]
    let alias: Name?
    let range: TextRange
  }

  let aggregates: [Aggregate]
  let columns: [Name]
  let values: [Value]
}

/// What `* EXCEPT (a, …) REPLACE (x AS b, …)` changes of the columns.
struct SyntaxStarChanges: Hashable, Sendable {
  struct Replacement: Hashable, Sendable {
    let expression: SyntaxExpression
    let name: Name
  }

  var excluded: [Name] = []
  var replaced: [Replacement] = []
}
