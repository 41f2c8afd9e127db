import PipelineModel
import WireTypes

/// What the records of a batch job and the events of its cargo say.
enum CargoBatch {
  static func configuration(model: String, provider: String?) -> String {
    JSONValue.make([
      "name": .string("cargo of \(model)"), "kind": "cargo", "model": .string(model), "provider": .text(provider),
    ]).encoded
  }

  static func model(_ group: WorkGroup) -> String {
    (try? JSONValue(parsing: group.configuration))?["model"]?.stringValue ?? ""
  }

  /// Of the first event of a cargo.
  static func assigned(token: String?) -> String {
    token.map { JSONValue.make(["token": .string($0)]).encoded } ?? ""
  }

  static func running(token: String?) -> String {
    JSONValue.make(["tries": 0, "token": .text(token)]).encoded
  }

  static func failedTry(_ tries: Int, message: String, code: String, nextAt: WallTime) -> String {
    JSONValue.make([
      "tries": .integer(tries), "error": ["message": .string(message), "code": .string(code)],
      "next_at": .string(nextAt.rfc3339), "next_at_us": .integer(nextAt.microseconds),
    ]).encoded
  }

  /// Calls that failed, and when the next one is due.
  static func tries(_ group: WorkGroup) -> (Int, WallTime?) {
    guard let last = group.detail(of: .running), let json = try? JSONValue(parsing: last),
      let tries = json["tries"]?.integerValue, tries > 0, tries < 1_000_000
    else { return (0, nil) }
    return (Int(tries), json["next_at_us"]?.integerValue.map { WallTime(microseconds: $0) })
  }

  static func error(message: String, code: String) -> String {
    #"{"error":\#(errorObject(message: message, code: code))}"#
  }

  /// Of the event that completes a cargo.
  static func outcome(_ result: CallOutResult?) -> String {
    switch result {
    case .output(let text): #"{"success":true,"response":\#(text)}"#
    case .error(let message, let code):
      #"{"success":false,"error":\#(errorObject(message: message, code: code))}"#
    case nil:
      #"{"success":false,"error":\#(errorObject(message: "the provider gave no answer", code: "no_answer"))}"#
    }
  }

  private static func errorObject(message: String, code: String) -> String {
    JSONValue.make(["message": .string(message), "code": .string(code)]).encoded
  }
}
