import NIOCore
import NIOPosix
import NIOSSL

/// Errors of connections in few words that hold nothing of a request.
enum FailureText {
  static func of(_ error: any Error) -> String {
    switch error {
    case let error as NIOSSLError: "TLS failed: \(tls(error))"
    case is NIOSSLExtraError: "TLS failed: the certificate is not for this host"
    case let error as IOError: "the connection failed: \(error.localizedText)"
    case ChannelError.connectTimeout: "the connection was not accepted in time"
    default: "the connection failed: \(String("\(error)".prefix(200)))"
    }
  }

  static func isOfTLS(_ error: any Error) -> Bool { error is NIOSSLError || error is NIOSSLExtraError }

  private static func tls(_ error: NIOSSLError) -> String {
    let text = "\(error)"
    if text.contains("CERTIFICATE_VERIFY_FAILED") { return "the certificate is not trusted" }
    if text.contains("WRONG_VERSION_NUMBER") { return "the server does not speak TLS" }
    return String(text.prefix(200))
  }
}

extension IOError {
  fileprivate var localizedText: String { String(description.prefix(200)) }
}
