import ConnectorKit
import NIOHTTP1

/// The head of a call, from what may come from users: nothing of it can end a line.
enum RequestHead {
  private static let ownNames: Set<String> = ["host", "content-length", "transfer-encoding", "connection"]

  static func make(
    _ request: OutboundRequest, _ target: OutboundTarget
  ) throws(OutboundTarget.Fault) -> HTTPRequestHead {
    guard isToken(request.method) else { throw OutboundTarget.Fault(message: "the method is not valid") }
    guard request.timeoutSeconds > 0 else { throw OutboundTarget.Fault(message: "the time-out must be positive") }
    var headers = HTTPHeaders()
    headers.reserveCapacity(request.headers.count + 3)
    headers.add(name: "host", value: target.authority)
    var hasAgent = false
    for (name, value) in request.headers {
      guard isToken(name) else { throw OutboundTarget.Fault(message: "the name of a header field is not valid") }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw OutboundTarget.Fault(message: "the value of the header field '\(name)' is not valid")
      }
      let lowered = name.lowercased()
      if ownNames.contains(lowered) { continue }
      if lowered == "user-agent" { hasAgent = true }
      headers.add(name: name, value: value)
    }
    if !hasAgent { headers.add(name: "user-agent", value: "tidemark") }
    let method = HTTPMethod(rawValue: request.method)
    if !request.body.isEmpty || ![.GET, .HEAD, .DELETE].contains(method) {
      headers.add(name: "content-length", value: String(request.body.count))
    }
    return HTTPRequestHead(version: .http1_1, method: method, uri: target.path, headers: headers)
  }

  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) && byte < 0x7B
          || "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
  }
}
