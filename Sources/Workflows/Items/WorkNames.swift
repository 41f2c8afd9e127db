package import PipelineModel
package import Platform

/// Ids of subjects: each dialect has its own form of 128 bits, so an id of one leads to the names in the others.
package enum WorkNames {
  /// `crg_` + 32 hexadecimal digits, `batch-` + 32, `job-` + 32; a UUIDv4 in the orchestration dialect and for every
  /// batch job of the cargo dialect.
  package enum Form: String, Sendable, CaseIterable {
    case cargo = "crg_"
    case batch = "batch-"
    case job = "job-"
    case uuid = ""
  }

  package static func random(_ form: Form, _ source: any RandomSource) -> String {
    text(form, high: source.next(), low: source.next())
  }

  /// The same id for the same digest (at least 16 bytes), as an idempotency key needs it.
  package static func derived(_ form: Form, from digest: [UInt8]) -> String {
    var words: (UInt64, UInt64) = (0, 0)
    for (index, byte) in digest.prefix(16).enumerated() {
      if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
    }
    return text(form, high: words.0, low: words.1)
  }

  private static func text(_ form: Form, high: UInt64, low: UInt64) -> String {
    // Version 4 and variant of RFC 9562, so that every id has a UUID form.
    let id = UniqueID(
      high: (high & ~0xF000) | 0x4000, low: (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000)
    return text(form, id)
  }

  private static func text(_ form: Form, _ id: UniqueID) -> String {
    if form == .uuid { return "\(id)" }
    return form.rawValue + String(decoding: "\(id)".utf8.filter { $0 != UInt8(ascii: "-") }, as: UTF8.self)
  }

  /// The UUID form of any id; nil when the text is none of ours.
  package static func uuid(of id: String) -> UniqueID? {
    let digits = Form.allCases.first { !$0.rawValue.isEmpty && id.hasPrefix($0.rawValue) }.map {
      id.dropFirst($0.rawValue.count)
    }
    if let digits { return digits.utf8.count == 32 ? UniqueID(String(digits)) : nil }
    return id.utf8.count == 36 ? UniqueID(id) : nil
  }

  /// Every form of an id, its own first: under which of them the subject is known only a look-up tells.
  package static func forms(of id: String) -> [String] {
    guard let uuid = uuid(of: id) else { return [id] }
    return [id] + Form.allCases.map { text($0, uuid) }.filter { $0 != id }
  }
}
