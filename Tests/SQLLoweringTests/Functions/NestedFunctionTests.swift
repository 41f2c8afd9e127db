import Testing

// Goal: arrays, maps, rows and VARIANT. Method: tables of expressions, each evaluated folded and over columns.

@Suite("Nested values")
struct NestedFunctionTests {
  @Test("arrays")
  func arrays() {
    check([
      ("ARRAY[1, NULL, 3]", "[1, NULL, 3]"), ("ARRAY[1, 2.5]", "[1.0, 2.5]"),
      ("ARRAY['a', 'bcd']", "[a, bcd]"), ("ARRAY()", "[]"),
      ("ARRAY[ARRAY[1], ARRAY[2, 3]]", "[[1], [2, 3]]"), ("ARRAY[2, 3][2]", "3"), ("ARRAY[2, 3][0]", "NULL"),
      ("ARRAY[2, 3][3]", "NULL"),
      ("ARRAY[2, 3][SAFE_OFFSET(0)]", "2"), ("ARRAY[2, 3][SAFE_OFFSET(-1)]", "NULL"),
      ("ARRAY[ARRAY['x']][1][1]", "x"), ("CARDINALITY(ARRAY[1, 2])", "2"),
      ("ARRAY_LENGTH(ARRAY())", "0"), ("ARRAY_APPEND(ARRAY[1, 2], 3)", "[1, 2, 3]"),
      ("ARRAY_APPEND(ARRAY[1], NULL)", "[1, NULL]"), ("ARRAY_PREPEND(ARRAY[2], 1.5)", "[1.5, 2.0]"),
      ("ARRAY_CONCAT(ARRAY[1], ARRAY[2], ARRAY[3])", "[1, 2, 3]"), ("ARRAY_CONCAT(ARRAY[1], NULL)", "NULL"),
      ("ARRAY_CONTAINS(ARRAY['a', 'b'], 'b')", "TRUE"),
      ("ARRAY_CONTAINS(ARRAY[1], NULL)", "NULL"), ("ARRAY_POSITION(ARRAY[1, 3, 4], 4)", "3"),
      ("ARRAY_POSITION(ARRAY[1], 9)", "0"), ("ARRAY_REMOVE(ARRAY[2, 2, 6], 2)", "[6]"),
      ("ARRAY_DISTINCT(ARRAY[1, 1, 2, NULL, NULL])", "[1, 2, NULL]"),
      ("ARRAY_EXCEPT(ARRAY[1, 2, 3], ARRAY[3, 1])", "[2]"),
      ("ARRAY_INTERSECT(ARRAY[1, 2, 3], ARRAY[3, 1])", "[1, 3]"),
      ("ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 4])", "[1, 2, 4]"), ("ARRAYS_OVERLAP(ARRAY[1], ARRAY[2])", "FALSE"),
      ("ARRAY_COMPACT(ARRAY[1, NULL])", "[1]"),
      ("ARRAY_REVERSE(ARRAY['a', 'b'])", "[b, a]"), ("ARRAY_MAX(ARRAY[9, 1, NULL])", "9"),
      ("ARRAY_MIN(ARRAY[-9, 1, NULL])", "-9"), ("ARRAY_MAX(ARRAY[CAST(NULL AS INT)])", "NULL"),
      ("SORT_ARRAY(ARRAY[4, -7, 1, NULL])", "[NULL, -7, 1, 4]"),
      ("SORT_ARRAY(ARRAY['b', 'a', 'ab'], FALSE)", "[b, ab, a]"), ("ARRAY_REPEAT('x', 3)", "[x, x, x]"),
      ("ARRAY_REPEAT(1, -1)", "[]"),
      ("ARRAY_REPEAT(1, 2000000000)", "error: the array of ARRAY_REPEAT exceeds"),
      ("ARRAY_INSERT(ARRAY[1, 2, 3], 3, 4)", "[1, 2, 4, 3]"),
      ("ARRAY_INSERT(ARRAY[1], 3, 9)", "[1, NULL, 9]"), ("ARRAY_INSERT(ARRAY[1, 2], -1, 9)", "[1, 2, 9]"),
      ("ARRAY_INSERT(ARRAY[1], -4, 9)", "[9, NULL, NULL, 1]"),
      ("ARRAY_INSERT(ARRAY[1], 0, 9)", "error: ARRAY_INSERT at the position 0"),
      ("ARRAY_TO_STRING(ARRAY[1, 2, NULL, 5], ',', '*')", "1,2,*,5"),
      ("ARRAY_JOIN(ARRAY['a', NULL], '-')", "a"),
      ("ELEMENT(ARRAY[2])", "2"),
      ("ELEMENT(ARRAY[2, 3])", "error: array that should have 1 element has more"),
      ("ELEMENT(CAST(ARRAY() AS INT ARRAY))", "NULL"),
      ("SEQUENCE(1, 3)", "[1, 2, 3]"), ("SEQUENCE(3, 1)", "[]"),
      ("SEQUENCE(-9223372036854775808, 9223372036854775807)", "error: the array of SEQUENCE exceeds"),
      ("SPLIT('a|b|', '|')", "[a, b, ]"), ("SPLIT('', ',')", "[]"), ("SPLIT('a,b')", "[a, b]"),
      ("ARRAY[1, 2] || ARRAY[3]", "[1, 2, 3]"),
      ("ARRAY[45] > ARRAY[22]", "TRUE"), ("ARRAY[1, 2] < ARRAY[1, 2, 0]", "TRUE"),
      ("ARRAY[NULL] < ARRAY[1]", "TRUE"), ("ARRAY[-1] < ARRAY[1]", "TRUE"),
      ("ARRAY[1, NULL] = ARRAY[1, NULL]", "TRUE"),
      ("CAST(ARRAY[1, 2] AS VARCHAR ARRAY)", "[1, 2]"),
      ("CAST(ARRAY['1', 'x'] AS INT ARRAY)", "error: cannot convert 'x' to INTEGER"),
      ("SAFE_CAST(ARRAY['1', 'x'] AS INT ARRAY)", "NULL"),
      ("ARRAY[1, 'a']", "error: Parameters must be of the same type"),
    ])
  }

