package import Formats
import InputLog
package import PipelineModel
import Platform
import StorageAPI

/// Letters that are taken again through one endpoint: a new attempt with an answer of its own.
package struct DeadLetterReplay: Sendable {
  /// Each with the bytes to take: its own, or edited ones.
  package let letters: [(letter: DeadLetter, bytes: [UInt8])]

  package init(_ letters: [(letter: DeadLetter, bytes: [UInt8])]) { self.letters = letters }

  /// The body that holds the letters as its records.
  func body(_ format: InputFormat) -> [UInt8] {
    var body: [UInt8] = []
    for (_, bytes) in letters {
      let isArray = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "[")
      let wraps = format.array && !isArray
      if wraps { body.append(UInt8(ascii: "[")) }
      body += bytes
      if wraps { body.append(UInt8(ascii: "]")) }
      if bytes.last != 10 { body.append(10) }
    }
    return body
  }
}

extension BatchIngest {
  /// Appends the letters' records; in the same write the letters count one replay more, so a crash leaves both
  /// or neither. Blocks for the decoding; the completion is called once.
  package func replay(
    _ replay: DeadLetterReplay, into table: IngressTable, format: InputFormat,
    completion: @escaping Completion
  ) {
    let receivedAt = clock.wall()
    var buffer = freshBuffer(table, format)
    let body = replay.body(format)
    let sliceBytes = buffer.sliceBytes(BatchIngest.immediateBytesMax)
    for start in stride(from: 0, to: body.count, by: sliceBytes) {
      buffer.decode(Array(body[start..<min(body.count, start + sliceBytes)]))
      if buffer.fills(BatchIngest.immediateBytesMax) { buffer.seal() }
    }
    buffer.finish()
    let letters = replay.letters.map(\.letter)
    let rows = endpoints.rejectedRows
    append(
      &buffer, RequestFacts(receivedAt: receivedAt),
      also: { _ in
        var batch = WriteBatch()
        rows.countReplay(of: letters, in: &batch)
        return batch
      }, completion)
  }

  /// How the bytes of a letter are to be read, unless they are edited: nil when nobody can tell.
  package func format(of letter: DeadLetter, table: IngressTable) -> InputFormat? {
    letter.id.isFailed ? ChangeJSON.format : format(of: letter.row.endpoint, table: table)
  }

  /// The format of an HTTP endpoint, which its row does not say: there are few, and the name tells which.
  package func format(of endpoint: EndpointID, table: IngressTable) -> InputFormat? {
    guard let known = endpoints.endpoint(endpoint), known.isHTTP else { return nil }
    var formats = [InputFormat(kind: .csv)]
    for update in [InputFormat.UpdateFormat.raw, .insertDelete] {
      formats += [false, true].map { InputFormat(kind: .json, updateFormat: update, array: $0) }
    }
    return formats.first { EndpointRegistry.httpName(table: table.name, format: $0) == known.name }
  }
}
