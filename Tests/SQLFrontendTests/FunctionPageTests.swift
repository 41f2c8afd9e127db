import DataModel
import Foundation
import SQLFrontend
import Testing

// Goal: the page of functions lists what the binder knows, no more and no less, and the catalog names nothing that the
// binder then does not know. Method: names in the bullets of the page against the catalog; a call of each name.

@Suite("Page of functions")
struct FunctionPageTests {
  /// Names in backticks before the colon of each bullet, which may go on over lines.
  private func listed() throws -> [String] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appendingPathComponent("Sources/SQLFrontend/SQLFrontend.docc/Functions.md"),
      encoding: .utf8)
    return page.components(separatedBy: "\n- ").dropFirst().flatMap { bullet -> [String] in
      let head = bullet.components(separatedBy: "`: ").first ?? ""
      return head.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map { part in
        String(part.element.prefix { $0 != "(" })
      }
    }
  }

  @Test("the page and the catalog agree")
  func agree() throws {
    let names = try listed()
    #expect(Set(names).count == names.count, "a name stands twice")
    #expect(BuiltinFunctions.names.subtracting(names).sorted() == [], "not on the page")
    #expect(Set(names).subtracting(BuiltinFunctions.names).sorted() == [], "not in the catalog")
    #expect(names.count >= 220)
  }

  @Test("every name of the catalog is known to the binder")
  func bound() {
    for name in BuiltinFunctions.names.sorted() {
      guard case .failure(let errors) = SQLCompiler.query("select \(name)(null, null)", catalog: []) else {
        continue
      }
      let message = errors.diagnostics.first?.message ?? ""
      #expect(!message.contains("No match found"), "\(name): \(message)")
      #expect(!message.contains("not yet implemented"), "\(name): \(message)")
    }
  }
}