  @Test("lambdas")
  func lambdas() {
    check([
      ("TRANSFORM(ARRAY[1, 2, 3], x -> x % 2)", "[1, 0, 1]"),
      ("TRANSFORM(ARRAY[1, NULL], x -> x + 1)", "[2, NULL]"), ("TRANSFORM(ARRAY[1, 2], x -> 'a')", "[a, a]"),
      ("TRANSFORM(CAST(NULL AS INT ARRAY), x -> x)", "NULL"),
      ("TRANSFORM(CAST(ARRAY() AS INT ARRAY), x -> x + 1)", "[]"),
      ("TRANSFORM(ARRAY[1, 2], (x) -> ARRAY[x, x * 2])", "[[1, 2], [2, 4]]"),
      ("TRANSFORM(ARRAY[1, 2], x -> TRANSFORM(ARRAY[10, 20], y -> x + y))", "[[11, 21], [12, 22]]"),
      ("TRANSFORM(ARRAY[ARRAY[1, 2], ARRAY[3]], x -> CARDINALITY(x))", "[2, 1]"),
      ("TRANSFORM(ARRAY[ARRAY[1], ARRAY[]], x -> TRANSFORM(x, x -> x + 1))", "[[2], []]"),
      ("TRANSFORM(ARRAY[1, 0], x -> 6 / x)", "error: attempt to divide by zero"),
      ("TRANSFORM(ARRAY[1.5, -0.0], x -> CAST(x AS DOUBLE))", "[1.5, 0.0]"),
      ("TRANSFORM(ARRAY['a', 'b'], s -> CASE WHEN s = 'a' THEN UPPER(s) END)", "[A, NULL]"),
      ("TRANSFORM(ARRAY[ROW(1, 2)], p -> p[2])", "[2]"),
      ("ARRAY_EXISTS(ARRAY[1, -2, 3], x -> x < 0)", "TRUE"),
      ("ARRAY_EXISTS(ARRAY[1, 2], x -> x < 0)", "FALSE"), ("EXISTS(ARRAY[1, -2], x -> x < 0)", "TRUE"),
      ("ARRAY_EXISTS(ARRAY[1, NULL], x -> x < 0)", "NULL"),
      ("ARRAY_EXISTS(ARRAY[NULL, -1], x -> x < 0)", "TRUE"),
      ("ARRAY_EXISTS(CAST(ARRAY() AS INT ARRAY), x -> x < 0)", "FALSE"),
      ("TRANSFORM(1, x -> x)", "error: Cannot apply 'TRANSFORM'"),
      ("ARRAY_EXISTS(ARRAY[1], x -> x)", "error: Cannot apply 'ARRAY_EXISTS'"),
      ("TRANSFORM(ARRAY[1], 2)", "error: Second argument of TRANSFORM must be a lambda"),
      ("x -> 1", "error: lambda expression is not yet implemented"),
    ])
  }

