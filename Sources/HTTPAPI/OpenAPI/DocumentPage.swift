import HTTPTypes
import WireTypes

/// The operations as a page for people: no scripts, nothing from elsewhere.
enum DocumentPage {
  static func html(_ dialects: [APIDialect]) -> String {
    let contents = dialects.map { dialect in
      "<p><b>\(escaped(dialect.title))</b>: "
        + dialect.chapters.map { "<a href=\"#\(anchor($0))\">\(escaped($0.tag))</a>" }.joined(
          separator: " · ")
        + "</p>\n"
    }
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>Tidemark API</title><style>\(style)</style></head><body>
      <h1>Tidemark API</h1>
      <p>As a document: <a href="/openapi.json">OpenAPI 3.1</a>.</p>
      \(contents.joined())\(dialects.map(section).joined())</body></html>

      """
  }

  private static let style = """
    body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1a2b36}\
    code{font-size:13px}h2{margin-top:2em;border-bottom:1px solid #ccd}summary{cursor:pointer}\
    summary b{display:inline-block;width:4.5em;color:#06707f}table{border-collapse:collapse;margin:.5em 0 1em 4.5em}\
    td{padding:.1em .8em .1em 0;vertical-align:top}.about{margin:.3em 0 .3em 4.5em}
    """

  private static func section(_ dialect: APIDialect) -> String {
    "<h1>\(escaped(dialect.title))</h1>\n<p>\(escaped(dialect.about))</p>\n"
      + dialect.chapters.map { chapter in
        "<h2 id=\"\(anchor(chapter))\">\(escaped(chapter.tag))</h2>\n<p>\(escaped(chapter.about))</p>\n"
          + chapter.operations.map { operation($0, dialect) }.joined()
      }.joined()
  }

  private static func operation(_ operation: APIOperation, _ dialect: APIDialect) -> String {
    var text =
      "<details><summary><b>\(operation.method.rawValue)</b> <code>\(escaped(operation.pattern))</code> "
    text += "\(escaped(operation.summary))</summary>\n"
    if !operation.details.isEmpty { text += "<p class=\"about\">\(escaped(operation.details))</p>\n" }
    var rows = OpenAPIDocument.parameters(of: operation, dialect).map { parameter in
      [
        parameter.name, parameter.place.rawValue + (parameter.isRequired ? ", required" : ""),
        values(parameter.schema), parameter.meaning,
      ]
    }
    for content in operation.body?.contents ?? [] {
      rows.append(["body", content.type, values(content.schema), ""])
    }
    for answer in OpenAPIDocument.answers(of: operation, dialect) {
      let schema = answer.contents.first.map { values($0.schema) } ?? ""
      rows.append([
        String(answer.status), answer.contents.map(\.type).joined(separator: ", "), schema, answer.meaning,
      ])
    }
    return text + "<table>\(rows.map(row).joined())</table></details>\n"
  }

  private static func row(_ cells: [String]) -> String {
    let first = cells.prefix(1).map { "<td><code>\(escaped($0))</code></td>" }
    let rest = cells.dropFirst().map { "<td>\(escaped($0))</td>" }
    return "<tr>\((first + rest).joined())</tr>\n"
  }

  /// A schema in few words: the name of a component, the values, or the type.
  private static func values(_ schema: JSONSchema) -> String {
    let json = schema.json
    if let name = (json["$ref"] ?? json["allOf"]?.elements?.first?["$ref"])?.stringValue {
      return String(name.split(separator: "/").last ?? "")
    }
    if let values = json["enum"]?.elements {
      return values.compactMap(\.stringValue).joined(separator: " | ")
    }
    if let types = json["type"]?.elements { return types.compactMap(\.stringValue).joined(separator: " | ") }
    return json["format"]?.stringValue ?? json["type"]?.stringValue ?? ""
  }

  private static func anchor(_ chapter: APIChapter) -> String {
    String(chapter.tag.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { out, character in
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default: out.append(character)
      }
    }
  }
}
