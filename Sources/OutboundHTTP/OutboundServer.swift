import ConnectorKit

/// Calls with equal ones may share a connection.
struct OutboundServer: Hashable, Sendable {
  let isEncrypted: Bool
  let host: String
  let port: Int

  init(_ target: OutboundTarget) {
    isEncrypted = target.isEncrypted
    host = target.host
    port = target.port
  }
}
