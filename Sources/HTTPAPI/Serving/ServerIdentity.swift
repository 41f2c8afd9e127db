import NIOSSL

/// The certificate of the server and its key.
package struct ServerIdentity: Sendable {
  let configuration: TLSConfiguration

  package struct Fault: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// Reads both PEM files: a chain that begins with the server's own certificate, and a key without a passphrase.
  /// Throws when one is missing or no such file, and when they do not belong together.
  package init(certificateFile: String, keyFile: String) throws(Fault) {
    let chain: [NIOSSLCertificate]
    do { chain = try NIOSSLCertificate.fromPEMFile(certificateFile) } catch {
      throw Fault(description: "tls: the certificate file '\(certificateFile)' cannot be read: \(Self.text(error))")
    }
    guard !chain.isEmpty else {
      throw Fault(description: "tls: the certificate file '\(certificateFile)' holds no certificate")
    }
    let key: NIOSSLPrivateKey
    do { key = try NIOSSLPrivateKey(file: keyFile, format: .pem) } catch {
      throw Fault(description: "tls: the key file '\(keyFile)' cannot be read: \(Self.text(error))")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    do { _ = try NIOSSLContext(configuration: configuration) } catch {
      throw Fault(
        description: "tls: the key in '\(keyFile)' does not belong to the certificate in '\(certificateFile)': "
          + Self.text(error))
    }
    self.configuration = configuration
  }

  private static func text(_ error: any Error) -> String { String("\(error)".prefix(200)) }
}
