/// Forms of the dialect by the sort of their result; `%x` is a hole for the sort x, `%?` for any.
enum ExpressionTemplates {
  static func of(_ sort: ExpressionGrammar.Sort) -> [String] {
    switch sort {
    case .integer: integers
    case .bigint: bigints
    case .decimal: decimals
    case .double: doubles
    case .text: texts
    case .binary: binaries
    case .boolean: booleans
    case .date: dates
    case .timestamp: timestamps
    case .time: times
    case .long: longs
    case .short: shorts
    case .numbers: numberArrays
    case .texts: textArrays
    case .map: maps
    case .variant: variants
    case .unsigned:
      ["%u + %u", "%u - %u", "%u * %u", "%u / %u", "%u % %u", "cast(%l as bigint unsigned)", "abs(%u)"]
    case .uuid: ["parse_uuid(%s)", "cast(%s as uuid)", "cast(%y as uuid)"]
    }
  }

  private static let integers = [
    "(%i + %i)", "(%i - %i)", "(%i * %i)", "(%i / %i)", "(%i % %i)", "- %i", "abs(%i)", "mod(%i, %i)",
    "div(%i, %i)",
    "char_length(%s)", "octet_length(%y)", "position(%s in %s)", "strpos(%s, %s)", "instr(%s, %s, %l, %l)",
    "ascii(%s)", "levenshtein(%s, %s)", "difference(%s, %s)", "strcmp(%s, %s)", "regexp_count(%s, %s)",
    "regexp_instr(%s, %s, %l, %l)", "(%i & %i)", "(%i | %i)", "(%i ^ %i)", "bitnot(%i)", "shift_left(%i, %l)",
    "shift_right(%i, %l)", "sign(%i)", "round(%i, %i)", "truncate(%i, %i)", "cardinality(%A)",
    "cardinality(%M)",
    "%A[%i]", "%M[%s]", "array_max(%A)", "array_min(%A)", "element(%A)", "cast(%d as int)", "cast(%m as int)",
    "cast(%s as int)", "cast(%b as int)", "cast(%l as tinyint)", "cast(%v as int)", "to_int(%y)",
    "div_null(%i, %i)",
    "%A[safe_offset(%i)]", "floor(%i)", "unix_date(%D)",
  ]
  private static let bigints = [
    "(%l + %l)", "(%l - %i)", "(%l * %l)", "(%l / %l)", "(%l % %l)", "- %l", "abs(%l)",
    "extract(year from %D)",
    "extract(month from %T)", "extract(week from %D)", "extract(isoweek from %T)", "extract(doy from %D)",
    "extract(epoch from %T)", "extract(millisecond from %t)", "extract(century from %D)",
    "extract(millennium from %T)", "extract(decade from %J)", "extract(hour from %V)",
    "extract(second from %V)",
    "timestampdiff(month, %T, %T)", "timestampdiff(second, %T, %T)", "timestampdiff(week, %D, %D)",
    "timestampdiff(year, %D, %T)", "date_diff(%D, %D, day)", "factorial(%l)", "bit_count(%y)", "crc32(%s)",
    "xxhash(%s, %l)", "unix_seconds(%T)", "unix_millis(%T)", "unix_micros(%T)", "cast(%d as bigint)",
    "cast(%m as bigint)", "cast(%s as bigint)", "cast(%V as bigint)", "cast(%J as bigint)",
    "cast(%T as bigint)",
    "array_position(%A, %i)", "cast(%u as bigint)", "(%l << %i)", "(%l >> %i)",
  ]
  private static let decimals = [
    "(%m + %m)", "(%m - %m)", "(%m * %m)", "(%m / %m)", "(%m % %m)", "- %m", "abs(%m)", "round(%m, %i)",
    "truncate(%m, %i)", "bround(%m, %i)", "floor(%m)", "ceil(%m)", "sign(%m)", "(%m * %l)", "(%i / %m)",
    "cast(%d as decimal(38, 10))", "cast(%s as decimal(20, 5))", "cast(%l as decimal(38, 19))",
    "cast(%m as decimal(5, 3))", "cast(%m as decimal(38, 38))", "cast(%T as decimal(20, 0))", "mod(%m, %i)",
  ]
  private static let doubles = [
    "(%d + %d)", "(%d - %d)", "(%d * %d)", "(%d / %d)", "- %d", "abs(%d)", "sqrt(%d)", "exp(%d)", "ln(%d)",
    "log10(%d)", "log(%d, %d)", "power(%d, %d)", "power(%i, %i)", "sin(%d)", "tan(%d)", "cot(%d)", "asin(%d)",
    "atanh(%d)", "csch(%d)", "round(%d, %i)", "truncate(%d, %i)", "bround(%d, %i)", "floor(%d)", "ceil(%d)",
    "cast(%s as double)", "cast(%m as double)", "cast(%l as real)", "degrees(%d)", "cbrt(%d)", "log2(%d)",
    "sign(%d)",
    "finite_or_null(%d)", "cast(cast(%d as real) as double)", "atan2(%d, %d)",
  ]
  private static let texts = [
    "upper(%s)", "lower(%s)", "initcap(%s)", "(%s || %s)", "concat(%s, %s)", "concat_ws(%s, %s, %s)",
    "substring(%s from %i)", "substring(%s from %i for %i)", "substr(%s, %i, %i)", "left(%s, %i)",
    "right(%s, %i)",
    "trim(both %s from %s)", "trim(%s)", "ltrim(%s, %s)", "rtrim(%s)", "replace(%s, %s, %s)",
    "translate(%s, %s, %s)",
    "overlay(%s placing %s from %i for %i)", "repeat(%s, %i)", "reverse(%s)", "lpad(%s, %i, %s)",
    "rpad(%s, %i, %s)",
    "chr(%i)", "split_part(%s, %s, %i)", "split_index(%s, %s, %i)", "soundex(%s)", "url_encode(%s)",
    "url_decode(%s)", "md5(%s)", "sha256(%y)", "sha512(%s)", "to_hex(%y)", "to_base64(%y)", "bin2utf8(%y)",
    "gunzip(%y)", "regexp_replace(%s, %s, %s)", "regexp_extract(%s, %s, %l)", "regexp_substr(%s, %s, %l, %l)",
    "format_date(%s, %D)", "format_timestamp(%s, %T)", "date_format(%T, %s)", "to_char(%T, %s)",
    "dayname(%D)",
    "monthname(%T)", "cast(%? as varchar)", "cast(%? as varchar(%i))", "cast(%? as char(5))", "%S[%i]",
    "array_join(%S, %s)", "array_to_string(%A, %s, %s)", "to_json(%?)", "typeof(%v)", "cast(%v as varchar)",
    "initcap_spaces(%s)", "sha1(%s)", "array_max(%S)",
  ]
  private static let binaries = [
    "(%y || %y)", "substring(%y from %i for %i)", "overlay(%y placing %y from %i for %i)", "reverse(%y)",
    "left(%y, %i)", "right(%y, %i)", "from_hex(%s)", "from_base64(%s)", "utf8_to_bin(%s)",
    "cast(%y as binary(4))", "cast(%y as varbinary(3))", "cast(%U as varbinary)", "bitand(%y, %y)",
    "bitor(%y, %y)",
    "bitxor(%y, %y)", "bitnot(%y)", "substr(%y, %i, %i)",
  ]
  private static let booleans = [
    "%b and %b", "(%b or %b)", "not %b", "(%b) is true", "(%b) is not false", "(%b) is unknown",
    "(%? is null)",
    "(%? is not null)", "(%i < %l)", "(%m >= %d)", "(%s = %s)", "(%s <> %s)", "(%D < %T)", "(%T <= %D)",
    "(%t > %t)",
    "(%y = %y)", "(%J < %J)", "(%V >= %V)", "(%A = %A)", "(%U <> %U)", "(%M = %M)", "(%v = %v)", "(%u < %l)",
    "(%i is distinct from %l)", "(%s is not distinct from %s)", "(%i <=> %i)", "(%i in (%i, %l, 3))",
    "(%s not in (%s, %s))", "(%m between %i and %m)", "(%D not between %D and %T)", "(%s like %s)",
    "(%s like %s escape %s)", "(%s not like 'a%')", "(%s ilike %s)", "(%s similar to %s)", "(%s rlike %s)",
    "regexp_like(%s, %s)", "starts_with(%s, %s)", "ends_with(%y, %y)", "contains_substr(%s, %s)",
    "is_nan(%d)",
    "is_inf(%d)", "array_contains(%A, %i)", "arrays_overlap(%S, %S)", "map_contains_key(%M, %s)",
    "cast(%s as boolean)", "cast(%i as boolean)", "(%i = %s)", "(%s < %D)", "((%i, %s) = (%l, %s))",
    "((%i, %i) in ((1, 2), (%i, %l)))", "(%i between symmetric %l and %m)",
  ]
  private static let dates = [
    "(%D + %V)", "(%D - %J)", "(%D + interval '1' month)", "cast(%T as date)", "cast(%s as date)",
    "make_date(%l, %l, %l)",
    "last_day(%D)", "last_day(%T)", "date_trunc(%D, month)", "date_trunc(%D, quarter)", "floor(%D to year)",
    "ceil(%D to week)", "timestampadd(month, %i, %D)", "timestampadd(day, %l, %D)",
    "date_add(%D, interval '9' year)",
    "date_sub(%D, interval '3' day)", "parse_date(%s, %s)", "to_date(%s, %s)", "date_from_unix_date(%l)",
    "add_months(%D, %i)", "floor(%D to century)", "ceil(%D to millennium)", "date(%T)", "cast(%v as date)",
  ]
  private static let timestamps = [
    "(%T + %V)", "(%T - %V)", "(%T + %J)", "(%T - %J)", "cast(%D as timestamp)", "cast(%s as timestamp)",
    "cast(%l as timestamp)", "floor(%T to hour)", "ceil(%T to day)", "date_trunc(%T, week)",
    "timestamp_trunc(%T, month)",
    "ceil(%T to century)", "timestampadd(second, %l, %T)", "timestampadd(year, %i, %T)",
    "timestampadd(microsecond, %l, %T)", "make_timestamp(%l, %l, %l, %l, %l, %d)", "timestamp_seconds(%l)",
    "timestamp_millis(%l)", "timestamp_micros(%l)", "parse_timestamp(%s, %s)", "to_timestamp(%s, %s)",
    "(%D + %V)", "ceil(%T to second)", "floor(%T to millisecond)", "now()",
  ]
  private static let times = [
    "cast(%T as time)", "cast(%s as time)", "make_time(%l, %l, %d)", "(%t + %V)", "(%t - %V)",
    "parse_time(%s, %s)",
    "time_trunc(%t, hour)", "floor(%t to minute)", "timestampadd(hour, %i, %t)", "time(%T)",
    "ceil(%t to hour)",
  ]
  private static let longs = [
    "(%J + %J)", "(%J - %J)", "(%J * %i)", "(%J / %i)", "- %J", "interval %i month", "interval (%l) year",
    "(%D - %D) month",
    "(%T - %T) year", "cast(%i as interval month)", "cast(%s as interval year to month)", "abs(%J)",
    "(%J * %d)",
  ]
  private static let shorts = [
    "(%V + %V)", "(%V - %V)", "(%V * %i)", "(%V / %i)", "- %V", "interval %i day", "interval (%l) second",
    "(%T - %T) day",
    "(%D - %D) hour", "(%T - %T) second", "cast(%i as interval day)", "cast(%s as interval day to second)",
    "abs(%V)",
    "(%t - %t) minute", "(%V * %m)",
  ]
  private static let numberArrays = [
    "array[%i, %i]", "array[%i]", "array_append(%A, %i)", "array_prepend(%A, %i)", "array_concat(%A, %A)",
    "array_remove(%A, %i)", "array_insert(%A, %i, %i)", "array_distinct(%A)", "array_except(%A, %A)",
    "array_intersect(%A, %A)", "array_union(%A, %A)", "array_compact(%A)", "array_reverse(%A)",
    "sort_array(%A)",
    "array_repeat(%i, %i)", "sequence(%i, %i)", "map_values(%M)", "cast(%v as int array)",
  ]
  private static let textArrays = [
    "array[%s, %s]", "split(%s, %s)", "split(%s)", "regexp_split(%s, %s)", "regexp_extract_all(%s, %s)",
    "map_keys(%M)",
    "array_concat(%S, %S)", "array_distinct(%S)", "sort_array(%S)", "array_repeat(%s, %i)",
    "array_reverse(%S)",
    "array_insert(%S, %i, %s)",
  ]
  private static let maps = [
    "map[%s, %i]", "map[%s, %i, %s, %i]", "map_concat(%M, %M)", "map_from_arrays(%S, %A)",
    "cast(%v as map<varchar, int>)",
  ]
  private static let variants = [
    "parse_json(%s)", "cast(%? as variant)", "%v[%s]", "%v[%i]", "variantnull()", "cast(%A as variant)",
    "cast(%M as variant)", "parse_json('{\"a\": [1, 2.5, {\"b\": null}], \"c\": \"x\"}')",
  ]

