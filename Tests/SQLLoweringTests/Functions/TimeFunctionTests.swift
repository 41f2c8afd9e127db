import DataModel
import Dataflow
import SQLFrontend
import Testing

// Goal: calendars, intervals, formats. Method: tables of expressions, each evaluated folded and over columns.

@Suite("Date, time and interval functions")
struct TimeFunctionTests {
  private let ts = "TIMESTAMP '2024-08-30 17:45:12.345678'"

  @Test("EXTRACT and its short forms")
  func parts() {
    check([
      ("EXTRACT(HOUR FROM \(ts))", "17"), ("HOUR(\(ts))", "17"), ("DATE_PART('month', \(ts))", "8"),
      ("DATE_PART(week, \(ts))", "35"),
      ("EXTRACT(MILLISECOND FROM TIME '10:20:30.5')", "30500"), ("EXTRACT(HOUR FROM DATE '2020-01-01')", "0"),
      ("DOW(DATE '2024-09-01')", "1"),
      ("EXTRACT(DAY FROM INTERVAL '3 04:05:06' DAY TO SECOND)", "3"),
      ("EXTRACT(HOUR FROM INTERVAL '3 04:05:06' DAY TO SECOND)", "4"),
      ("EXTRACT(MONTH FROM INTERVAL '1-2' YEAR TO MONTH)", "2"),
      ("EXTRACT(YEAR FROM INTERVAL '30' MONTH)", "2"),
      ("EXTRACT(HOUR FROM INTERVAL '1' YEAR)", "error: Cannot apply 'EXTRACT'"), ("YEAR(NULL)", "NULL"),
      ("EXTRACT(SQL_TSI_YEAR FROM \(ts))", "2024"), ("EXTRACT(ISOYEAR FROM DATE '2021-01-03')", "2020"),
    ])
  }

  @Test("truncation, FLOOR and CEIL TO a unit")
  func truncation() {
    check([
      ("DATE_TRUNC('2020-01-10', MONTH)", "2020-01-01"),
      ("DATE_TRUNC(DATE '2020-05-10', QUARTER)", "2020-04-01"),
      ("DATE_TRUNC('year', \(ts))", "2024-01-01 00:00:00"),
      ("TIMESTAMP_TRUNC(\(ts), MINUTE)", "2024-08-30 17:45:00"),
      ("TIME_TRUNC(TIME '12:34:56.78', MINUTE)", "12:34:00"), ("FLOOR(\(ts) TO HOUR)", "2024-08-30 17:00:00"),
      ("CEIL(\(ts) TO HOUR)", "2024-08-30 18:00:00"), ("CEIL(DATE '2024-08-30' TO MONTH)", "2024-09-01"),
      ("CEIL(DATE '2024-09-01' TO MONTH)", "2024-09-01"), ("CEIL(\(ts) TO WEEK)", "2024-09-01 00:00:00"),
      ("DATE_TRUNC(DATE '2024-08-30', WEEK)", "2024-08-25"),
      ("DATE_TRUNC(DATE '2024-08-30', ISOWEEK)", "2024-08-26"),
      ("DATE_TRUNC(DATE '2024-08-30', DECADE)", "2020-01-01"),
      ("DATE_TRUNC(DATE '2024-08-30', CENTURY)", "2001-01-01"),
      ("FLOOR(DATE '2000-12-31' TO CENTURY)", "1901-01-01"),
      ("CEIL(\(ts) TO MILLENNIUM)", "3001-01-01 00:00:00"),
      ("FLOOR(\(ts) TO MILLISECOND)", "2024-08-30 17:45:12.345"),
      ("CEIL(TIME '23:59:59.5' TO SECOND)", "00:00:00"),
      ("CEIL(DATE '9999-12-31' TO YEAR)", "error: the result is out of range of DATE"),
      ("TIMESTAMP_TRUNC(TIMESTAMP '1969-12-31 23:59:59.5', SECOND)", "1969-12-31 23:59:59"),
    ])
  }

