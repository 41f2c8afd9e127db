package import WireTypes

/// What a cargo was loaded with, as the record of its item keeps it:
/// `{"model", "callback_url", "request", "params"}`.
package struct CargoInput: Sendable, Equatable {
  package let model: String
  package let callbackURL: String
  /// Digest of the load request, in hexadecimal digits; tells a replay under one key from another request.
  package let request: String
  package let params: JSONValue

  package init(model: String, callbackURL: String, request: String, params: JSONValue) {
    self.model = model
    self.callbackURL = callbackURL
    self.request = request
    self.params = params
  }

  /// Nil for the input of another dialect.
  package init?(_ item: WorkItem) {
    guard item.dialect == .cargo,
      let json = try? JSONValue(parsing: Array(item.input.utf8), nestingMax: CargoInput.nestingMax),
      let model = json["model"]?.stringValue, let url = json["callback_url"]?.stringValue, let params = json["params"]
    else { return nil }
    self.init(model: model, callbackURL: url, request: json["request"]?.stringValue ?? "", params: params)
  }

  package var text: String {
    JSONValue.object([
      JSONMember("model", .string(model)), JSONMember("callback_url", .string(callbackURL)),
      JSONMember("request", .string(request)), JSONMember("params", params),
    ]).encoded
  }

  /// One more than requests may have.
  static let nestingMax = 70
}
