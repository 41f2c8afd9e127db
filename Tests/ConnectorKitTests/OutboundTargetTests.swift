// Goal: URLs are taken apart as servers do, and odd ones are refused. Method: by hand.
import ConnectorKit
import Testing

struct OutboundTargetTests {
  @Test func urlsAreTakenApart() throws {
    let target = try OutboundTarget("http://Example.com:81/a?b=c#d")
    #expect(target.host == "example.com" && target.port == 81 && target.path == "/a?b=c" && !target.isEncrypted)
    #expect(target.authority == "example.com:81")
    #expect(try OutboundTarget("http://[::1]").authority == "[::1]")
    #expect(try OutboundTarget("http://a?x").path == "/?x")
    let encrypted = try OutboundTarget("HTTPS://a/b")
    #expect(encrypted.isEncrypted && encrypted.port == 443 && encrypted.authority == "a")
    #expect(try OutboundTarget("https://a:80").authority == "a:80")
    #expect(try OutboundTarget("http://a:443").authority == "a:443")
  }

  @Test(
    "bad URLs",
    arguments: [
      "", "ftp://a", "https:/a", "http://", "https://", "http://:80", "http://a:0", "http://a:x", "http://u@a",
      "https://u:p@a/", "http://a b", "http://a\r\nx", "http://é/", "http://[::1", "http://a:65536",
    ])
  func refused(_ url: String) {
    #expect(throws: OutboundTarget.Fault.self) { try OutboundTarget(url) }
  }

  @Test("a fault never repeats the URL")
  func secretsStay() {
    #expect { try OutboundTarget("http://user:hunter2@a/") } throws: {
      !(($0 as? OutboundTarget.Fault)?.message.contains("hunter2") ?? true)
    }
  }
}
