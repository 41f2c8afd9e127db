import DataModel

/// What one call of a stream decoder did with a text.
enum StreamProgress: Sendable {
  /// Everything before the index is decoded; from there on a record is incomplete or nothing is left.
  case consumed(Int)
  /// The text is not of the format; parsing of the request ends.
  case failed(message: String, at: Int)
}

/// What the JSON and CSV stream decoders share: rows, errors and the number of the record under way.
struct RecordContext: Sendable {
  var rows: RowAssembly
  var errors: ErrorLog
  /// Records seen so far, good and bad.
  var events: UInt64 = 0
}
