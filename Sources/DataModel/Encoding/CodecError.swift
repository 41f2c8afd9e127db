/// Bytes that are not what an encoder of this room wrote, or not of the expected types.
package struct CodecError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  package init(message: String) { self.message = message }
  package var description: String { message }
}
