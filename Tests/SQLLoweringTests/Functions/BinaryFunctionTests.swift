import Testing

// Goal: binary strings, hashes with their published vectors, and text codes. Method: tables of expressions.

@Suite("Binary functions and hashes")
struct BinaryFunctionTests {
  @Test("hashes")
  func hashes() {
    let long = "REPEAT('a', 1000)"
    check([
      ("MD5('Feldera')", "841afc2f65b5763600818ef42a56d7d1"), ("MD5('')", "d41d8cd98f00b204e9800998ecf8427e"),
      ("MD5(x'0123456789ABCDEF')", "a1cd1d1fc6491068d91007283ed84489"),
      (
        "MD5('12345678901234567890123456789012345678901234567890123456789012345678901234567890')",
        "57edf4a22be3c955ac49da2e2107b67a"
      ),
      ("SHA1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      ("SHA1('')", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("SHA256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      ("SHA256('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      (
        "SHA512('abc')",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
      ),
      ("SHA256(\(long))", "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
      ("MD5(\(long))", "cabe45dcc9ae5b66ba86600cca6b8ba8"),
      ("SHA1(\(long))", "291e9a6c66994949b57ba5e650361e98fc36b1ba"), ("CRC32('123456789')", "3421780262"),
      ("XXHASH('abc')", "4952883123889572249"),
      ("XXHASH('')", "-1205034819632174695"),
      ("XXHASH('Nobody inspects the spammish repetition')", "-302119147016844303"), ("MD5(NULL)", "NULL"),
    ])
  }

  @Test("binary strings")
  func binary() {
    check([
      ("x'ab' || x'cd'", "abcd"), ("LEFT(x'abcdef', 2)", "abcd"), ("RIGHT(x'abcdef', 2)", "cdef"),
      ("OCTET_LENGTH(x'0abc')", "2"),
      ("OVERLAY(x'1234567890' PLACING x'0203' FROM 2 FOR 3)", "12020390"),
      ("POSITION(x'20' IN x'102023')", "2"), ("SUBSTRING(x'123456', 3)", "56"),
      ("SUBSTRING(x'1234567890' FROM 3 FOR 2)", "5678"), ("SUBSTRING(x'1234', -5)", "1234"),
      ("TO_HEX(x'0abc')", "0abc"), ("TO_INT(x'0abc')", "2748"),
      ("TO_INT(x'ffffffff00')", "-1"), ("BIN2UTF8(x'4041')", "@A"), ("BIN2UTF8(x'ff')", "NULL"),
      ("FROM_HEX('4041')", "4041"), ("FROM_HEX('4x')", "NULL"),
      ("TO_BASE64('Hello')", "SGVsbG8="), ("BIN2UTF8(FROM_BASE64('SGVsbG8='))", "Hello"),
      ("FROM_BASE64('a')", "NULL"), ("TO_BASE64(x'ff')", "/w=="),
      ("GUNZIP(x'1f8b08000000000000ff4b4bcd49492d4a0400218115ac07000000')", "feldera"),
      ("GUNZIP(x'1f8b')", "error: GUNZIP of bytes that are no gzip text"),
      ("REVERSE(x'0102')", "0201"), ("CAST(x'0102' AS BINARY(4))", "01020000"),
      ("CAST(x'010203' AS BINARY(2))", "0102"), ("CAST('A' AS VARBINARY)", "41"),
      ("CAST(x'0a0B' AS VARCHAR)", "0a0b"),
      ("CAST('123e4567-e89b-12d3-a456-426614174000' AS UUID)", "123e4567-e89b-12d3-a456-426614174000"),
      ("PARSE_UUID('nope')", "NULL"),
      (
        "CAST(PARSE_UUID('123e4567e89b12d3a456426614174000') AS VARBINARY)",
        "123e4567e89b12d3a456426614174000"
      ),
    ])
  }
}
