// Goal: calls go only to addresses that are allowed. Method: well-known addresses of every special network.
import ConnectorKit
import Testing

struct AddressGuardTests {
  @Test(
    arguments: [
      ("8.8.8.8", true), ("10.1.2.3", false), ("127.0.0.1", false), ("169.254.169.254", false),
      ("172.16.0.1", false), ("172.32.0.1", true), ("192.168.1.1", false), ("100.64.0.1", false),
      ("0.0.0.0", false), ("255.255.255.255", false), ("::1", false), ("::", false),
      ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true), ("fd00::1", false), ("fe80::1", false),
      ("64:ff9b::a00:1", false), ("2606:4700::1111", true),
    ])
  func privateAddressesAreBlocked(text: String, allowed: Bool) throws {
    let address = try #require(IPText.parse(text))
    #expect(AddressGuard(allowed: [], allowsLoopback: false).allows(address) == allowed)
  }

  @Test func listedNetworksAreAllowed() throws {
    let network = try #require(AddressGuard.Network("10.1.0.0/16", parse: IPText.parse))
    let guarded = AddressGuard(allowed: [network], allowsLoopback: true)
    #expect(guarded.allows([10, 1, 2, 3]) && !guarded.allows([10, 2, 2, 3]) && guarded.allows([127, 0, 0, 1]))
    #expect(!guarded.allows([1, 2, 3]))
    for bad in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "::1/129", "10.0.0.0/8/9"] {
      #expect(AddressGuard.Network(bad, parse: IPText.parse) == nil)
    }
    for bad in ["1.2.3", "1.2.3.256", "01.2.3.4", ":::", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7"] {
      #expect(IPText.parse(bad) == nil)
    }
  }
}
