import HTTPTypes

/// The key that a request presents.
enum Credentials {
  private static let apiKeyField = HTTPField.Name("x-api-key")
  private static let adminKeyField = HTTPField.Name("x-admin-key")

  /// `X-API-Key` before `Authorization: Bearer`; another scheme counts as a key that is not well formed.
  static func key(_ headers: HTTPFields) -> String? {
    if let name = apiKeyField, let key = headers[name], !key.isEmpty { return key }
    return headers[.authorization].map(bearer)
  }

  static func adminKey(_ headers: HTTPFields) -> String? { adminKeyField.flatMap { headers[$0] } }

  static func bearer(_ value: String) -> String {
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return value.isEmpty ? "" : "?" }
    return parts[1].trimmingPrefix { $0 == " " }.description
  }
}
