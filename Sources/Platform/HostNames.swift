import Glibc

/// Names of hosts.
package enum HostNames {
  /// Every address of a name, 4 or 16 bytes each, in the resolver's order and once each; empty when there is none.
  /// Blocks for as long as the system's resolver does.
  package static func addresses(of name: String) -> [[UInt8]] {
    guard !name.isEmpty, !name.utf8.contains(0) else { return [] }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    // The list is ours until it is freed, once; nothing of it is kept.
    defer { unsafe freeaddrinfo(list) }
    var found: [[UInt8]] = []
    var next = unsafe list
    while let entry = unsafe next {
      if let address = unsafe bytes(entry.pointee), !found.contains(address) { found.append(address) }
      unsafe next = entry.pointee.ai_next
    }
    return found
  }

  /// The address lies behind family and port in `sockaddr_in`, also behind the flow in `sockaddr_in6`.
  private static func bytes(_ entry: addrinfo) -> [UInt8]? {
    let (offset, count): (Int, Int)
    switch unsafe entry.ai_family {
    case AF_INET: (offset, count) = (4, 4)
    case AF_INET6: (offset, count) = (8, 16)
    default: return nil
    }
    guard let start = unsafe entry.ai_addr, unsafe Int(entry.ai_addrlen) >= offset + count else { return nil }
    // Within the length that the resolver gave.
    return unsafe Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(start) + offset, count: count))
  }
}
