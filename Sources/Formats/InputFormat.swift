/// How the bytes of one request or connector are to be read; part of an endpoint's identity.
package struct InputFormat: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: String, Hashable, Sendable { case json, csv }

  package enum UpdateFormat: String, Hashable, Sendable {
    /// Each record is a row to insert.
    case raw
    /// Each record is `{"insert": row}`, `{"delete": row}` or `{"update": row}`.
    case insertDelete = "insert_delete"
  }

  package let kind: Kind
  /// Only for JSON: CSV records are always rows to insert.
  package let updateFormat: UpdateFormat
  /// Only for JSON: the text is a sequence of arrays of records, each taken whole or not at all.
  package let array: Bool

  package init(kind: Kind, updateFormat: UpdateFormat = .insertDelete, array: Bool = false) {
    self.kind = kind
    self.updateFormat = kind == .csv ? .raw : updateFormat
    self.array = kind == .csv ? false : array
  }

  /// Canonical: equal formats have equal texts, also over restarts.
  package var description: String {
    kind == .csv ? "csv" : "json;update_format=\(updateFormat.rawValue);array=\(array)"
  }
}

package enum OutputFormat: String, Hashable, Sendable { case json, csv }
