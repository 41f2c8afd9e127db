import Crypto
package import PipelineModel
import Platform

/// What is kept of an API key: everything but the key.
package struct APIKey: Hashable, Sendable {
  package let id: UniqueID
  package let project: UniqueID
  package let name: String
  /// The first characters of the key, by which its owner knows it again.
  package let prefix: String
  package let hash: KeyHash
  package let scopes: Scopes
  package let createdAt: WallTime
  package let expiresAt: WallTime?
  package var isRevoked = false
  package var lastUsedAt: WallTime?

  package static let nameLengthMax = 100

  package func isExpired(at now: WallTime) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

/// A key as its maker gets it, once.
package struct NewAPIKey: Sendable {
  package let key: APIKey
  package let text: Secret
}

/// The form of all keys: `convoy_sk_` and 32 letters and digits.
package enum APIKeyText {
  package static let head = "convoy_sk_"
  package static let length = 42
  package static let prefixLength = 12
  private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// 190 random bits.
  static func make(_ random: any RandomSource) -> String {
    let tail = (0..<length - head.utf8.count).map { _ in digits[Int(random.next(below: UInt64(digits.count)))] }
    return head + String(decoding: tail, as: UTF8.self)
  }

  package static func isWellFormed(_ text: String) -> Bool {
    guard text.utf8.count == length, text.hasPrefix(head) else { return false }
    return text.utf8.dropFirst(head.utf8.count).allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
  }
}

/// SHA-256 of a key: what is stored and looked up.
package struct KeyHash: Hashable, Sendable {
  let words: (UInt64, UInt64, UInt64, UInt64)

  package init(of text: String) {
    var hasher = SHA256()
    hasher.update(data: Array(text.utf8))
    self.init(digest: hasher.finalize())
  }

  /// Nil unless there are 32 bytes.
  init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.init(digest: bytes)
  }

  private init(digest: some Sequence<UInt8>) {
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in digest.enumerated().prefix(32) { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
    self.words = (words[0], words[1], words[2], words[3])
  }

  var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }
  }

  /// Finds the few candidates; what counts is `==`.
  var bucket: UInt64 { words.0 }

  /// In a time that does not tell where the difference lies.
  package static func == (left: KeyHash, right: KeyHash) -> Bool {
    let difference =
      (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
      | (left.words.3 ^ right.words.3)
    return difference == 0
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
