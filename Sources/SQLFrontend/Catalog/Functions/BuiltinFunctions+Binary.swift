import DataModel

extension BuiltinFunctions {
  static let binary: [String: [FunctionSignature]] = [
    "MD5": hash(.md5), "SHA1": hash(.sha1), "SHA256": hash(.sha256), "SHA512": hash(.sha512),
    "CRC32": [
      FunctionSignature(.crc32, [.string], .fixed(.bigint)),
      FunctionSignature(.crc32, [.binary], .fixed(.bigint)),
    ],
    "XXHASH": [
      FunctionSignature(.xxHash, [.string, .bigint], .fixed(.bigint), optional: 1),
      FunctionSignature(.xxHash, [.binary, .bigint], .fixed(.bigint), optional: 1),
    ],
    "TO_HEX": [FunctionSignature(.toHex, [.binary], .text)],
    "FROM_HEX": [
      FunctionSignature(.fromHex, [.string], .fixed(.varbinary(length: nil)), nullability: .always)
    ],
    "TO_BASE64": [
      FunctionSignature(.toBase64, [.string], .text), FunctionSignature(.toBase64, [.binary], .text),
    ],
    "FROM_BASE64": [
      FunctionSignature(.fromBase64, [.string], .fixed(.varbinary(length: nil)), nullability: .always)
    ],
    "BIN2UTF8": [FunctionSignature(.binaryToText, [.binary], .text, nullability: .always)],
    "UTF8_TO_BIN": [FunctionSignature(.textToBinary, [.string], .fixed(.varbinary(length: nil)))],
    "TO_INT": [FunctionSignature(.toInteger, [.binary], .fixed(.integer))],
    "GUNZIP": [FunctionSignature(.gunzip, [.binary], .text)],
    "PARSE_UUID": [FunctionSignature(.uuidFromText, [.string], .fixed(.uuid), nullability: .always)],
  ]

  private static func hash(_ function: ScalarFunction) -> [FunctionSignature] {
    [FunctionSignature(function, [.string], .text), FunctionSignature(function, [.binary], .text)]
  }
}
