/// Name of a pipeline: 1 to 63 letters, digits, `-` and `_`, beginning and ending with a letter or digit.
package struct PipelineName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  package enum Rejection: Error, Equatable, Sendable { case empty, tooLong, pattern }

  package static let lengthMax = 63

  package init(_ text: String) throws(Rejection) {
    guard !text.isEmpty else { throw .empty }
    guard text.utf8.count <= PipelineName.lengthMax else { throw .tooLong }
    let bytes = Array(text.utf8)
    let inner = bytes.allSatisfy { PipelineName.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
    guard inner, let first = bytes.first, let last = bytes.last,
      PipelineName.isAlphanumeric(first), PipelineName.isAlphanumeric(last)
    else { throw .pattern }
    self.text = text
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  package static func < (left: PipelineName, right: PipelineName) -> Bool { left.text < right.text }
  package var description: String { text }
}
