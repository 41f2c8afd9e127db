package import Platform

/// The secret that signs completion tokens; lives in the data directory, so tokens outlive the process.
package struct SigningKey: Sendable {
  package static let fileName = "token.key"
  package static let length = 32

  let bytes: [UInt8]

  /// Nil unless there are exactly ``length`` bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == SigningKey.length else { return nil }
    self.bytes = bytes
  }

  /// Reads the key of a data directory, or makes one (mode 0600, durable on return) when there is none.
  ///
  /// A file of another length is damage and refused: a new key would make every issued token invalid. Blocks;
  /// the caller holds the lock of the data directory.
  package static func loadOrCreate(
    dataDirectory: String, fileSystem: any FileSystem, random: any RandomSource
  ) throws(SigningKeyError) -> SigningKey {
    let path = "\(dataDirectory)/\(fileName)"
    do {
      if fileSystem.exists(path) {
        let bytes = try fileSystem.read(path)
        guard let key = SigningKey(bytes: bytes) else {
          throw SigningKeyError.damaged(path: path, length: bytes.count)
        }
        return key
      }
      let bytes = random.bytes(length)
      guard let key = SigningKey(bytes: bytes) else {
        throw SigningKeyError.damaged(path: path, length: bytes.count)
      }
      try fileSystem.publish(path, bytes, mode: 0o600)
      return key
    } catch let error as FileError {
      throw .file(error)
    } catch let error as SigningKeyError {
      throw error
    } catch {
      throw .file(FileError(.io, path: path, "\(error)"))
    }
  }
}

package enum SigningKeyError: Error, Sendable, CustomStringConvertible {
  case file(FileError)
  case damaged(path: String, length: Int)

  package var description: String {
    switch self {
    case .file(let error): "signing key: \(error)"
    case .damaged(let path, let length):
      "signing key \(path) has \(length) bytes, not \(SigningKey.length): restore it from a backup, or "
        + "remove it and lose every issued token"
    }
  }
}
