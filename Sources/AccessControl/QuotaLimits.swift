/// How much may be used within a window; nil: no limit.
package struct QuotaLimits: Hashable, Sendable {
  package var requests: UInt64?
  package var records: UInt64?
  package var bytes: UInt64?
  package var windowSeconds: UInt64

  package static let windowSecondsDefault: UInt64 = 3600
  package static let windowSecondsMax: UInt64 = 31 * 86_400

  package init(requests: UInt64? = nil, records: UInt64? = nil, bytes: UInt64? = nil, windowSeconds: UInt64) {
    self.requests = requests
    self.records = records
    self.bytes = bytes
    self.windowSeconds = min(max(1, windowSeconds), QuotaLimits.windowSecondsMax)
  }

  package var isEmpty: Bool { requests == nil && records == nil && bytes == nil }

  package subscript(_ unit: QuotaUnit) -> UInt64? {
    switch unit {
    case .requests: requests
    case .records: records
    case .bytes: bytes
    }
  }
}

package enum QuotaUnit: String, Sendable, CaseIterable { case requests, records, bytes }

/// What a request uses.
package struct QuotaUse: Hashable, Sendable {
  package var requests: UInt64
  package var records: UInt64
  package var bytes: UInt64
  /// Records will come, nobody knows yet how many: at least one must be left.
  package var bringsRecords = false

  package init(requests: UInt64 = 0, records: UInt64 = 0, bytes: UInt64 = 0) {
    self.requests = requests
    self.records = records
    self.bytes = bytes
  }

  package subscript(_ unit: QuotaUnit) -> UInt64 {
    switch unit {
    case .requests: requests
    case .records: records
    case .bytes: bytes
    }
  }

  static func + (left: QuotaUse, right: QuotaUse) -> QuotaUse {
    func sum(_ a: UInt64, _ b: UInt64) -> UInt64 { a.addingReportingOverflow(b).overflow ? .max : a + b }
    return QuotaUse(
      requests: sum(left.requests, right.requests), records: sum(left.records, right.records),
      bytes: sum(left.bytes, right.bytes))
  }

  static func - (left: QuotaUse, right: QuotaUse) -> QuotaUse {
    func rest(_ a: UInt64, _ b: UInt64) -> UInt64 { a > b ? a - b : 0 }
    return QuotaUse(
      requests: rest(left.requests, right.requests), records: rest(left.records, right.records),
      bytes: rest(left.bytes, right.bytes))
  }
}

/// Where one limit stands.
package struct QuotaStanding: Hashable, Sendable {
  package enum Owner: String, Sendable { case key, project }

  package let owner: Owner
  package let unit: QuotaUnit
  package let limit: UInt64
  package let remaining: UInt64
  /// Until the window ends; at least 1.
  package let resetSeconds: UInt64
  package let windowSeconds: UInt64
}

/// The limit that stands against a request.
package struct QuotaRefusal: Error, Hashable, Sendable {
  package let standing: QuotaStanding
}
