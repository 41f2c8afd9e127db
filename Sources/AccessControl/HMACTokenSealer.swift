import Crypto
package import PipelineModel

/// Seals tokens with HMAC-SHA256 cut to 16 bytes: base64url without padding of the token's bytes and the
/// code.
///
/// Every token has one text only: trailing bits of the base64 form that are not zero are refused. Thread-
/// safe.
package struct HMACTokenSealer: TokenSealer {
  private static let codeLength = 16

  /// Has taken the key; each code starts from a copy, since keying costs as much as a code.
  private let keyed: HMAC<SHA256>

  package init(key: SigningKey) { keyed = HMAC(key: SymmetricKey(data: key.bytes)) }

  package func seal(_ token: CompletionToken) -> String {
    let bytes = token.encoded
    return Base64URL.encode(bytes + code(of: bytes))
  }

  package func open(_ text: String) -> CompletionToken? {
    // The length is checked before decoding, so that a huge text costs nothing.
    let lengths = [CompletionToken.encodedLength, CompletionToken.encodedLength1]
    guard
      let length = lengths.first(where: {
        text.utf8.count == Base64URL.encodedLength($0 + HMACTokenSealer.codeLength)
      }), let bytes = Base64URL.decode(text), bytes.count == length + HMACTokenSealer.codeLength
    else { return nil }
    let claim = Array(bytes.prefix(length))
    guard HMACTokenSealer.equal(code(of: claim), Array(bytes.suffix(HMACTokenSealer.codeLength))) else {
      return nil
    }
    return CompletionToken(encoded: claim)
  }

  private func code(of bytes: [UInt8]) -> [UInt8] {
    var code = keyed
    code.update(data: bytes)
    return Array(code.finalize().prefix(HMACTokenSealer.codeLength))
  }

  /// Compares in a time that does not tell where the difference lies.
  private static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
  }
}
