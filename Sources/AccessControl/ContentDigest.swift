import Crypto

/// Fingerprints of contents.
package enum ContentDigest {
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
