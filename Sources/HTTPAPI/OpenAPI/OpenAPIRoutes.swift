import Hummingbird
import HummingbirdCore
import WireTypes

/// The documents of the API, made once.
enum OpenAPIRoutes {
  /// All dialects in one.
  static let whole: Route.Handler = { _ in Answer.bytes(everything, type: "application/json", status: .ok) }

  /// The documents need the table of routes, so they are made when they are asked for.
  static func one(_ dialect: APIDialect) -> Route.Handler {
    let name = dialect.name
    return { _ in Answer.bytes(documents[name] ?? [], type: "application/json", status: .ok) }
  }

  private static let documents = Dictionary(
    uniqueKeysWithValues: APIDialect.all.map { ($0.name, OpenAPIDocument.make($0).encodedBytes) })

  static let page: Route.Handler = { _ in Answer.bytes(html, type: "text/html; charset=utf-8", status: .ok) }

  private static let everything = OpenAPIDocument.make(
    title: "Tidemark", version: "1",
    about: "A streaming SQL pipeline server: one log, one ledger, all dialects.",
    of: APIDialect.all
  ).encodedBytes

  private static let html = Array(DocumentPage.html(APIDialect.all).utf8)
}
