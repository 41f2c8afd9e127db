import Testing

// Goal: string functions count characters, keep to their edges and give NULL for NULL. Method: tables of expressions,
// each evaluated folded and over columns.

@Suite("String functions")
struct TextFunctionTests {
  @Test("shapes")
  func shapes() {
    check([
      ("REPEAT('Pg', 3)", "PgPgPg"), ("REPEAT('x', 0)", ""), ("REPEAT('x', -1)", ""),
      ("REPEAT('xxxxxxxxxx', 2000000000)", "error: the result of REPEAT exceeds"),
      ("REVERSE('Feldera')", "aredleF"), ("REVERSE('aé日😀')", "😀日éa"), ("REVERSE('')", ""),
      ("OVERLAY('Txxxxas' PLACING 'hom' FROM 2 FOR 4)", "Thomas"),
      ("OVERLAY('abcdef' PLACING 'XY' FROM 3)", "abXYef"),
      ("OVERLAY('abc' PLACING 'XY' FROM 0)", "abc"), ("OVERLAY('abc' PLACING 'XY' FROM 10)", "abcXY"),
      ("OVERLAY('日本語' PLACING 'é' FROM 2 FOR 1)", "日é語"),
      ("OVERLAY('abc' PLACING 'X' FROM 2 FOR -3)", "aXbc"),
      ("LPAD('hi', 5, 'xy')", "xyxhi"), ("RPAD('hi', 5, 'xy')", "hixyx"), ("LPAD('hello', 2)", "he"),
      ("LPAD('é', 3)", "  é"), ("RPAD('a', 4, '日本')", "a日本日"), ("LPAD('a', 3, '')", "a"),
      ("TRANSLATE('12345', '143', 'ax')", "a2x5"), ("TRANSLATE('日é', 'é', 'e')", "日e"),
      ("INITCAP('hi THOMAS-son')", "Hi Thomas-Son"), ("INITCAP_SPACES('hi THOMAS-SON')", "Hi Thomas-son"),
      ("INITCAP('élan ÉTÉ')", "Élan Été"), ("CHR(65)", "A"), ("CHR(8364)", "€"), ("CHR(-1)", ""),
      ("CHR(55296)", ""),
      ("LEFT('日本語', 2)", "日本"), ("RIGHT('abc', 5)", "abc"), ("LTRIM('  a ')", "a "),
      ("RTRIM('xaxx', 'x')", "xa"),
      ("TRIM(BOTH 'xyz' FROM 'yxTomxx')", "Tom"), ("TRIM(LEADING 'xyz' FROM 'yxTomxx')", "Tomxx"),
      ("BTRIM(' a ')", "a"),
      ("LOWER('ÀB')", "àb"), ("UPPER('straße')", "STRASSE"), ("REPEAT(NULL, 3)", "NULL"),
    ])
  }

