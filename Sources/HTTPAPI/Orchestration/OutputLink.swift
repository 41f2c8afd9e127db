import AccessControl
import PipelineModel
import WireTypes
import Workflows

/// A link to the outputs of a node that works without a key, for some minutes: whom it is told may read them.
struct OutputLink {
  let project: String
  /// `{"outputNodeSlug", "format", "isLatest", "filter"}`.
  let order: JSONValue

  static let secondsMax: Int64 = 900
  static let path = "/v1/orchestration/runs/outputs"

  init(project: String, order: JSONValue) {
    self.project = project
    self.order = order
  }

  /// Of a request that follows one. Errors: it was not made by this server, or its time is over.
  init(_ query: QueryParameters, _ keys: WorkKeys?, now: WallTime) throws(OrchestrationFailure) {
    guard let keys, let project = query["project"], let text = query["order"],
      let expires = query["expires"].flatMap({ Int64($0) }), let code = query["signature"],
      keys.isCode(code, of: OutputLink.signed(project, text, expires)),
      let order = try? JSONValue(parsing: Array(text.utf8))
    else { throw OrchestrationFailure(400, "invalidLink", "the link was not made by this server, or was changed") }
    guard now.microseconds / 1_000_000 < expires else {
      throw OrchestrationFailure(410, "linkExpired", "the time of the link is over: ask for another")
    }
    self.init(project: project, order: order)
  }

  /// From the root of the server.
  func url(_ keys: WorkKeys, now: WallTime) -> String {
    let expires = now.microseconds / 1_000_000 + OutputLink.secondsMax
    let text = order.encoded
    let code = keys.code(of: OutputLink.signed(project, text, expires))
    return "\(OutputLink.path)?project=\(OutputLink.escaped(project))&order=\(OutputLink.escaped(text))"
      + "&expires=\(expires)&signature=\(code)"
  }

  private static func signed(_ project: String, _ order: String, _ expires: Int64) -> String {
    "outputs\n\(expires)\n\(project)\n\(order)"
  }

  private static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
