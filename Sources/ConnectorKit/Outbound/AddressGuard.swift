/// Which addresses webhooks may go to: private, local and special ones only when they are allowed. Pure.
package struct AddressGuard: Sendable, Equatable {
  /// An IPv4 or IPv6 network; IPv4 lies in ::ffff:0:0/96.
  package struct Network: Sendable, Equatable {
    let bytes: [UInt8]
    let bits: Int

    /// `10.0.0.0/8` or `fd00::/8`; nil for anything else. `parse` turns an address into its 4 or 16 bytes.
    package init?(_ text: String, parse: (String) -> [UInt8]?) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count <= 2, let address = parse(parts[0]) else { return nil }
      let whole = address.count * 8
      guard let bits = parts.count == 2 ? Int(parts[1]) : whole, (0...whole).contains(bits) else { return nil }
      self.init(address, bits)
    }

    init(_ address: [UInt8], _ bits: Int) {
      self.bytes = AddressGuard.mapped(address)
      self.bits = bits + (address.count == 4 ? 96 : 0)
    }

    func contains(_ address: [UInt8]) -> Bool {
      guard address.count == bytes.count else { return false }
      for bit in 0..<bits {
        let mask = UInt8(0x80) >> UInt8(bit % 8)
        if address[bit / 8] & mask != bytes[bit / 8] & mask { return false }
      }
      return true
    }
  }

  private static let blocked: [Network] =
    [
      ([0, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16),
      ([172, 16, 0, 0], 12), ([192, 0, 0, 0], 24), ([192, 168, 0, 0], 16), ([198, 18, 0, 0], 15),
      ([224, 0, 0, 0], 3),
    ].map { Network($0.0, $0.1) }
    + [
      // Unspecified and loopback, translated IPv4 (NAT64, 6to4), unique local, link local, multicast.
      ([], 127), ([0x00, 0x64, 0xFF, 0x9B], 96), ([0x20, 0x02], 16), ([0xFC], 7), ([0xFE, 0x80], 10), ([0xFF], 8),
    ].map { Network($0.0 + [UInt8](repeating: 0, count: 16 - $0.0.count), $0.1) }

  private let allowed: [Network]

  package init(allowed: [Network], allowsLoopback: Bool) {
    let loopback = [Network([127, 0, 0, 0], 8), Network([UInt8](repeating: 0, count: 15) + [1], 128)]
    self.allowed = allowed + (allowsLoopback ? loopback : [])
  }

  /// `address`: 4 or 16 bytes.
  package func allows(_ address: [UInt8]) -> Bool {
    guard address.count == 4 || address.count == 16 else { return false }
    let address = AddressGuard.mapped(address)
    if allowed.contains(where: { $0.contains(address) }) { return true }
    return !AddressGuard.blocked.contains { $0.contains(address) }
  }

  private static func mapped(_ address: [UInt8]) -> [UInt8] {
    address.count == 4 ? [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address : address
  }
}
