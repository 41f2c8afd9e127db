package import SQLFrontend
import SQLLowering

/// Whether stored state fits a program.
package enum ProgramFingerprint {
  /// Stable over processes: equal exactly for programs with the same tables, views and plans.
  package static func of(_ program: Program) -> [UInt8] { PlanFingerprint.of(program) }
}
