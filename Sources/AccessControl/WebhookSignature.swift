import Crypto

/// The signature of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, as `v1,<base64>`.
package enum WebhookSignature {
  package static func code(secret: [UInt8], id: String, timestamp: Int64, body: [UInt8]) -> [UInt8] {
    var code = HMAC<SHA256>(key: SymmetricKey(data: secret))
    code.update(data: Array("\(id).\(timestamp).".utf8))
    code.update(data: body)
    return Array(code.finalize())
  }
}
