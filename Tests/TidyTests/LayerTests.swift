// Goal: the layers of the design hold. Method: every import of every file is compared with the room's line in
// Package.swift, because the compiler lets undeclared imports of siblings pass.
import Testing

@Suite("Layers: a room imports only what its line in Package.swift lists")
struct LayerTests {
  static let everywhere: Set<String> = ["Synchronization", "Swift"]
  static let testsOnly: Set<String> = ["Testing", "Foundation", "Glibc"]
  /// Rooms that may use Foundation: layers 4 to 6, and where a library's API needs it.
  static let foundationRooms: Set<String> = [
    "PipelineRuntime", "WireTypes", "HTTPAPI", "tidemark", "AccessControl", "Connectors",
  ]
  /// The rooms that talk to the operating system.
  static let systemRooms: Set<String> = ["Platform", "RocksStorage"]

  @Test("every import of Sources is declared")
  func sourcesImportOnlyDeclared() {
    for file in SourceTree.swiftFiles(in: "Sources") {
      let declared = SourceTree.declaredImports[file.target] ?? []
      for module in file.imports where !Self.everywhere.contains(module) {
        if module == "Foundation" {
          #expect(Self.foundationRooms.contains(file.target), "\(file.path) imports Foundation")
        } else if module == "Glibc" {
          #expect(Self.systemRooms.contains(file.target), "\(file.path) imports Glibc")
        } else {
          #expect(declared.contains(module), "\(file.path) imports \(module)")
        }
      }
    }
  }

  @Test("every import of Tests and bench is declared")
  func testsImportOnlyDeclared() {
    for file in SourceTree.swiftFiles(in: "Tests") + SourceTree.swiftFiles(in: "bench") {
      let declared = SourceTree.declaredImports[file.target] ?? []
      for module in file.imports where !Self.everywhere.union(Self.testsOnly).contains(module) {
        #expect(declared.contains(module), "\(file.path) imports \(module)")
      }
    }
  }

  @Test("no stage imports a stage")
  func stagesAreApart() {
    let stages: Set<String> = ["Ingress", "StepEngine", "Outputs", "Completion", "Connectors"]
    for stage in stages {
      let imports = SourceTree.declaredImports[stage] ?? []
      #expect(!imports.isEmpty, "\(stage) has no line in Package.swift")
      #expect(imports.isDisjoint(with: stages), "\(stage) imports \(imports.intersection(stages))")
    }
  }

  @Test("C modules stay in their rooms")
  func cModulesStayInside() {
    let owners: [String: Set<String>] = [
      "CRocksDB": ["RocksStorage"], "CRocksLogger": ["RocksStorage"], "CLZ4": ["Platform"],
      "CCompression": ["Platform"],
      // Prefetches of hash look-ups are inlined.
      "CKernels": ["Platform", "Dataflow", "Formats"],
    ]
    for (room, imports) in SourceTree.declaredImports {
      for (module, owner) in owners where imports.contains(module) { #expect(owner.contains(room)) }
    }
    let rocksUsers = SourceTree.declaredImports.filter { $0.value.contains("RocksStorage") }.keys
      .filter { !$0.hasSuffix("Tests") && $0 != "CompletionBench" }
    #expect(Array(rocksUsers) == ["tidemark"])
  }

  @Test("HTTPAPI sees only the handle of a pipeline")
  func facesSeeTheHandleOnly() {
    let imports = SourceTree.declaredImports["HTTPAPI"] ?? []
    #expect(
      imports.isDisjoint(with: ["InputLog", "StepEngine", "Dataflow", "StorageAPI", "Outputs", "Ingress"]))
  }

  @Test("the README's map names every room")
  func readmeNamesRooms() {
    let readme = SourceTree.text("README.md")
    for room in Set(SourceTree.swiftFiles(in: "Sources").map(\.target)) {
      #expect(readme.contains("`\(room)`"), "README.md does not name \(room)")
    }
  }
}
