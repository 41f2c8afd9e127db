import PipelineRuntime
import WireTypes

extension ApprovalDiff {
  /// As `approval_diff` and the answer of `diff` show it.
  var json: JSONValue {
    func list(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
    return [
      "added_input_connectors": list(inputConnectors.added),
      "modified_input_connectors": list(inputConnectors.modified),
      "removed_input_connectors": list(inputConnectors.removed),
      "added_output_connectors": list(outputConnectors.added),
      "modified_output_connectors": list(outputConnectors.modified),
      "removed_output_connectors": list(outputConnectors.removed),
      "program_diff": [
        "added_tables": list(tables.added), "added_views": list(views.added),
        "modified_tables": list(tables.modified), "modified_views": list(views.modified),
        "removed_tables": list(tables.removed), "removed_views": list(views.removed),
      ],
      "program_diff_error": .text(obstacle),
    ]
  }
}
