// Reads the package as text: the tidy tests look at sources, not at what the compiler made of them.
import Foundation

/// One Swift file of the package.
struct SourceFile: Sendable {
  /// Relative to the package root: `Sources/InputLog/LogReader.swift`.
  let path: String
  let lines: [String]

  /// The room or test target that the file belongs to.
  var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// Lines without what follows `//`, string literals blanked.
  var code: [String] {
    lines.map { line in
      var out = ""
      var inString = false
      var previous: Character = " "
      for character in line {
        if character == "\"", previous != "\\" { inString.toggle() }
        if !inString, character == "/", previous == "/" {
          out.removeLast()
          break
        }
        out.append(inString && character != "\"" ? " " : character)
        previous = previous == "\\" && character == "\\" ? " " : character
      }
      return out
    }
  }

  /// Modules that the file imports.
  var imports: [String] {
    code.compactMap { line in
      var words = line.split(separator: " ").map(String.init)
      while let first = words.first,
        ["package", "public", "internal", "private", "fileprivate"].contains(first)
      {
        words.removeFirst()
      }
      if let first = words.first, first.hasPrefix("@") { words.removeFirst() }
      guard words.first == "import", words.count >= 2 else { return nil }
      let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
      return module.split(separator: ".").first.map(String.init)
    }
  }
}

enum SourceTree {
  /// The package root, three levels above this file.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func swiftFiles(in folder: String) -> [SourceFile] {
    let base = root.appending(path: folder)
    guard let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else {
      return []
    }
    return walk.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.compactMap { url in
      guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
      let relative = folder + url.path.dropFirst(base.path.count)
      return SourceFile(path: relative, lines: text.components(separatedBy: "\n"))
    }.sorted { $0.path < $1.path }
  }

  static func text(_ path: String) -> String {
    (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
  }

  /// Room name → modules that its line in Package.swift names.
  static let declaredImports: [String: Set<String>] = {
    let manifest = text("Package.swift")
    var rooms: [String: Set<String>] = [:]
    let pattern = #/(?s)(?:room|tests|tool)\(\s*"(\w+)",\s*imports: \[(.*?)\]/#
    for match in manifest.matches(of: pattern) {
      rooms[String(match.1)] = names(String(match.2))
    }
    let programs = #/(?s)name: "(tidemark|TestSupport|CircuitDriver)",\s*dependencies: dependencies\(\[(.*?)\]\)/#
    for match in manifest.matches(of: programs) { rooms[String(match.1)] = names(String(match.2)) }
    return rooms
  }()

  private static func names(_ list: String) -> Set<String> {
    Set(list.matches(of: #/"(\w+)"/#).map { String($0.1) })
  }
}