  // MARK: Types and literals

  static func type(_ sort: ExpressionGrammar.Sort, _ random: inout SeededGenerator) -> String {
    switch sort {
    case .integer: random.pick(["int", "smallint", "tinyint", "int unsigned"])
    case .bigint: "bigint"
    case .decimal: random.pick(["decimal(38, 0)", "decimal(10, 2)", "decimal(38, 38)", "decimal(1, 1)"])
    case .double: random.pick(["double", "real"])
    case .text: random.pick(["varchar", "varchar(1)", "char(3)"])
    case .binary: random.pick(["varbinary", "binary(2)"])
    case .boolean: "boolean"
    case .date: "date"
    case .timestamp: "timestamp"
    case .time: "time"
    case .long: random.pick(["interval year", "interval month", "interval year to month"])
    case .short:
      random.pick(["interval day", "interval day to second", "interval second", "interval hour to minute"])
    case .numbers: "int array"
    case .texts: "varchar array"
    case .map: "map<varchar, int>"
    case .variant: "variant"
    case .unsigned: "bigint unsigned"
    case .uuid: "uuid"
    }
  }

  static func literal(_ sort: ExpressionGrammar.Sort, _ random: inout SeededGenerator) -> String {
    switch sort {
    case .integer:
      random.pick(["0", "1", "-1", "2", "7", "31", "100", "2147483647", "-2147483648", "1000000000"])
    case .bigint:
      random.pick([
        "0", "1", "-1", "63", "64", "9223372036854775807", "-9223372036854775807",
        "(-9223372036854775807 - 1)",
        "86400000000", "253402300800", "-62135596801",
      ])
    case .decimal:
      random.pick([
        "0.0", "1.5", "-0.001", "99999999999999999999999999999999999999",
        "-99999999999999999999999999999999999999.",
        "0.00000000000000000000000000000000000001", "123456789.987654321", "2.5", "9223372036854775808",
      ])
    case .double:
      random.pick([
        "0e0", "-0e0", "1e308", "-1e308", "1e-320", "2.5e0", "cast('NaN' as double)",
        "cast('Infinity' as double)",
        "cast('-Infinity' as double)", "9.3e18", "1e40", "0.5e0",
      ])
    case .text: "'" + random.pick(strings) + "'"
    case .binary:
      random.pick(["x''", "x'00'", "x'ff'", "x'0102030405060708'", "x'1f8b0800000000000003'", "x'c328'"])
    case .boolean: random.pick(["true", "false", "null"])
    case .date:
      random.pick(["date '0001-01-01'", "date '9999-12-31'", "date '1970-01-01'", "date '2024-02-29'"])
    case .timestamp:
      random.pick([
        "timestamp '0001-01-01 00:00:00'", "timestamp '9999-12-31 23:59:59.999999'",
        "timestamp '1969-12-31 23:59:59.5'",
        "timestamp '2024-02-29 12:34:56.789'",
      ])
    case .time: random.pick(["time '00:00:00'", "time '23:59:59.999999999'", "time '12:30:00'"])
    case .long: random.pick(["interval '1' month", "interval '99' year", "interval '-1-11' year to month"])
    case .short:
      random.pick([
        "interval '1' day", "interval '99 23:59:59' day to second", "interval '-1' second",
        "interval '90' minute",
      ])
    case .numbers:
      random.pick([
        "array[1, null, 3]", "array[2147483647]", "cast(array() as int array)", "cast(null as int array)",
      ])
    case .texts: random.pick(["array['a', null]", "array['', 'xyz', 'é']", "cast(null as varchar array)"])
    case .map: random.pick(["map['a', 1]", "map['a', 1, 'b', null]", "cast(null as map<varchar, int>)"])
    case .variant: random.pick(["parse_json('[1, {}]')", "parse_json('null')", "variantnull()"])
    case .unsigned:
      random.pick(["cast(0 as bigint unsigned)", "cast(18446744073709551615 as bigint unsigned)"])
    case .uuid: "parse_uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8')"
    }
  }

  static let strings = [
    "", "a", "abc", "aXbXc", "é", "😀x", "%", "_%", "a\\", "!", "(", "[a-", "(a*)*b", "(a|b)+$", "a{1000}",
    "\\d+",
    "\\1", "$1$9", "(?i)x", "[^a]", "^", "x{2,1}", "(((((((a)))))))", "NaN", "1e400", "-5",
    "99999999999999999999",
    " 12 ", "0x1F", "1.5.2", "2024-02-30", "2024-02-29", "10000-01-01", "24:00:00", "2024-01-01 00:00:60",
    "%Y-%m-%d %H:%M:%S", "%E4Y%%%Q%j%U", "yyyy-MM-dd", "YYYY-MM-DD HH24:MI:SS.US", "FMMonth DDth", "'' ''",
    "true",
    "{\"a\":[1,{\"b\":2}]}", "[[[[[[]]]]]]", "{\"a\":1e999}", "\"\\ud800\"",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "%41%zz%", "SGVsbG8=", "4142f",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "1-2", "1 2:3:4.5", "-", "+", ".", "e", "\u{0}", "ß", "İ",
  ]
}
