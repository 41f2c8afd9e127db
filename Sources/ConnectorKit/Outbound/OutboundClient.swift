/// Calls other servers over HTTP; the program brings the one that there is.
package protocol OutboundClient: Sendable {
  /// One exchange, never longer than the request's time; redirects are not followed. A cancelled task ends it early.
  /// Bodies, fields and URLs are never logged and in no message of an answer.
  func send(_ request: OutboundRequest) async -> OutboundAnswer
}

package struct OutboundRequest: Sendable {
  /// In capitals.
  package var method: String
  package var url: String
  /// `host`, `content-length`, `transfer-encoding` and `connection` are the client's own: such fields are left out.
  package var headers: [(String, String)]
  package var body: [UInt8]
  /// For all of it: the name, a connection, the request, the whole answer.
  package var timeoutSeconds: Double
  /// What the answer's body has beyond it is cut off, and the connection with it.
  package var answerBytesMax: Int

  package init(
    method: String = "POST", url: String, headers: [(String, String)] = [], body: [UInt8] = [],
    timeoutSeconds: Double = 15
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutSeconds = timeoutSeconds
    answerBytesMax = OutboundRequest.answerBytesStandard
  }

  package static let answerBytesStandard = 1 << 20
}

/// What became of a call.
package enum OutboundAnswer: Sendable {
  /// Whatever the status. `isCut`: there was more of the body than `answerBytesMax`.
  case answered(status: Int, headers: [(String, String)], body: [UInt8], isCut: Bool)
  /// No whole answer: no address, no connection, no trust, broken off, or the time was up. May get better by itself.
  case failed(String)
  /// Not sent, and never will be: the request is wrong, or its target not allowed.
  case refused(String)
}

extension OutboundAnswer {
  /// Nil without an answer.
  package var status: Int? {
    if case .answered(let status, _, _, _) = self { status } else { nil }
  }

  /// The first field of this name, in any case of letters.
  package func header(_ name: String) -> String? {
    guard case .answered(_, let headers, _, _) = self else { return nil }
    let name = name.lowercased()
    return headers.first { $0.0.lowercased() == name }?.1
  }
}