  @Test("parts of JSON")
  func jsonParts() {
    let json = "'{\"a\": {\"b\": [1, \"x\", 2.5, true, null]}}'"
    check([
      ("JSON_GET_INT(\(json), 'a', 'b', 0)", "1"), ("JSON_GET_STR(\(json), 'a', 'b', 1)", "x"),
      ("JSON_GET_STR(\(json), 'a', 'b', 0)", "NULL"), ("JSON_GET_INT(\(json), 'a', 'b', 1)", "NULL"),
      ("JSON_GET_INT('{\"n\": \"12\"}', 'n')", "NULL"), ("JSON_GET_FLOAT(\(json), 'a', 'b', 2)", "2.5"),
      ("JSON_GET_BOOL(\(json), 'a', 'b', 3)", "TRUE"), ("JSON_AS_TEXT(\(json), 'a', 'b', 1)", "x"),
      ("JSON_AS_TEXT(\(json), 'a', 'b', 2)", "2.5"), ("JSON_CONTAINS(\(json), 'a', 'b')", "TRUE"),
      ("JSON_CONTAINS(\(json), 'a', 'c')", "FALSE"), ("JSON_CONTAINS('no json', 'a')", "FALSE"),
      ("CAST(JSON_GET(PARSE_JSON(\(json)), 'a', 'b')[1] AS INT)", "1"),
      ("JSON_GET(\(json), 'z', 'b')", "NULL"), ("JSON_GET(1, 'z')", "error: Cannot apply 'JSON_GET'"),
    ])
  }

  @Test("maps and rows")
  func maps() {
    check([
      ("MAP['y', 3, 'x', 4]", "{x=4, y=3}"), ("MAP['x', 4]['x']", "4"), ("MAP['x', 4]['z']", "NULL"),
      ("MAP[1, 'a', 1, 'b']", "{1=b}"), ("MAP[NULL, 1]", "error: a MAP key is NULL"),
      ("CARDINALITY(MAP['x', 4, 'y', NULL])", "2"), ("MAP_KEYS(MAP['y', 5, 'x', 4])", "[x, y]"),
      ("MAP_VALUES(MAP['y', 5, 'x', NULL])", "[NULL, 5]"),
      ("MAP_CONTAINS_KEY(MAP['x', 4], 'x')", "TRUE"), ("MAP_CONTAINS_KEY(MAP[1, 2], 3)", "FALSE"),
      ("MAP_CONCAT(MAP['x', 4], MAP['y', 2, 'x', 1])", "{x=1, y=2}"),
      ("MAP_FROM_ARRAYS(ARRAY[2, 1], ARRAY['b', 'a'])", "{1=a, 2=b}"),
      ("MAP_FROM_ARRAYS(ARRAY[2], ARRAY['b', 'a'])", "error: the arrays of MAP_FROM_ARRAYS differ in length"),
      ("MAP['f', 1, 'v', 0] > MAP['f', 1]", "TRUE"), ("MAP['b', 1, 'a', 2] = MAP['a', 2, 'b', 1]", "TRUE"),
      ("CAST(MAP['a', 1] AS MAP<VARCHAR, VARCHAR>)", "{a=1}"),
      ("ROW(1, 'a', NULL)", "{1, a, NULL}"), ("CAST(ROW(1, 2) AS ROW(a INTEGER, b TINYINT)).b", "2"),
      ("ROW(1, ROW(2, 'x'))", "{1, {2, x}}"),
      ("ROW(1, NULL) <=> ROW(1, NULL)", "TRUE"),
      ("CAST(ROW(1, ARRAY[2]) AS ROW(a INT, b INT ARRAY)).b[1]", "2"), ("ROW(1, 300) IS NULL", "FALSE"),
      ("CAST(ROW(1, 300) AS ROW(a INT, b TINYINT))", "error: 300 is out of range of TINYINT"),
      ("CAST(ROW(1) AS ROW(a INT)).z", "error: Unknown field 'z'"),
    ])
  }

