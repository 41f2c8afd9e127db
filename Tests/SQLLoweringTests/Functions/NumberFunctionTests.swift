import Testing

// Goal: numeric functions at their bounds; integers of every width; three-valued conditionals. Method: tables of
// expressions, each evaluated folded and over columns.

@Suite("Numeric functions")
struct NumberFunctionTests {
  @Test("rounding")
  func rounding() {
    check([
      ("TRUNCATE(-1.57)", "-1.00"), ("TRUNC(1234.5678, 2)", "1234.5600"), ("TRUNCATE(1234.5, -2)", "1200.0"),
      ("TRUNCATE(15e-1)", "1.0"), ("TRUNCATE(127, -1)", "120"), ("TRUNCATE(12, 50)", "12"),
      ("TRUNCATE(12, -50)", "0"),
      ("BROUND(2.5, 0)", "2.0"), ("BROUND(3.5)", "4.0"), ("BROUND(-2.5)", "-2.0"),
      ("BROUND(1.25, 1)", "1.20"),
      ("ROUND(CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0)), -37)", "error: "),
      ("BROUND(CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0)), -37)", "error: "),
      ("BROUND(CAST(127 AS TINYINT), -1)", "error: attempt to round with overflow: 127"),
      ("ROUND(2.5)", "3.0"),
      ("FLOOR(-1.5)", "-2"), ("CEIL(1.01)", "2"), ("CEILING(-1.5e0)", "-1.0"), ("SIGN(-2)", "-1"),
      ("ABS(-1.5)", "1.5"),
      ("ABS(INTERVAL -'3' DAY)", "+3"), ("MOD(-8, 3)", "-2"), ("MOD(8, -3)", "2"), ("-8 % -3", "-2"),
      ("MOD(5.5, 2)", "1.5"),
    ])
  }

  @Test("real functions")
  func reals() {
    check([
      ("SIN(0)", "0.0"), ("COS(0)", "1.0"), ("ATAN2(1, 1) = PI() / 4", "TRUE"), ("DEGREES(PI)", "180.0"),
      ("RADIANS(180) = PI", "TRUE"),
      ("CBRT(27)", "3.0"), ("LOG10(1000)", "3.0"), ("LOG2(8)", "3.0"), ("LOG(8, 2)", "3.0"), ("LN(1)", "0.0"),
      ("LN(0)", "-Infinity"),
      ("LOG1P(0)", "0.0"), ("EXP(0)", "1.0"), ("POWER(2, 10)", "1024.0"), ("SQRT(-1)", "NaN"),
      ("IS_NAN(SQRT(-1))", "TRUE"),
      ("IS_INF(LN(0))", "TRUE"), ("FINITE_OR_NULL(LN(0))", "NULL"), ("FINITE_OR_NULL(1)", "1.0"),
      ("TANH(0)", "0.0"), ("COSH(0)", "1.0"),
      ("ACOS(1)", "0.0"), ("ASINH(0)", "0.0"), ("ACOSH(1)", "0.0"), ("ATANH(0)", "0.0"), ("SEC(0)", "1.0"),
      ("SECH(0)", "1.0"),
      ("COT(0)", "Infinity"), ("CSC(0)", "Infinity"), ("SIN(NULL)", "NULL"),
    ])
  }

  @Test("bits, division, factorial")
  func bits() {
    check([
      ("5 & 3", "1"), ("5 | 3", "7"), ("5 ^ 3", "6"), ("BITNOT(5)", "-6"), ("BITAND(x'0f', x'3c')", "0c"),
      ("BITXOR(x'ff', x'0f')", "f0"),
      ("BITOR(x'ff', x'0f0f')", "error: different length for bitwise operands"), ("BIT_COUNT(255)", "8"),
      ("BIT_COUNT(x'ff01')", "9"),
      ("1 << 3", "8"), ("-16 >> 2", "-4"), ("CAST(255 AS TINYINT UNSIGNED) << 1", "254"),
      ("BITNOT(CAST(5 AS TINYINT UNSIGNED))", "250"),
      ("CAST(64 AS TINYINT) << 1", "-128"), ("DIV_NULL(1, 0)", "NULL"), ("DIV_NULL(7, 2)", "3"),
      ("DIV_NULL(1.0, 0)", "NULL"),
      ("1 / 0", "error: attempt to divide by zero: 1 / 0"), ("FACTORIAL(20)", "2432902008176640000"),
      ("FACTORIAL(21)", "error: factorial of 21 is out of range"), ("FACTORIAL(0)", "1"),
    ])
  }