  @Test("sums and differences of units")
  func units() {
    check([
      ("TIMESTAMPADD(MONTH, 1, DATE '2024-01-31')", "2024-02-29"),
      ("TIMESTAMPADD(HOUR, 1, DATE '2024-01-31')", "2024-01-31 01:00:00"),
      ("TIMESTAMPADD(MINUTE, 90, TIME '23:00:00')", "00:30:00"),
      ("DATEADD(DAY, -1, DATE '2024-03-01')", "2024-02-29"),
      ("TIMESTAMPADD(SECOND, 1700000000, TIMESTAMP '1970-01-01 00:00:00')", "2023-11-14 22:13:20"),
      ("TIMESTAMPADD(YEAR, 8000, DATE '2024-01-01')", "error: the result is out of range of DATE"),
      (
        "TIMESTAMPADD(YEAR, 9223372036854775807, DATE '2024-01-01')",
        "error: the result is out of range of DATE"
      ),
      ("TIMESTAMPDIFF(MONTH, DATE '2024-01-31', DATE '2024-02-29')", "0"),
      ("TIMESTAMPDIFF(MONTH, DATE '2024-02-29', DATE '2024-01-31')", "0"),
      ("TIMESTAMPDIFF(DAY, DATE '2024-01-01', DATE '2025-01-01')", "366"),
      ("TIMESTAMPDIFF(YEAR, DATE '2020-02-29', DATE '2024-02-28')", "3"),
      ("DATEDIFF(HOUR, TIMESTAMP '2024-01-01 00:30:00', TIMESTAMP '2024-01-01 02:00:00')", "1"),
      (
        "TIMESTAMPDIFF(SECOND, TIMESTAMP '0001-01-01 00:00:00', TIMESTAMP '9999-12-31 00:00:00')",
        "error: 315537811200 is out of range of INTEGER"
      ),
      (
        "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 00:00:01.000001')",
        "1000001"
      ),
      ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-02 00:00:00', TIMESTAMP '2024-01-01 00:00:00', HOUR)", "24"),
      ("ADD_MONTHS(DATE '2024-01-31', 1)", "2024-02-29"),
      ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)", "2024-02-29"),
      ("DATE_SUB(DATE '2024-01-31', INTERVAL '31' DAY)", "2023-12-31"),
      ("LAST_DAY(DATE '2024-02-03')", "2024-02-29"), ("DAYNAME(DATE '2024-08-30')", "Friday"),
      ("MONTHNAME(\(ts))", "August"),
    ])
  }

  @Test("intervals")
  func intervals() {
    check([
      ("INTERVAL '20-07' YEAR TO MONTH", "+20-07"),
      ("INTERVAL '-1 2:03:04' DAYS TO SECONDS", "-1 02:03:04.000000"),
      ("INTERVAL '100' HOUR(3)", "+100"), ("INTERVAL '80:01.001' MINUTE TO SECOND", "+80:01.001000"),
      ("INTERVAL 2 WEEK", "+14"),
      ("INTERVAL -'3' DAY", "-3"), ("- INTERVAL '3' DAY", "-3"),
      ("INTERVAL '1:60' HOUR TO MINUTE", "error: Illegal interval literal format '1:60'"),
      ("INTERVAL '1' YEAR + INTERVAL '2' MONTH", "+1-02"), ("INTERVAL '1' DAY - INTERVAL '2' HOUR", "+0 22"),
      (
        "INTERVAL '1' YEAR + INTERVAL '2' DAY",
        "error: Cannot apply '+' to arguments of type '<INTERVAL YEAR> + <INTERVAL DAY>'"
      ),
      ("INTERVAL '1' DAY * 3", "+3"), ("2.5 * INTERVAL '1' DAY", "+2"), ("INTERVAL '5' HOUR / 2", "+2"),
      ("INTERVAL '5' HOUR / 0", "error: attempt to divide"),
      ("DATE '2024-01-31' + INTERVAL '1' MONTH", "2024-02-29"),
      ("INTERVAL '1' DAY + DATE '2024-01-31'", "2024-02-01"),
      ("DATE '2024-01-31' - INTERVAL '25' HOUR", "2024-01-29"),
      ("TIMESTAMP '2024-01-01 00:00:00' - INTERVAL '1.5' SECOND", "2023-12-31 23:59:58.5"),
      ("TIME '00:30:00' - INTERVAL '1' HOUR", "23:30:00"),
      ("TIME '00:30:00' + INTERVAL '1' MONTH", "00:30:00"),
      ("(DATE '2024-03-01' - DATE '2024-02-01') DAY", "+29"),
      ("(TIMESTAMP '2024-03-01 12:00:00' - TIMESTAMP '2024-02-01 00:00:00') DAY TO HOUR", "+29 12"),
      ("(DATE '2024-03-01' - DATE '2022-02-02') YEAR TO MONTH", "+2-00"),
      ("DATE '9999-12-31' + INTERVAL '1' DAY", "error: the result is out of range"),
      ("INTERVAL '1' DAY < INTERVAL '25' HOUR", "TRUE"), ("CAST(INTERVAL '90' MINUTE AS BIGINT)", "90"),
      ("CAST(3 AS INTERVAL DAY)", "+3"),
      ("CAST('1-2' AS INTERVAL YEAR TO MONTH)", "+1-02"), ("CAST(INTERVAL '2' DAY AS VARCHAR)", "+2"),
      ("DATE '2024-01-01' - DATE '2023-01-01'", "error: Cannot apply '-'"),
      ("CAST(NULL AS INTERVAL DAY) + DATE '2024-01-01'", "NULL"),
    ])
  }

  @Test("formats")
  func formats() {
    check([
      ("FORMAT_DATE('%Y-%m', DATE '2020-10-10')", "2020-10"),
      ("FORMAT_DATE('%a %b %e %j %U %W %V %G', DATE '2024-01-01')", "Mon Jan  1 001 00 01 01 2024"),
      ("FORMAT_TIMESTAMP('%F %T%.3f %p %I', \(ts))", "2024-08-30 17:45:12.345 PM 05"),
      ("FORMAT_TIME('%H:%M:%S.%6f', TIME '01:02:03.5')", "01:02:03.500000"),
      ("FORMAT_DATE('%-d/%-m/%y %%', DATE '2020-01-02')", "2/1/20 %"),
      ("FORMAT_DATE('%Q', DATE '2020-01-01')", "error: invalid date format '%Q'"),
      ("FORMAT_DATE('%s', TIMESTAMP '1969-12-31 23:59:59')", "-1"),
      ("DATE_FORMAT(\(ts), 'yyyy-MM-dd HH:mm')", "2024-08-30 17:45"),
      ("DATE_FORMAT(\(ts), 'EEE, d MMM yy h:mm:ss.SSS a')", "Fri, 30 Aug 24 5:45:12.345 PM"),
      ("DATE_FORMAT(\(ts), 'yyyy''T''HH')", "2024T17"),
      ("DATE_FORMAT(\(ts), '%Y/%m')", "2024/08"),
      ("DATE_FORMAT(\(ts), 'b')", "error: invalid date format 'b'"),
      ("TO_CHAR(\(ts), 'YYYY-MM-DD HH24:MI:SS.MS')", "2024-08-30 17:45:12.345"),
      ("TO_CHAR(\(ts), 'FMDay, DD Mon YYYY')", "Friday, 30 Aug 2024"),
      ("TO_CHAR(\(ts), 'HH12 AM \"quoted\" Q')", "05 PM quoted 3"), ("FORMAT_DATE('%Y', NULL)", "NULL"),
      ("PARSE_DATE(' %Y-%m-%d', '   2020-10-01')", "2020-10-01"),
      ("PARSE_TIME('%H:%M', '10:10')", "10:10:00"),
      ("PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2020-10-01 00:00:00')", "2020-10-01 00:00:00"),
      ("PARSE_DATE('%Y-%m-%d', '2020-13-01')", "NULL"),
      ("PARSE_DATE('%Y-%m-%d', '2020-10-01x')", "NULL"),
      ("PARSE_TIME('%I:%M:%S', '10:00:00')", "error: the format does not give all parts of a TIME"),
      ("PARSE_TIME('%I:%M %p', '12:30 am')", "00:30:00"),
      ("PARSE_DATE('%d %B %Y', '3 february 2021')", "2021-02-03"),
      ("PARSE_TIMESTAMP('%s', '-1')", "1969-12-31 23:59:59"),
      ("PARSE_DATE('%Y %j', '2024 366')", "2024-12-31"), ("PARSE_DATE('%Y %j', '2023 366')", "NULL"),
      ("TO_DATE('31/12/2024', 'DD/MM/YYYY')", "2024-12-31"),
      ("TO_TIMESTAMP('2024-12-31 10', 'YYYY-MM-DD HH24')", "2024-12-31 10:00:00"),
    ])
  }

  @Test("numbers to moments and back")
  func numbers() {
    check([
      ("MAKE_DATE(2024, 2, 29)", "2024-02-29"),
      ("MAKE_DATE(2023, 2, 29)", "error: MAKE_DATE(2023, 2, 29) is out of range"),
      ("MAKE_TIME(1, 2, 3.5)", "01:02:03.5"),
      ("MAKE_TIMESTAMP(2024, 1, 2, 3, 4, 5.25)", "2024-01-02 03:04:05.25"),
      ("MAKE_TIMESTAMP(0)", "1970-01-01 00:00:00"),
      ("TIMESTAMP_SECONDS(-1)", "1969-12-31 23:59:59"), ("TIMESTAMP_MILLIS(1500)", "1970-01-01 00:00:01.5"),
      ("UNIX_MILLIS(TIMESTAMP '1969-12-31 23:59:59.9995')", "-1"),
      ("UNIX_SECONDS(\(ts))", "1725039912"), ("UNIX_DATE(DATE '1970-01-02')", "1"),
      ("DATE_FROM_UNIX_DATE(19000)", "2022-01-08"),
      ("CAST(1500 AS TIMESTAMP)", "1970-01-01 00:00:01.5"), ("CAST(\(ts) AS BIGINT)", "1725039912345"),
      ("CAST(\(ts) AS TIME)", "17:45:12.345678"),
      ("TIMESTAMP_SECONDS(9223372036854775807)", "error: the result is out of range of TIMESTAMP"),
      ("DATE(\(ts))", "2024-08-30"),
    ])
  }

  @Test("texts of moments side by side are those of each alone")
  func formatsOfColumns() throws {
    let moments: [Int64] = (0..<400).map { $0 * 13_579_000_001 - 2_000_000_000_000 }
    let patterns = ["%F", "%F %H", "%H:%M", "%I %p", "%T", "%.6f", "%s", "%A"]
    for pattern in patterns {
      let sql = "SELECT FORMAT_DATE('\(pattern)', t) AS f FROM m"
      let schema = Schema(fields: [Field(name: SQLIdentifier("t"), type: .timestamp, nullable: true)])
      let catalog = [QueryRelation(name: SQLIdentifier("m"), schema: schema, materialized: true)]
      guard case .select(let query) = try SQLCompiler.query(sql, catalog: catalog).get(),
        case .project(_, let expressions, _) = query.plan
      else {
        Issue.record("a projection")
        return
      }
      let compiled = CompiledExpression(expressions[0])
      let together = try compiled.evaluate([ColumnVector(.int64(moments))], count: moments.count, now: 0)
      for (row, moment) in moments.enumerated() {
        let alone = try compiled.evaluate([ColumnVector(.int64([moment]))], count: 1, now: 0)
        #expect(together.value(at: row) == alone.value(at: 0), "\(pattern) \(moment)")
      }
    }
  }
}
