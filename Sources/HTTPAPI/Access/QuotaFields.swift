import AccessControl
import PipelineModel

/// Header fields that tell how much is left: those of the IETF draft `draft-ietf-httpapi-ratelimit-headers` with every
/// limit, and the older `X-RateLimit-…` with the one that matters most.
enum QuotaFields {
  static func fields(_ standings: [QuotaStanding], now: WallTime) -> [(String, String)] {
    guard let leading = leading(standings) else { return [] }
    let reset = now.microseconds / 1_000_000 + Int64(clamping: leading.resetSeconds)
    return [
      ("RateLimit-Policy", standings.map(policy).joined(separator: ", ")),
      ("RateLimit", standings.map(state).joined(separator: ", ")),
      ("X-RateLimit-Limit", String(leading.limit)), ("X-RateLimit-Remaining", String(leading.remaining)),
      ("X-RateLimit-Reset", String(reset)),
    ]
  }

  /// Requests before records and bytes, then what is nearest to its end.
  private static func leading(_ standings: [QuotaStanding]) -> QuotaStanding? {
    let requests = standings.filter { $0.unit == .requests }
    return (requests.isEmpty ? standings : requests).min { left, right in
      share(left) < share(right)
    }
  }

  private static func share(_ standing: QuotaStanding) -> Double {
    Double(standing.remaining) / Double(max(1, standing.limit))
  }

  private static func name(_ standing: QuotaStanding) -> String {
    "\"\(standing.owner.rawValue)-\(standing.unit.rawValue)\""
  }

  private static func policy(_ standing: QuotaStanding) -> String {
    let unit =
      switch standing.unit {
      case .requests: ""
      case .records: ";qu=\"records\""
      case .bytes: ";qu=\"content-bytes\""
      }
    return "\(name(standing));q=\(standing.limit)\(unit);w=\(standing.windowSeconds)"
  }

  private static func state(_ standing: QuotaStanding) -> String {
    "\(name(standing));r=\(standing.remaining);t=\(standing.resetSeconds)"
  }
}
