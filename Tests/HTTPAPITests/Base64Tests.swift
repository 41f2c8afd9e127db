// Goal: exact bytes reach the client. Method: the vectors of RFC 4648.

import HTTPAPI
import Testing

struct Base64Tests {
  @Test(
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(plain: String, text: String) { #expect(Base64.text(Array(plain.utf8)) == text) }

  @Test func everyByte() { #expect(Base64.text([0xFF, 0xEF, 0xBE, 0x00]) == "/+++AA==") }
}