  @Test("parts and joins")
  func parts() {
    check([
      ("SPLIT_PART('a|b|c|', '|', 2)", "b"), ("SPLIT_PART('a|b|c|', '|', -2)", "c"),
      ("SPLIT_PART('a|b|c|', '|', 5)", ""),
      ("SPLIT_PART('a|b|c|', '|', 4)", ""), ("SPLIT_PART('a|b', '|', 0)", ""),
      ("SPLIT_PART('abc', '', 1)", "abc"),
      ("SPLIT_PART('a||b', '||', -9)", ""), ("SPLIT_PART('a', ',', -9223372036854775808)", ""),
      ("SPLIT_INDEX('https://x/a/b', '/', 3)", "a"), ("SPLIT_INDEX('a/b', '/', 2)", "NULL"),
      ("SPLIT_INDEX('a/b', '/', -1)", "NULL"), ("SPLIT_INDEX('', '/', 0)", ""),
      ("U&'hell\\006F \\\\'", "hello \\"), ("U&'d!0061t!!a' UESCAPE '!'", "dat!a"),
      ("U&'\\00'", "error: Unicode escape sequence is malformed"),
      ("CONCAT('Post', 'greSQL', 1)", "PostgreSQL1"), ("CONCAT('a', NULL)", "NULL"), ("CONCAT('a')", "a"),
      ("CONCAT_WS(',', 'Post', 'greSQL', NULL, '1')", "Post,greSQL,1"), ("CONCAT_WS(NULL, 'a', 'b')", "NULL"),
      ("CONCAT_WS(',', NULL)", ""), ("CONCAT_WS('-', 1, DATE '2020-01-02')", "1-2020-01-02"),
      ("SUBSTRING('Thomas' FROM 2 FOR 3)", "hom"), ("SUBSTRING('Thomas', -1, 3)", "T"),
      ("SUBSTR('Thomas', 2, 3)", "hom"),
      ("SUBSTR('Thomas', -2)", "as"), ("SUBSTR('Thomas', -9)", ""), ("SUBSTR('Thomas', 0, 2)", "Th"),
      ("SUBSTR('日本語', 2, 1)", "本"), ("SUBSTR('abc', 2, -1)", ""), ("'a' || 'b' || ''", "ab"),
      ("URL_ENCODE('a b/é?')", "a+b%2F%C3%A9%3F"), ("URL_DECODE('a+b%2F%C3%A9')", "a b/é"),
      ("URL_DECODE('%zz')", "NULL"),
      ("URL_DECODE('%ff')", "NULL"), ("REPLACE('abcdefabcdef', 'cd', 'XX')", "abXXefabXXef"),
    ])
  }

  @Test("numbers and tests")
  func tests() {
    check([
      ("ASCII('x')", "120"), ("ASCII('')", "0"), ("ASCII('é')", "233"), ("CHAR_LENGTH('josé')", "4"),
      ("LEN('😀')", "1"),
      ("OCTET_LENGTH('josé')", "5"), ("POSITION('om' IN 'Thomas')", "3"), ("POSITION('x' IN 'abc')", "0"),
      ("STRPOS('日本語', '語')", "3"), ("INSTR('banana', 'an')", "2"), ("INSTR('banana', 'an', 3)", "4"),
      ("INSTR('banana', 'an', 1, 2)", "4"), ("INSTR('banana', 'an', -1)", "4"),
      ("INSTR('banana', 'an', -1, 2)", "2"),
      ("INSTR('banana', 'an', 0)", "0"), ("INSTR('banana', 'zz')", "0"),
      ("STARTS_WITH('abc', 'ab')", "TRUE"), ("ENDSWITH('abc', 'bc')", "TRUE"),
      ("ENDS_WITH('abc', 'ab')", "FALSE"),
      ("CONTAINS_SUBSTR('hello', 'ell')", "TRUE"), ("LEVENSHTEIN('kitten', 'sitting')", "3"),
      ("LEVENSHTEIN('', 'abc')", "3"),
      ("LEVENSHTEIN('é', 'e')", "1"), ("SOUNDEX('Robert')", "R163"), ("SOUNDEX('Tymczak')", "T522"),
      ("SOUNDEX('Pfister')", "P236"),
      ("SOUNDEX('')", ""), ("DIFFERENCE('Smith', 'Smyth')", "4"), ("STRCMP('a', 'b')", "-1"),
      ("STRCMP('b', 'b')", "0"),
    ])
  }

