package import DataModel
package import SQLFrontend

/// The relation that every pipeline has beside those of its program: the rows on which a filter or a projection failed.
package enum ErrorView {
  package static let name = SQLIdentifier("error_view")

  /// `row` is what the operator read: a JSON array of values in their physical form.
  package static let schema = Schema(
    fields: ["view_name", "operator", "row", "reason"].map {
      Field(name: SQLIdentifier($0), type: .varchar(length: nil), nullable: false)
    })

  /// Not when the program has a relation of that name.
  package static func isPart(of program: Program) -> Bool {
    !program.tables.contains { $0.name == name } && !program.views.contains { $0.name == name }
  }
}
