package import DataModel
package import Formats
package import PipelineModel

/// The lines of an egress stream: one JSON object each, ended by CR LF.
package struct EgressFraming: Sendable {
  /// What one line says beside its rows.
  package struct Head: Sendable {
    package let sequence: UInt64
    package let snapshot: Bool
    /// All output of so many steps has been sent with this line; nil while the snapshot is on its way.
    package let processedSteps: StepCount?
  }

  private let encoder: DeltaEncoder

  package init(format: OutputFormat, schema: Schema) { encoder = DeltaEncoder(format: format, schema: schema) }

  package static func keepAlive(sequence: UInt64) -> [UInt8] {
    Array("{\"sequence_number\":\(sequence)}\r\n".utf8)
  }

  package func line(_ head: Head, rows: ColumnBatch) -> [UInt8] {
    var bytes = Array("{\"sequence_number\":\(head.sequence)".utf8)
    if head.snapshot { bytes += Array(",\"snapshot\":true".utf8) }
    if let steps = head.processedSteps { bytes += Array(",\"processed_steps\":\(steps)".utf8) }
    switch encoder.format {
    case .json:
      bytes += Array(",\"json_data\":[".utf8)
      bytes += encoder.jsonItems(rows)
      bytes.append(0x5D)
    case .csv:
      bytes += Array(",\"text_data\":".utf8)
      let text = encoder.csv(rows)
      JSONEscape.appendQuoted(text.span, 0..<text.count, to: &bytes)
    }
    bytes += Array("}\r\n".utf8)
    return bytes
  }
}
