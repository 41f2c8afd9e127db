package import Formats

/// How a subscriber wants its chunks.
package struct SubscriptionOptions: Sendable, Hashable {
  package let format: OutputFormat
  /// Without effect on the chunks: JSON data always is an array in its chunk.
  package let array: Bool
  /// True: a slow subscriber holds the pipeline back; false: it loses its oldest chunks.
  package let backpressure: Bool

  package init(format: OutputFormat, array: Bool = false, backpressure: Bool = true) {
    self.format = format
    self.array = array
    self.backpressure = backpressure
  }

  /// An absent format is CSV. Errors: `invalidOption` for any other than json and csv.
  package static func parse(
    format: String?, array: Bool, backpressure: Bool
  ) throws(OutputError) -> SubscriptionOptions {
    guard let known = OutputFormat(rawValue: format ?? OutputFormat.csv.rawValue) else {
      throw OutputError(.invalidOption, "unknown output format '\(format ?? "")': supported are json and csv")
    }
    return SubscriptionOptions(format: known, array: array, backpressure: backpressure)
  }
}