  @Test("unsigned integers")
  func unsigned() {
    check([
      ("CAST(255 AS TINYINT UNSIGNED)", "255"),
      ("CAST(256 AS TINYINT UNSIGNED)", "error: 256 is out of range of TINYINT UNSIGNED"),
      ("CAST(-1 AS BIGINT UNSIGNED)", "error: -1 is out of range of BIGINT UNSIGNED"),
      ("CAST('18446744073709551615' AS BIGINT UNSIGNED)", "18446744073709551615"),
      (
        "CAST(18446744073709551616 AS BIGINT UNSIGNED)",
        "error: 18446744073709551616 is out of range of BIGINT UNSIGNED"
      ),
      ("CAST('18446744073709551615' AS BIGINT UNSIGNED) + 1", "error: attempt to add with overflow"),
      ("CAST(3 AS BIGINT UNSIGNED) - 4", "error: attempt to subtract with overflow: 3 - 4"),
      ("CAST(3 AS UNSIGNED) * CAST(4 AS UNSIGNED)", "12"), ("CAST(7 AS BIGINT UNSIGNED) / 2", "3"),
      ("CAST(7 AS BIGINT UNSIGNED) % 4", "3"),
      ("CAST(7 AS BIGINT UNSIGNED) / 0", "error: attempt to divide by zero: 7 / 0"),
      (
        "CAST(200 AS TINYINT UNSIGNED) + CAST(100 AS TINYINT UNSIGNED)",
        "error: attempt to add with overflow: 200 + 100"
      ),
      ("CAST(5 AS BIGINT UNSIGNED) > 4", "TRUE"), ("CAST(CAST(5 AS BIGINT UNSIGNED) AS DOUBLE)", "5.0"),
      ("CAST(CAST(300 AS BIGINT UNSIGNED) AS TINYINT)", "error: 300 is out of range of TINYINT"),
      ("-CAST(0 AS UNSIGNED)", "0"),
      ("-CAST(1 AS UNSIGNED)", "error: attempt to negate with overflow: 1"),
      ("CAST(2.9 AS BIGINT UNSIGNED)", "2"),
      ("CAST(-0.5 AS BIGINT UNSIGNED)", "0"),
      ("CAST('x' AS BIGINT UNSIGNED)", "error: cannot convert 'x' to BIGINT UNSIGNED"),
    ])
  }

  @Test("conditionals")
  func conditionals() {
    check([
      ("COALESCE(NULL, 5)", "5"), ("NVL2(NULL, 'a', 'b')", "b"), ("NVL2(1, 'a', 'b')", "a"),
      ("IF(1 < 2, 'x', 'y')", "x"),
      ("DECODE(2, 1, 'one', 2, 'two', 'other')", "two"), ("DECODE(NULL, 1, 'one', NULL, 'null')", "null"),
      ("DECODE(9, 1, 'one')", "NULL"),
      ("GREATEST(1, NULL, 3)", "NULL"), ("GREATEST_IGNORE_NULLS(1, NULL, 3)", "3"),
      ("LEAST_IGNORE_NULLS(NULL, 2.5, 3)", "2.5"),
      ("GREATEST_IGNORE_NULLS('a', NULL, 'b')", "b"), ("LEAST_IGNORE_NULLS(NULL, NULL)", "NULL"),
      ("NULLIF(1, 1)", "NULL"),
      ("1 <=> NULL", "FALSE"), ("NULL <=> NULL", "TRUE"), ("2 BETWEEN SYMMETRIC 3 AND 1", "TRUE"),
      ("2 NOT BETWEEN SYMMETRIC 3 AND 1", "FALSE"),
      ("(1, 'a') = (1, 'a')", "TRUE"), ("(1, 2) <> (1, 3)", "TRUE"), ("(1, 2) IN ((3, 4), (1, 2))", "TRUE"),
    ])
  }

  @Test("SAFE_CAST")
  func safeCasts() {
    check([
      ("SAFE_CAST('x' AS INT)", "NULL"), ("SAFE_CAST('12' AS INT)", "12"),
      ("SAFE_CAST(300 AS TINYINT)", "NULL"),
      ("TRY_CAST('2020-13-01' AS DATE)", "NULL"), ("SAFE_CAST(1e40 AS REAL)", "Infinity"),
      ("SAFE_CAST(1 / 0 AS BIGINT)", "error: attempt to divide"),
      ("SAFE_CAST(9223372036854775807 AS TIMESTAMP)", "NULL"), ("'12'::INT + 1", "13"),
      ("SAFE_CAST('-1' AS UNSIGNED)", "NULL"),
    ])
  }
}
