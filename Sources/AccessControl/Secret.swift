import Foundation

/// Bytes that must not be told: whatever prints, logs or mirrors the value shows nothing of them.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// For signing, hashing, and for the one answer that shows the secret to its owner.
  package let revealed: [UInt8]

  package init(_ bytes: [UInt8]) { revealed = bytes }
  package init(_ text: String) { revealed = Array(text.utf8) }

  package var revealedText: String { String(decoding: revealed, as: UTF8.self) }

  /// The text form of a webhook secret: `whsec_` and base64.
  package var revealedWebhookText: String { "whsec_" + Data(revealed).base64EncodedString() }

  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// Compares in a time that does not tell where the difference lies.
  package static func == (left: Secret, right: Secret) -> Bool {
    ConstantTime.equal(left.revealed, right.revealed)
  }
}

enum ConstantTime {
  /// The lengths are no secret.
  static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
  }
}
