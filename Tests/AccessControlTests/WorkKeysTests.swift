// Goal: sealed secrets are read by the same key only, and codes prove links.
// Method: round trips, and every single byte changed.
import AccessControl
import Testing

struct WorkKeysTests {
  private func keys(_ byte: UInt8) throws -> WorkKeys {
    WorkKeys(key: try #require(SigningKey(bytes: [UInt8](repeating: byte, count: SigningKey.length))))
  }

  @Test func aSealedSecretIsReadByItsKeyOnly() throws {
    let keys = try keys(1)
    let secret = Secret("whsec_c2VjcmV0")
    let sealed = try #require(keys.seal(secret))
    #expect(keys.open(sealed) == secret)
    #expect(keys.seal(secret) != sealed)
    #expect(!sealed.contains("c2VjcmV0"))
    #expect(try self.keys(2).open(sealed) == nil)
    for index in sealed.indices {
      var changed = sealed
      changed.replaceSubrange(index...index, with: sealed[index] == "A" ? "B" : "A")
      #expect(keys.open(changed) == nil)
    }
    #expect(keys.open("") == nil && keys.open("x") == nil)
  }

  @Test func aCodeProvesItsLinkOnly() throws {
    let keys = try keys(1)
    let code = keys.code(of: "a=1")
    #expect(keys.isCode(code, of: "a=1"))
    #expect(!keys.isCode(code, of: "a=2") && !keys.isCode("", of: "a=1") && !keys.isCode("?", of: "a=1"))
    #expect(try !self.keys(2).isCode(code, of: "a=1"))
  }

  @Test func webhookSecretsOfBothForms() {
    #expect(Secret("whsec_c2VjcmV0").webhookBytes == Array("secret".utf8))
    #expect(Secret("plain").webhookBytes == Array("plain".utf8))
    #expect(Secret("whsec_!").webhookBytes == Array("whsec_!".utf8))
  }
}
