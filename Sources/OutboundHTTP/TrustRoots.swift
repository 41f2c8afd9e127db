import NIOSSL
import Synchronization

/// The certificates that servers must show descent from: the system's, and those of one more file. Thread-safe.
final class TrustRoots: Sendable {
  private let added: [NIOSSLCertificate]
  private let loaded = Mutex<NIOSSLContext?>(nil)

  /// Reads the file; the system's are read when they are needed first.
  init(file: String?) throws {
    added = try file.map { try NIOSSLCertificate.fromPEMFile($0) } ?? []
  }

  /// TLS 1.2 and later, names verified. May block at its first call.
  func context() throws -> NIOSSLContext {
    try loaded.withLock { loaded in
      if let loaded { return loaded }
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.minimumTLSVersion = .tlsv12
      configuration.applicationProtocols = ["http/1.1"]
      configuration.additionalTrustRoots = added.isEmpty ? [] : [.certificates(added)]
      let context = try NIOSSLContext(configuration: configuration)
      loaded = context
      return context
    }
  }
}
