/// Body of every answer that is not 2xx.
package struct ErrorBody: Sendable, Hashable {
  package var message: String
  package var errorCode: String
  package var details: JSONValue
  /// Token over the accepted records of a partly bad body; absent elsewhere.
  package var token: String?

  package init(message: String, errorCode: String, details: JSONValue = .emptyObject, token: String? = nil) {
    self.message = message
    self.errorCode = errorCode
    self.details = details
    self.token = token
  }

  /// Nil unless the value has the three members with their types.
  package init?(json: JSONValue) {
    guard let message = json["message"]?.stringValue, let code = json["error_code"]?.stringValue,
      let details = json["details"]
    else { return nil }
    self.init(message: message, errorCode: code, details: details, token: json["token"]?.stringValue)
  }

  package var json: JSONValue {
    var members = [
      JSONMember("message", .string(message)), JSONMember("error_code", .string(errorCode)),
      JSONMember("details", details),
    ]
    if let token { members.append(JSONMember("token", .string(token))) }
    return .object(members)
  }
}
