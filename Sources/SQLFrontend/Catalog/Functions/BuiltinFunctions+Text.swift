import DataModel

extension BuiltinFunctions {
  static let text: [String: [FunctionSignature]] = [
    "LOWER": [FunctionSignature(.lower, [.string], .text)],
    "UPPER": [FunctionSignature(.upper, [.string], .text)],
    "INITCAP": [FunctionSignature(.capitalize, [.string], .text)],
    "INITCAP_SPACES": [FunctionSignature(.capitalizeSpaces, [.string], .text)],
    "LTRIM": [FunctionSignature(.trimLeading, [.string, .string], .varying, optional: 1)],
    "RTRIM": [FunctionSignature(.trimTrailing, [.string, .string], .varying, optional: 1)],
    "CHAR_LENGTH": length, "CHARACTER_LENGTH": length, "LENGTH": length + octets, "LEN": length + octets,
    "OCTET_LENGTH": octets, "BYTE_LENGTH": octets,
    "SUBSTRING": [
      FunctionSignature(.substring, [.string, .integer, .integer], .varying, optional: 1),
      FunctionSignature(.regexSubstring, [.string, .string], .text, nullability: .always),
      FunctionSignature(.binarySubstring, [.binary, .integer, .integer], .first, optional: 1),
    ],
    "SUBSTR": [
      FunctionSignature(.substringFromEnd, [.string, .integer, .integer], .varying, optional: 1),
      FunctionSignature(.binarySubstring, [.binary, .integer, .integer], .first, optional: 1),
    ],
    "POSITION": [
      FunctionSignature(.position, [.string, .string], .fixed(.integer)),
      FunctionSignature(.binaryPosition, [.binary, .binary], .fixed(.integer)),
    ],
    "STRPOS": [FunctionSignature(.positionFrom, [.string, .string], .fixed(.integer))],
    "INSTR": [
      FunctionSignature(.positionFrom, [.string, .string, .bigint, .bigint], .fixed(.integer), optional: 2)
    ],
    "REPLACE": [FunctionSignature(.replace, [.string, .string, .string], .text)],
    "LEFT": [
      FunctionSignature(.left, [.string, .integer], .varying),
      FunctionSignature(.binaryLeft, [.binary, .integer], .first),
    ],
    "RIGHT": [
      FunctionSignature(.right, [.string, .integer], .varying),
      FunctionSignature(.binaryRight, [.binary, .integer], .first),
    ],
    "OVERLAY": [
      FunctionSignature(.overlay, [.string, .string, .integer, .integer], .text, optional: 1),
      FunctionSignature(
        .binaryOverlay, [.binary, .binary, .integer, .integer], .fixed(.varbinary(length: nil)), optional: 1),
    ],
    "REPEAT": [FunctionSignature(.repeatText, [.string, .integer], .text)],
    "REVERSE": [
      FunctionSignature(.reverse, [.string], .varying), FunctionSignature(.binaryReverse, [.binary], .first),
    ],
    "LPAD": [FunctionSignature(.padLeft, [.string, .integer, .string], .text, optional: 1)],
    "RPAD": [FunctionSignature(.padRight, [.string, .integer, .string], .text, optional: 1)],
    "TRANSLATE": translate, "TRANSLATE3": translate,
    "ASCII": [FunctionSignature(.ascii, [.string], .fixed(.integer))],
    "UNICODE": [FunctionSignature(.ascii, [.string], .fixed(.integer))],
    "CHR": [FunctionSignature(.character, [.integer], .text)],
    "CONCAT_WS": [
      FunctionSignature.variadic(.concatenateWith, [.string], .textual, .text, nullability: .first)
    ],
    "SPLIT_PART": [FunctionSignature(.splitPart, [.string, .string, .integer], .text)],
    "SPLIT_INDEX": [
      FunctionSignature(.splitIndex, [.string, .string, .integer], .text, nullability: .always)
    ],
    "STARTS_WITH": starts, "STARTSWITH": starts, "ENDS_WITH": ends, "ENDSWITH": ends,
    "CONTAINS_SUBSTR": [FunctionSignature(.containsText, [.string, .string], .fixed(.boolean))],
    "LEVENSHTEIN": [FunctionSignature(.levenshtein, [.string, .string], .fixed(.integer))],
    "SOUNDEX": [FunctionSignature(.soundex, [.string], .text)],
    "DIFFERENCE": [FunctionSignature(.difference, [.string, .string], .fixed(.integer))],
    "STRCMP": [FunctionSignature(.compareText, [.string, .string], .fixed(.integer))],
    "URL_ENCODE": [FunctionSignature(.urlEncode, [.string], .text)],
    "URL_DECODE": [FunctionSignature(.urlDecode, [.string], .text, nullability: .always)],
    "PARSE_JSON": [
      FunctionSignature(.parseJSON, [.textual], .fixed(.variant), nullability: .always)
    ],
    "TYPEOF": [FunctionSignature(.typeOf, [.variant], .text)],
  ]

  private static let length = [FunctionSignature(.characterLength, [.string], .fixed(.integer))]
  private static let octets = [
    FunctionSignature(.octetLength, [.binary], .fixed(.integer)),
    FunctionSignature(.octetLength, [.string], .fixed(.integer)),
  ]
  private static let translate = [FunctionSignature(.translate, [.string, .string, .string], .text)]
  private static let starts = [
    FunctionSignature(.startsWith, [.string, .string], .fixed(.boolean)),
    FunctionSignature(.startsWith, [.binary, .binary], .fixed(.boolean)),
  ]
  private static let ends = [
    FunctionSignature(.endsWith, [.string, .string], .fixed(.boolean)),
    FunctionSignature(.endsWith, [.binary, .binary], .fixed(.boolean)),
  ]

  /// Regular expressions; the pattern comes second.
  static let regular: [String: [FunctionSignature]] = [
    "RLIKE": like, "REGEXP_LIKE": like, "REGEXP_CONTAINS": like, "REGEXP_MATCHES": like,
    "ILIKE": [
      FunctionSignature(.likeIgnoringCase, [.string, .string, .string], .fixed(.boolean), optional: 1)
    ],
    "SIMILAR": [FunctionSignature(.similar, [.string, .string, .string], .fixed(.boolean), optional: 1)],
    "REGEXP_REPLACE": [
      FunctionSignature(.regexReplace, [.string, .string, .string], .text, optional: 1)
    ],
    "REGEXP_EXTRACT": [
      FunctionSignature(.regexExtract, [.string, .string, .bigint], .text, optional: 1, nullability: .always)
    ],
    "REGEXP_SUBSTR": [
      FunctionSignature(
        .regexSubstring, [.string, .string, .bigint, .bigint], .text, optional: 2, nullability: .always)
    ],
    "REGEXP_INSTR": [
      FunctionSignature(
        .regexPosition, [.string, .string, .bigint, .bigint], .fixed(.integer), optional: 2)
    ],
    "REGEXP_COUNT": [FunctionSignature(.regexCount, [.string, .string], .fixed(.integer))],
  ]

  private static let like = [FunctionSignature(.regexLike, [.string, .string], .fixed(.boolean))]
}
