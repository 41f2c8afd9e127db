/// Scalar functions of the engine. Unless stated otherwise a NULL argument gives NULL, and arguments of
/// binary
/// operators have one common type (that of the arguments decides the kernel, not that of the result).
package enum ScalarFunction: String, Hashable, Sendable, CaseIterable {
  // Arithmetic, checked. Arguments have the result's type; DECIMAL arguments keep their own scales.
  case add, subtract, multiply, divide, modulo, negate
  // Comparison of two values of one type; result BOOLEAN. Strings compare by UTF-8 bytes.
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  /// IS NOT DISTINCT FROM; never NULL.
  case notDistinct
  // Three-valued logic.
  case and, or, not
  // Never NULL.
  case isNull, isNotNull, isTrue, isFalse, isNotTrue, isNotFalse
  /// Conversion of the one argument to the call's type; errors on values that do not fit.
  case cast
  /// First argument that is not NULL; lazily evaluated.
  case coalesce
  /// NULL when both are equal, else the first.
  case nullIf
  // Numbers.
  case absolute, floor, ceiling, round, sign, power, squareRoot, exponential, naturalLogarithm
  // Strings. Positions and lengths count characters (Unicode scalars), from 1.
  case concatenate, lower, upper, trimBoth, trimLeading, trimTrailing, characterLength, substring, position,
    replace
  case left, right
  /// value LIKE pattern [ESCAPE character].
  case like
  // Date and time. The first argument of `extract` and `truncateTime` is a literal unit name in upper case.
  case extract, truncateTime
  /// The journaled NOW() of the step.
  case now
  /// Greatest, least of arguments of one type; NULL if any is NULL.
  case greatest, least
  /// As `greatest` and `least` over the arguments that are not NULL; NULL without any.
  case greatestPresent, leastPresent
  /// As `cast`, with NULL in place of an error.
  case safeCast

  // Real functions of DOUBLEs: IEEE results, never an error.
  case sine, cosine, tangent, cotangent, secant, cosecant
  case arcSine, arcCosine, arcTangent, arcTangent2
  case hyperbolicSine, hyperbolicCosine, hyperbolicTangent, hyperbolicCotangent, hyperbolicSecant,
    hyperbolicCosecant
  case areaSine, areaCosine, areaTangent
  case cubeRoot, degrees, radians, logarithm10, logarithm2, logarithm1p
  /// Logarithm of the first to the base of the second.
  case logarithm
  // More numbers. `round`, `bankersRound` and `truncateNumber` take digits behind the point.
  case truncateNumber, bankersRound, isNaN, isInfinite, finiteOrNull
  /// As `divide`, NULL for a divisor of 0.
  case divideOrNull
  case bitAnd, bitOr, bitXor, bitNot, bitCount, shiftLeft, shiftRight, factorial

  // More strings.
  case ascii, character, capitalize, capitalizeSpaces, repeatText, reverse, overlay, splitPart
  /// As `splitPart` from 0, NULL where there is no such part.
  case splitIndex
  /// CONCAT_WS: NULL arguments behind the separator are left out.
  case concatenateWith
  case padLeft, padRight, translate, startsWith, endsWith, containsText
  case levenshtein, soundex, difference, compareText
  /// As `substring`, with a negative start counted from the end.
  case substringFromEnd
  /// INSTR(text, needle, start): 0 when absent.
  case positionFrom
  case likeIgnoringCase, similar
  // Regular expressions; the pattern is the second argument.
  case regexLike, regexReplace, regexExtract, regexSubstring, regexPosition, regexCount, regexAll,
    regexSplit
  case urlEncode, urlDecode

  // Binary strings.
  case octetLength, binaryLeft, binaryRight, binarySubstring, binaryPosition, binaryOverlay, binaryReverse
  case textToBinary, binaryToText, toHex, fromHex, toBase64, fromBase64, toInteger, gunzip
  // Hashes; text as lower-case hexadecimal digits, `xxHash` and `crc32` as numbers.
  case md5, sha1, sha256, sha512, crc32, xxHash

  // More dates and times. A unit is a literal in upper case in front.
  case ceilingTime
  /// TIMESTAMPADD(unit, count, value).
  case addUnits
  /// TIMESTAMPDIFF(unit, start, end): whole units that have elapsed.
  case unitsBetween
  // Date, time or timestamp with an interval; timestamps subtracted to the call's interval.
  case addInterval, subtractInterval, subtractTimes
  // An interval with an interval; with a number.
  case intervalSum, intervalDifference, scaleInterval, divideInterval, negateInterval, absoluteInterval
  case makeDate, makeTime, makeTimestamp, lastDay, dayName, monthName
  /// The pattern in front is a literal of the dialect that the function names.
  case formatTime, formatTimeJava, formatTimePostgres
  /// NULL where the text does not fit the pattern.
  case parseTime, parseTimeJava, parseTimePostgres
  /// Integer of the unit since 1970-01-01 to TIMESTAMP or DATE, and back.
  case timeFromUnix, unixFromTime

  // Nested values. Items may be NULL.
  case makeArray, makeMap, makeRow
  /// Element by position from 1, or from 0; NULL outside.
  case item, itemFromZero
  case mapItem
  /// Field by position from 0, a literal.
  case field
  case variantItem
  case cardinality, singleElement
  case arrayAppend, arrayPrepend, arrayConcat, arrayContains, arrayPosition, arrayRemove, arrayInsert
  case arrayDistinct, arrayExcept, arrayIntersect, arrayUnion, arraysOverlap, arrayCompact, arrayReverse
  case arrayMaximum, arrayMinimum, arraySort, arrayRepeat, arrayJoin, sequence, splitText
  case mapKeys, mapValues, mapContainsKey, mapConcat, mapFromArrays
  case parseJSON, toJSON, typeOf
  /// The array, what the body reads of the row around, and the body over the elements.
  case transform, arrayExists
  /// In a body: the element (0), or one of what it reads; a literal position.
  case lambdaParameter

  // Identifiers.
  case uuidFromText

  /// Whether the first argument is a literal that the kernel takes when it is made.
  package var takesLiteral: Bool {
    switch self {
    case .extract, .truncateTime, .ceilingTime, .addUnits, .unitsBetween, .timeFromUnix, .unixFromTime,
      .field:
      true
    default: false
    }
  }
}
