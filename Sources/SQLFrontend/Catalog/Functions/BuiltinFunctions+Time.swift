import DataModel

extension BuiltinFunctions {
  static let time: [String: [FunctionSignature]] = [
    "FORMAT_DATE": format(.formatTime), "FORMAT_TIME": format(.formatTime),
    "FORMAT_TIMESTAMP": format(.formatTime), "FORMAT_DATETIME": format(.formatTime),
    "PARSE_DATE": parse(.parseTime, .date), "PARSE_TIME": parse(.parseTime, .time),
    "PARSE_TIMESTAMP": parse(.parseTime, .timestamp), "PARSE_DATETIME": parse(.parseTime, .timestamp),
    "MAKE_DATE": [FunctionSignature(.makeDate, [.bigint, .bigint, .bigint], .fixed(.date))],
    "MAKE_TIME": [FunctionSignature(.makeTime, [.bigint, .bigint, .double], .fixed(.time))],
    "MAKE_TIMESTAMP": [
      FunctionSignature(
        .makeTimestamp, [.bigint, .bigint, .bigint, .bigint, .bigint, .double], .fixed(.timestamp)),
      FunctionSignature.unit(.timeFromUnix, "SECOND", [.bigint], .timestamp),
    ],
    "LAST_DAY": [FunctionSignature(.lastDay, [.day], .fixed(.date))],
    "DAYNAME": [FunctionSignature(.dayName, [.day], .text)],
    "MONTHNAME": [FunctionSignature(.monthName, [.day], .text)],
    "TIMESTAMP_SECONDS": [.unit(.timeFromUnix, "SECOND", [.bigint], .timestamp)],
    "TIMESTAMP_MILLIS": [.unit(.timeFromUnix, "MILLISECOND", [.bigint], .timestamp)],
    "TIMESTAMP_MICROS": [.unit(.timeFromUnix, "MICROSECOND", [.bigint], .timestamp)],
    "DATE_FROM_UNIX_DATE": [.unit(.timeFromUnix, "DAY", [.bigint], .date)],
    "UNIX_SECONDS": [.unit(.unixFromTime, "SECOND", [.timestamp], .bigint)],
    "UNIX_MILLIS": [.unit(.unixFromTime, "MILLISECOND", [.timestamp], .bigint)],
    "UNIX_MICROS": [.unit(.unixFromTime, "MICROSECOND", [.timestamp], .bigint)],
    "UNIX_DATE": [.unit(.unixFromTime, "DAY", [.date], .integer)],
    "DATE": [FunctionSignature(.cast, [.timestamp], .fixed(.date))],
    "TIME": [FunctionSignature(.cast, [.timestamp], .fixed(.time))],
    "DATE_FORMAT": [FunctionSignature(.formatTimeJava, [.moment, .string], .text)],
    "TO_CHAR": [FunctionSignature(.formatTimePostgres, [.moment, .string], .text)],
    "TO_DATE": [
      FunctionSignature(.parseTimePostgres, [.string, .string], .fixed(.date), nullability: .always)
    ],
    "TO_TIMESTAMP": [
      FunctionSignature(.parseTimePostgres, [.string, .string], .fixed(.timestamp), nullability: .always),
      .unit(.timeFromUnix, "SECOND", [.bigint], .timestamp),
    ],
  ]

  /// These give the value first; their kernels want it last.
  static let valueFirst: Set<ScalarFunction> = [
    .formatTimeJava, .formatTimePostgres, .parseTimePostgres, .parseTimeJava,
  ]

  private static func format(_ function: ScalarFunction) -> [FunctionSignature] {
    [FunctionSignature(function, [.string, .moment], .text)]
  }

  private static func parse(_ function: ScalarFunction, _ type: ColumnType) -> [FunctionSignature] {
    [FunctionSignature(function, [.string, .string], .fixed(type), nullability: .always)]
  }
}