  @Test("VARIANT and JSON")
  func variants() {
    check([
      ("TYPEOF(CAST(1 AS VARIANT))", "INTEGER"), ("TYPEOF(CAST(CAST(1 AS TINYINT) AS VARIANT))", "TINYINT"),
      ("CAST(CAST(1 AS VARIANT) AS TINYINT)", "1"),
      ("CAST(CAST(300 AS VARIANT) AS TINYINT)", "NULL"), ("CAST(CAST('abc' AS VARIANT) AS VARCHAR)", "abc"),
      ("CAST('string' AS VARIANT)", "\"string\""), ("VARIANTNULL() IS NULL", "FALSE"),
      ("VARIANTNULL() = VARIANTNULL()", "TRUE"), ("TYPEOF(VARIANTNULL())", "VARIANT"),
      ("CAST(1 AS VARIANT) = CAST(1 AS VARIANT)", "TRUE"),
      ("CAST(1 AS VARIANT) = CAST(CAST(1 AS TINYINT) AS VARIANT)", "FALSE"),
      ("CAST(ARRAY[1, 2, 3] AS VARIANT)[1]", "1"), ("TYPEOF(CAST(ARRAY[1, 2, 3] AS VARIANT)[1])", "INTEGER"),
      ("CAST(1 AS VARIANT)[1]", "NULL"), ("CAST(ARRAY[1] AS VARIANT)['name']", "NULL"),
      ("CAST(MAP[1, 'a', 2, 'b'] AS VARIANT)[1]", "\"a\""), ("CAST(MAP['a', 1] AS VARIANT).\"a\"", "1"),
      ("CAST(MAP['A', 1] AS VARIANT).A", "NULL"), ("PARSE_JSON(1)", "1"),
      ("TYPEOF(PARSE_JSON('1'))", "BIGINT UNSIGNED"),
      ("TYPEOF(PARSE_JSON('-1'))", "BIGINT"), ("TYPEOF(PARSE_JSON('1.5'))", "DECIMAL"),
      ("TYPEOF(PARSE_JSON('1e400'))", "DOUBLE"), ("TYPEOF(PARSE_JSON('\"a\"'))", "VARCHAR"),
      ("TYPEOF(PARSE_JSON('null'))", "VARIANT"), ("PARSE_JSON(NULL)", "NULL"),
      ("PARSE_JSON('{')", "NULL"), ("PARSE_JSON('1 2')", "NULL"),
      (
        "TO_JSON(PARSE_JSON('{ \"b\": 2.50, \"a\": [1, null, \"x\\u00e9\"] }'))",
        "{\"a\":[1,null,\"xé\"],\"b\":2.50}"
      ), ("TO_JSON(NULL)", "NULL"),
      ("TO_JSON(ARRAY[DATE '2020-01-01'])", "[\"2020-01-01\"]"), ("TO_JSON(MAP['a', 1.5])", "{\"a\":1.5}"),
      ("CAST(PARSE_JSON('{\"a\": {\"b\": [7, 8]}}')['a']['b'][2] AS INT)", "8"),
      ("PARSE_JSON('{\"a\": 1}').a", "1"),
      ("CAST(PARSE_JSON('{\"name\": \"J\", \"scores\": [8, 10]}')['scores'] AS INT ARRAY)", "[8, 10]"),
      (
        "CAST(PARSE_JSON('{\"i\": 1, \"s\": \"x\", \"n\": null}') AS ROW(i INT, s VARCHAR, n INT, missing INT))",
        "{1, x, NULL, NULL}"
      ), ("CAST(PARSE_JSON('{\"a\": 1}') AS MAP<VARCHAR, INT>)", "{a=1}"),
      ("CAST(PARSE_JSON('\"2020-01-02\"') AS DATE)", "2020-01-02"),
      ("CAST(PARSE_JSON('\"no\"') AS DATE)", "NULL"), ("CAST(PARSE_JSON('[1]') AS VARCHAR)", "[1]"),
      ("CAST(PARSE_JSON('true') AS BOOLEAN)", "TRUE"),
      ("CAST(CAST(x'0102' AS VARIANT) AS VARBINARY)", "0102"),
      ("CAST(CAST(ROW(1, 'x') AS VARIANT) AS ROW(a INT, b VARCHAR))", "{NULL, NULL}"),
      ("CAST(PARSE_JSON('8.125') AS DECIMAL(8, 2))", "8.13"),
    ])
  }
}