  @Test("LIKE, ILIKE, SIMILAR TO, RLIKE")
  func patterns() {
    check([
      ("'hawkeye' ILIKE 'H%Eye'", "TRUE"), ("'ABC' NOT ILIKE '_b_'", "FALSE"), ("'ÀB' ILIKE 'àb'", "TRUE"),
      ("'h%' LIKE 'h#%' ESCAPE '#'", "TRUE"), ("CAST(NULL AS VARCHAR) ILIKE 'a'", "NULL"),
      ("'abc' SIMILAR TO '%(b|d)%'", "TRUE"), ("'abc' SIMILAR TO 'b'", "FALSE"),
      ("'a.c' SIMILAR TO 'a.c'", "TRUE"),
      ("'abc' SIMILAR TO 'a.c'", "FALSE"), ("'aab' SIMILAR TO 'a{2}[a-c]'", "TRUE"),
      ("'a%' SIMILAR TO 'a\\%'", "TRUE"),
      ("'string' RLIKE 's..i.*'", "TRUE"), ("'string' NOT RLIKE '^t'", "TRUE"),
      ("RLIKE('string', 'r.n')", "TRUE"),
      ("REGEXP_LIKE('foobar', '(?i)FOO')", "TRUE"),
      ("RLIKE('a', '(')", "error: invalid regular expression '(': unclosed group"),
      ("CAST(NULL AS VARCHAR) RLIKE 'a'", "NULL"),
    ])
  }

  @Test("regular expressions")
  func regular() {
    check([
      ("REGEXP_REPLACE('1078910', '[^01]')", "1010"),
      ("REGEXP_REPLACE('deep fried', '(?<first>\\w+)\\s+(?<second>\\w+)', '${first}_$second')", "deep_fried"),
      ("REGEXP_REPLACE('Springsteen, Bruce', '([^,\\s]+),\\s+(\\S+)', '$2 $1')", "Bruce Springsteen"),
      ("REGEXP_REPLACE('aaa', 'a*?', 'b')", "bababab"), ("REGEXP_REPLACE('abc', '', '-')", "-a-b-c-"),
      ("REGEXP_REPLACE('baac', 'a*', '-')", "-b-c-"),
      ("REGEXP_COUNT('日本', '.*')", "1"), ("REGEXP_REPLACE('xAb', '(?:(?:.)??)+', '-')", "-x-A-b-"),
      ("REGEXP_REPLACE('abc', '(b)', '$$$1$9')", "a$bc"), ("REGEXP_REPLACE('日本', '.', 'x')", "xx"),
      ("REGEXP_EXTRACT('https://a/?x=1&channel_id=apple&y', '(&|^)channel_id=([^&]*)', 2)", "apple"),
      ("REGEXP_EXTRACT('abc', 'x')", "NULL"), ("REGEXP_EXTRACT('abc', 'b.')", "bc"),
      ("REGEXP_EXTRACT('ac', 'a(b)?c', 1)", "NULL"),
      ("REGEXP_EXTRACT('abc', 'b', 3)", "error: the regular expression has no group 3"),
      ("REGEXP_SUBSTR('chocolate chip cookies', 'c+.{2}')", "cho"),
      ("REGEXP_SUBSTR('chocolate chip cookies', 'c+.{2}', 4)", "col"),
      ("REGEXP_SUBSTR('chocolate chip cookies', 'c+.{2}', 1, 3)", "chi"),
      ("REGEXP_SUBSTR('abc', 'c', 5)", "NULL"),
      ("REGEXP_INSTR('abcab', 'b', 3)", "5"), ("REGEXP_INSTR('abc', 'z')", "0"),
      ("REGEXP_COUNT('banana', 'a')", "3"),
      ("REGEXP_EXTRACT_ALL('a1b22', '[0-9]+')", "[1, 22]"), ("REGEXP_SPLIT('a, b,c', ',\\s*')", "[a, b, c]"),
      ("REGEXP_LIKE('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '(a*)*c')", "FALSE"),
      ("REGEXP_LIKE('x', '(?=x)')", "error: invalid regular expression '(?=x)': lookaround is not supported"),
      (
        "REGEXP_LIKE('aa', '(a)\\1')",
        "error: invalid regular expression '(a)\\1': backreferences are not supported"
      ),
      (
        "REGEXP_LIKE('x', 'a{1001}')", "error: invalid regular expression 'a{1001}': invalid repetition count"
      ),
      ("REGEXP_LIKE('x', '((((a{100}){100}){100}){100})')", "error: invalid regular expression"),
    ])
  }
}
