// Goal: the bans and sizes of the style guide. Method: plain text rules over every file, comments and strings left out.
import Testing

@Suite("Habits: bans and sizes")
struct HabitTests {
  static let sources = SourceTree.swiftFiles(in: "Sources")

  static func isKernel(_ file: SourceFile) -> Bool {
    ["Platform", "RocksStorage"].contains(file.target)
      || (["DataModel", "Formats", "Dataflow"].contains(file.target) && file.path.contains("/Kernels/"))
  }

  static func uses(_ line: String, _ word: String) -> Bool {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0 == word }
  }

  @Test("no forced try, forced cast or fatalError in Sources", arguments: ["try!", "as! ", "fatalError("])
  func banned(_ text: String) {
    for file in Self.sources {
      for (index, line) in file.code.enumerated() {
        #expect(!line.contains(text), "\(file.path):\(index + 1) has \(text)")
      }
    }
  }

  @Test("unsafe code lives in its rooms")
  func unsafeRooms() {
    for file in Self.sources where !Self.isKernel(file) {
      for (index, line) in file.code.enumerated() {
        #expect(!Self.uses(line, "unsafe"), "\(file.path):\(index + 1) uses unsafe")
      }
    }
  }

  @Test("@unchecked Sendable only in Platform and RocksStorage, each with a reason")
  func uncheckedSendable() {
    for file in Self.sources {
      for (index, line) in file.code.enumerated() where line.contains("@unchecked Sendable") {
        #expect(["Platform", "RocksStorage"].contains(file.target), "\(file.path):\(index + 1)")
        let before = file.lines[max(0, index - 12)..<index].joined(separator: "\n")
        #expect(
          before.contains("Sendable") || before.contains("//"), "\(file.path):\(index + 1) gives no reason")
      }
    }
  }

  @Test("nothing in Sources is for tests, and nothing is public")
  func noTestHooks() {
    for file in Self.sources {
      #expect(!file.path.contains("ForTesting"), "\(file.path)")
      for (index, line) in file.code.enumerated() {
        #expect(!line.contains("#if DEBUG"), "\(file.path):\(index + 1)")
        #expect(!Self.uses(line, "public"), "\(file.path):\(index + 1) is public")
        #expect(!Self.uses(line, "Dispatch") && !line.contains("DispatchQueue"), "\(file.path):\(index + 1)")
        #expect(!line.contains("Task.detached"), "\(file.path):\(index + 1)")
      }
    }
  }

  @Test("files are at most 700 lines, tests at most 1000, PipelineRuntime at most 400")
  func fileSizes() {
    for file in Self.sources {
      #expect(file.lines.count <= 700, "\(file.path) has \(file.lines.count) lines")
      if file.target == "PipelineRuntime" { #expect(file.lines.count <= 400, "\(file.path)") }
    }
    for file in SourceTree.swiftFiles(in: "Tests") {
      #expect(file.lines.count <= 1000, "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test("lines are at most 120 columns")
  func lineLengths() {
    for file in Self.sources {
      for (index, line) in file.lines.enumerated() {
        #expect(line.count <= 120, "\(file.path):\(index + 1) has \(line.count) columns")
      }
    }
  }

  @Test("functions are at most 70 lines")
  func functionLengths() {
    for file in Self.sources {
      var open: (indent: Int, line: Int)?
      for (index, line) in file.code.enumerated() {
        let indent = line.prefix { $0 == " " }.count
        let words = line.split(separator: " ")
        if words.contains("func") || line.trimmingPrefix(while: \.isWhitespace).hasPrefix("init(") {
          // A declaration without a body (in a protocol) ends where the next one begins.
          if open.map({ indent <= $0.indent }) ?? true { open = (indent, index) }
        }
        guard let function = open, index > function.line, indent == function.indent,
          line.dropFirst(indent).hasPrefix("}")
        else { continue }
        let length = index - function.line + 1
        #expect(length <= 70, "\(file.path):\(function.line + 1) is a function of \(length) lines")
        open = nil
      }
    }
  }

  @Test("every room documents itself")
  func roomsHaveDocumentation() {
    for room in Set(Self.sources.map(\.target)) where room != "tidemark" {
      let page = SourceTree.text("Sources/\(room)/\(room).docc/\(room).md")
      #expect(page.hasPrefix("# ``\(room)``"), "\(room) has no DocC page")
    }
  }

  @Test("the median source file has at most 130 lines")
  func medianSize() {
    let counts = Self.sources.map(\.lines.count).sorted()
    #expect(counts[counts.count / 2] <= 130)
  }
}
