import HTTPTypes
import Hummingbird
import HummingbirdCore
package import WireTypes
package import Workflows

/// A good answer of the batch dialect, with what it says about its age.
package struct BatchEnvelope: Sendable {
  /// What has ended stays as it is.
  static let endedSeconds = 31_536_000

  let message: String
  let data: JSONValue
  var status = 200
  /// Nil for what cannot be kept.
  package var isEnded: Bool?
  var tag: String?
  var isReplayed: Bool?

  package init(_ message: String, _ data: JSONValue) {
    self.message = message
    self.data = data
  }

  /// Live answers are computed from the ledger: nothing of them is cached.
  package func body(requestID: String) -> JSONValue {
    let seconds = isEnded == true ? BatchEnvelope.endedSeconds : 0
    return [
      "success": true, "message": .string(message), "data": data,
      "metadata": [
        "request_id": .string(requestID), "api_version": "1.0.0", "cache_ttl": .integer(seconds),
        "cache_remaining": .integer(seconds),
      ],
    ]
  }

  func response(requestID: String, ifNoneMatch: String?) -> Response {
    var headers = HTTPFields()
    if let isEnded {
      headers[.cacheControl] =
        isEnded ? "private, max-age=\(BatchEnvelope.endedSeconds), immutable" : "private, no-cache"
    }
    if let tag { headers[.eTag] = "W/\"\(tag)\"" }
    if let isReplayed, let name = HTTPField.Name("Idempotency-Replayed") {
      headers[name] = isReplayed ? "true" : "false"
    }
    if let tag, let ifNoneMatch, BatchEnvelope.matches(ifNoneMatch, tag) {
      return Response(status: .notModified, headers: headers)
    }
    var response = Answer.json(body(requestID: requestID), status: .init(code: status))
    response.headers.append(contentsOf: headers)
    return response
  }

  /// Weak comparison with a list of validators, or `*`.
  package static func matches(_ list: String, _ tag: String) -> Bool {
    list.split(separator: ",").contains { entry in
      let text = entry.filter { $0 != " " && $0 != "\t" }
      return text == "*" || text == "\"\(tag)\"" || text == "W/\"\(tag)\""
    }
  }

  /// Changes with every change of the group or one of its items, and with what of it is shown.
  package static func tag(_ group: WorkGroup, _ view: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(group.id)|\(view)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return "\(group.events.count)-\(group.progress.total)-\(group.progress.events)-\(String(hash, radix: 16))"
  }
}
