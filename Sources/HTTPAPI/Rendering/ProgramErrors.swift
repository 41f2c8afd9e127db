import PipelineModel
import PipelineRuntime
import SQLFrontend
import WireTypes

/// `program_error`: what the phases of a compilation said.
enum ProgramErrors {
  static func render(_ program: ProgramState) -> JSONValue {
    guard program.diagnostics != nil || program.status == .success else { return .null }
    let diagnostics = program.diagnostics ?? []
    let exitCode = program.status == .sqlError ? 1 : 0
    var members = [
      JSONMember("sql_compilation", sqlCompilation(exitCode: exitCode, diagnostics: diagnostics))
    ]
    members.append(
      JSONMember(
        "rust_compilation",
        program.status == .success ? ["exit_code": 0, "stdout": "", "stderr": ""] : .null))
    members.append(
      JSONMember(
        "system_error",
        program.status == .systemError ? .string(diagnostics.first?.message ?? "system error") : .null))
    return .object(members)
  }

  static func sqlCompilation(exitCode: Int, diagnostics: [SQLDiagnostic]) -> JSONValue {
    ["exit_code": .integer(exitCode), "messages": .array(diagnostics.map(message))]
  }

  private static func message(_ diagnostic: SQLDiagnostic) -> JSONValue {
    [
      "start_line_number": .integer(diagnostic.range.startLine),
      "start_column": .integer(diagnostic.range.startColumn),
      "end_line_number": .integer(diagnostic.range.endLine),
      "end_column": .integer(diagnostic.range.endColumn),
      "warning": .bool(diagnostic.isWarning), "error_type": .string(diagnostic.errorType),
      "message": .string(diagnostic.message), "snippet": .string(diagnostic.snippet),
    ]
  }
}
