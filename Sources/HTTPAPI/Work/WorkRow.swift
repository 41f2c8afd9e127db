import PipelineModel
import WireTypes
import Workflows

/// A record of work as a row of the table `records`.
enum WorkRow {
  /// Its JSON. Written field by field: there are several records to each piece of work.
  static func append(_ record: WorkRecord, to out: inout [UInt8]) {
    out += #"{"subject":"#.utf8
    JSONValue.append(string: record.subject, to: &out)
    out += #","sequence":\#(record.sequence),"kind":"\#(record.kind.rawValue)""#.utf8
    out += #","dialect":"\#(record.dialect.rawValue)","group_id":"#.utf8
    if let group = record.group { JSONValue.append(string: group, to: &out) } else { out += "null".utf8 }
    out += #","place":\#(record.position),"status":"#.utf8
    JSONValue.append(string: record.status, to: &out)
    out += #","at_us":\#(record.at.microseconds),"body":"#.utf8
    JSONValue.append(string: record.body, to: &out)
    out.append(UInt8(ascii: "}"))
  }

  /// Takes the record of this key back.
  static func deletion(subject: String, sequence: Int64) -> JSONValue {
    ["delete": ["subject": .string(subject), "sequence": .integer(sequence)]]
  }

  /// Nil for a row that is no record of ours: the table is open to whoever may write to the pipeline.
  static func record(_ row: JSONValue) -> WorkRecord? {
    guard let subject = row["subject"]?.stringValue, let sequence = row["sequence"]?.integerValue, sequence >= 0,
      let kind = row["kind"]?.stringValue.flatMap(WorkRecord.Kind.init(rawValue:)),
      let dialect = row["dialect"]?.stringValue.flatMap(WorkDialect.init(rawValue:)),
      let status = row["status"]?.stringValue, let at = row["at_us"]?.integerValue, let body = row["body"]?.stringValue
    else { return nil }
    var record = WorkRecord(
      subject: subject, sequence: sequence, kind: kind, dialect: dialect, status: status,
      at: WallTime(microseconds: at), body: body)
    record.group = row["group_id"]?.stringValue
    record.position = row["place"]?.integerValue ?? 0
    return record
  }
}
