import Platform

/// Where a call goes: the parts of its URL.
package struct OutboundTarget: Sendable, Hashable {
  package let isEncrypted: Bool
  /// In lower case, without brackets.
  package let host: String
  package let port: Int
  /// Path and query, from the first slash.
  package let path: String

  package struct Fault: Error, Sendable, Equatable {
    package let message: String

    package init(message: String) { self.message = message }
  }

  /// `http` and `https`, without a user: an error never repeats the URL, which may hold secrets.
  package init(_ url: String) throws(Fault) {
    guard url.utf8.count <= Limits.webhookURLBytesMax, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw Fault(message: "the URL must be 1 to \(Limits.webhookURLBytesMax) printable ASCII characters")
    }
    let scheme = url.prefix(8).lowercased()
    isEncrypted = scheme == "https://"
    guard isEncrypted || scheme.hasPrefix("http://") else {
      throw Fault(message: "the URL must begin with http:// or https://")
    }
    let standardPort = isEncrypted ? 443 : 80
    let rest = url.dropFirst(isEncrypted ? 8 : 7).prefix { $0 != "#" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { throw Fault(message: "the URL must not hold a user name") }
    let tail = rest.dropFirst(authority.count)
    path = tail.hasPrefix("/") ? String(tail) : "/\(tail)"
    let (name, digits) = OutboundTarget.split(authority)
    guard !name.isEmpty, let number = digits.map({ Int($0) }) ?? standardPort, (1...65_535).contains(number) else {
      throw Fault(message: "the URL has no host, or its port is wrong")
    }
    host = name.lowercased()
    port = number
  }

  /// Host without the brackets of IPv6, and the digits of a port.
  private static func split(_ authority: Substring) -> (String, Substring?) {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      let host = String(authority[authority.index(after: authority.startIndex)..<end])
      let rest = authority[authority.index(after: end)...]
      return rest.isEmpty ? (host, nil) : (rest.hasPrefix(":") ? host : "", rest.dropFirst())
    }
    guard let colon = authority.firstIndex(of: ":") else { return (String(authority), nil) }
    return (String(authority[..<colon]), authority[authority.index(after: colon)...])
  }

  /// As the `Host` field has it.
  package var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isEncrypted ? 443 : 80) ? name : "\(name):\(port)"
  }
}
