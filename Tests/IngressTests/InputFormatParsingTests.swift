// Goal: request parameters select a format, with the defaults of the API, or are refused with what is
// supported.
// Method: a table of parameters and answers.
import Formats
import Testing

import Ingress

@Suite struct InputFormatParsingTests {
  private func parse(_ format: String?, _ update: String? = nil, _ flavor: String? = nil, array: Bool = false)
    throws -> InputFormat
  {
    try InputFormat.parse(format: format, updateFormat: update, jsonFlavor: flavor, array: array)
  }

  @Test func defaults() throws {
    #expect(try parse(nil) == InputFormat(kind: .csv))
    #expect(try parse("json") == InputFormat(kind: .json, updateFormat: .insertDelete))
    #expect(
      try parse("json", "raw", "default", array: true)
        == InputFormat(kind: .json, updateFormat: .raw, array: true))
  }

  @Test(
    arguments: [
      ("parquet", nil, nil, "csv, json"), ("json", "debezium", nil, "insert_delete, raw"),
      ("json", "snowflake", nil, "insert_delete, raw"), ("json", nil, "pandas", "default"),
    ] as [(String, String?, String?, String)])
  func refused(format: String, update: String?, flavor: String?, supported: String) {
    #expect {
      _ = try InputFormat.parse(format: format, updateFormat: update, jsonFlavor: flavor, array: false)
    } throws: { error in
      guard let error = error as? IngressError else { return false }
      return error.code == .invalidParameter && error.message.hasSuffix("supported: \(supported)")
    }
  }
}
