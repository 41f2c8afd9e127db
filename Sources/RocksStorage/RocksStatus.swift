import CRocksDB
package import StorageAPI

/// The error out-parameter of the C API; the only place that reads RocksDB's texts.
package enum RocksStatus {
  /// Runs one C call with an error slot and throws what it left there.
  static func check<T>(
    _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> T
  ) throws(StorageError) -> T {
    var message: UnsafeMutablePointer<CChar>?
    let result = unsafe call(&message)
    if let text = unsafe message {
      // The library allocates the text and leaves it to us.
      let copy = unsafe String(cString: text)
      unsafe rocksdb_free(text)
      throw error(copy)
    }
    return result
  }

  static func error(_ text: String) -> StorageError { StorageError(code(text), text) }

  /// Texts of RocksDB 7.8; `RocksStatusTests` provokes them from the real library.
  package static func code(_ text: String) -> StorageError.Code {
    let locked = [
      "lock hold by current process", "While lock file", "No locks available",
    ]
    if locked.contains(where: { contains(text, $0) }) { return .locked }
    if contains(text, "No space left") || contains(text, "NoSpace") || contains(text, "Disk quota exceeded") {
      return .full
    }
    if text.hasPrefix("Corruption") { return .corruption }
    return .io
  }

  /// Plain byte search: the standard library's `contains` of a string lives in Foundation or the regex
  /// library.
  private static func contains(_ text: String, _ part: String) -> Bool {
    let haystack = Array(text.utf8)
    let needle = Array(part.utf8)
    guard haystack.count >= needle.count else { return false }
    return (0...haystack.count - needle.count).contains {
      haystack[$0..<$0 + needle.count].elementsEqual(needle)
    }
  }
}
