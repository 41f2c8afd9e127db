package import PipelineModel
import Platform
import StorageAPI

/// One call-back to make when tokens are complete: an outbox row.
///
/// Key `w` + id 16. Value: version u8 = 1, state u8, url, secret, created i64, not before i64, attempts u32, tokens
/// (count u32, texts), payload, kept attempts (count u32; at i64, status u32, error), CRC-32C u32.
package struct Webhook: Sendable, Equatable {
  package enum State: UInt8, Sendable {
    /// For its tokens.
    case waiting = 0
    /// For its next attempt.
    case pending = 1
    case delivered = 2
    case dead = 3
  }

  package struct Attempt: Sendable, Equatable {
    package let at: WallTime
    /// Of the answer; 0 without one.
    package let status: UInt32
    package let error: String
  }

  package let id: UniqueID
  package let url: String
  /// Signs the payload; never told after its creation.
  package let secret: [UInt8]
  package let tokens: [String]
  package let createdAt: WallTime
  package internal(set) var state = State.waiting
  /// What is sent; empty while waiting.
  package internal(set) var payload: [UInt8] = []
  /// No attempt before this moment.
  package internal(set) var notBefore: WallTime
  /// Attempts since the payload was made or a replay was asked for.
  package internal(set) var attemptCount: UInt32 = 0
  /// The newest ones.
  package internal(set) var attempts: [Attempt] = []

  package static let attemptsKept = 20
  private static let textBytesMax = 1 << 20

  package init(id: UniqueID, url: String, secret: [UInt8], tokens: [String], at now: WallTime) {
    self.id = id
    self.url = url
    self.secret = secret
    self.tokens = tokens
    createdAt = now
    notBefore = now
  }

  package var isOpen: Bool { state == .waiting || state == .pending }

  package var key: [UInt8] { KeySpace.webhook.key(id) }

  package var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(state.rawValue)
    writer.writeString(url)
    writer.writeLengthPrefixed(secret)
    writer.write(createdAt.microseconds)
    writer.write(notBefore.microseconds)
    writer.write(attemptCount)
    writer.write(UInt32(tokens.count))
    for token in tokens { writer.writeString(token) }
    writer.writeLengthPrefixed(payload)
    writer.write(UInt32(attempts.count))
    for attempt in attempts {
      writer.write(attempt.at.microseconds)
      writer.write(attempt.status)
      writer.writeString(attempt.error)
    }
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  /// Nil for a damaged row or one of another version.
  package init?(key: [UInt8], value: [UInt8]) {
    guard let id = UniqueID(bytes: key.dropFirst()) else { return nil }
    do throws(ByteReaderError) {
      var reader = ByteReader(value)
      guard try reader.readUInt8() == 1, let state = State(rawValue: try reader.readUInt8()) else { return nil }
      let url = try reader.readString(max: Webhook.textBytesMax)
      let secret = try reader.readLengthPrefixed(max: Webhook.textBytesMax)
      let created = WallTime(microseconds: try reader.readInt64())
      let notBefore = WallTime(microseconds: try reader.readInt64())
      let attemptCount = try reader.readUInt32()
      var tokens: [String] = []
      for _ in 0..<(try reader.readUInt32()) { tokens.append(try reader.readString(max: Webhook.textBytesMax)) }
      let payload = try reader.readLengthPrefixed(max: 64 << 20)
      var attempts: [Attempt] = []
      for _ in 0..<(try reader.readUInt32()) {
        attempts.append(
          Attempt(
            at: WallTime(microseconds: try reader.readInt64()), status: try reader.readUInt32(),
            error: try reader.readString(max: Webhook.textBytesMax)))
      }
      let checked = reader.position
      guard try reader.readUInt32() == Checksum.crc32c(value[..<checked]) else { return nil }
      try reader.finish()
      self.init(id: id, url: url, secret: secret, tokens: tokens, at: created)
      self.state = state
      self.notBefore = notBefore
      self.attemptCount = attemptCount
      self.payload = payload
      self.attempts = attempts
    } catch { return nil }
  }
}
