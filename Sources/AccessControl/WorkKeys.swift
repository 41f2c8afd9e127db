import Crypto
import Foundation

/// Keys for what the work of the dialects keeps secret or gives away: webhook secrets at rest, and codes of links.
/// Made from the signing key of the data directory, so a backup of it holds them too. Thread-safe.
package struct WorkKeys: Sendable {
  private let sealing: SymmetricKey
  private let linking: SymmetricKey

  package init(key: SigningKey) {
    func derived(_ use: String) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: SymmetricKey(data: key.bytes), info: Array(use.utf8), outputByteCount: 32)
    }
    sealing = derived("tidemark work secrets")
    linking = derived("tidemark work links")
  }

  /// For the log: only `open` with the same key reads it. Each call gives another text.
  package func seal(_ secret: Secret) -> String? {
    guard let sealed = try? AES.GCM.seal(secret.revealed, using: sealing).combined else { return nil }
    return Base64URL.encode(Array(sealed))
  }

  package func open(_ text: String) -> Secret? {
    guard let bytes = Base64URL.decode(text), let box = try? AES.GCM.SealedBox(combined: bytes),
      let opened = try? AES.GCM.open(box, using: sealing)
    else { return nil }
    return Secret(Array(opened))
  }

  /// Proves that this server made a link.
  package func code(of link: String) -> String {
    Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(link.utf8), using: linking)))
  }

  /// In a time that does not tell where a wrong code differs.
  package func isCode(_ code: String, of link: String) -> Bool {
    guard let bytes = Base64URL.decode(code) else { return false }
    return HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: Array(link.utf8), using: linking)
  }
}

extension Secret {
  /// The bytes that a webhook secret stands for: base64 after `whsec_`, else the text itself.
  package var webhookBytes: [UInt8] {
    let text = revealedText
    guard text.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(text.dropFirst(6))) else {
      return revealed
    }
    return Array(bytes)
  }
}
