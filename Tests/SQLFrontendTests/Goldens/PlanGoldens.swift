enum PlanGoldens { static let file = GoldenFile(path: #filePath, text: text) }

private let text = #"""
  select * from t
  ==
  [a: INTEGER, b: BIGINT NOT NULL, c: VARCHAR, d: DECIMAL(10, 2), e: DOUBLE, f: DATE, g: TIMESTAMP, h: BOOLEAN]
  Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, b + 1, c as name from t where a > 3 and true
  ==
  [a: INTEGER, EXPR$1: BIGINT NOT NULL, name: VARCHAR]
  Project a: INTEGER = #0, EXPR$1: BIGINT NOT NULL = add(#1, 1:BIGINT), name: VARCHAR = #2
    Filter greater(#0, 3)
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select t.b, x.* from t, u as x where t.a = x.a
  ==
  [b: BIGINT NOT NULL, a: INTEGER NOT NULL, k: VARCHAR(10), x: REAL, s: SMALLINT]
  Project b: BIGINT NOT NULL = #1, a: INTEGER NOT NULL = #2, k: VARCHAR(10) = #3, x: REAL = #4, s: SMALLINT = #5
    Join [#0 = #0]
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
      Scan u [a, k, x, s]
  ----
  select t.a from t join u on t.a = u.a and u.s > 3 where t.b < 10 or u.k = 'x'
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Join [#0 = #0] on or(less(#1, 10:BIGINT), equal(#3, 'x'))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1
        Filter greater(cast(#2 as INTEGER), 3)
          Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1, s: SMALLINT = #3
            Scan u [a, k, x, s]
  ----
  select a, count(*), sum(b), avg(a), min(c), max(d) from t group by a
  ==
  [a: INTEGER, EXPR$1: BIGINT NOT NULL, EXPR$2: BIGINT NOT NULL, EXPR$3: INTEGER, EXPR$4: VARCHAR, EXPR$5: DECIMAL(10, 2)]
  Project a: INTEGER = #0, EXPR$1: BIGINT NOT NULL = #1, EXPR$2: BIGINT NOT NULL = #2, EXPR$3: INTEGER = #3, EXPR$4: VARCHAR = #4, EXPR$5: DECIMAL(10, 2) = #5
    Aggregate [#0] COUNT(*): BIGINT NOT NULL, SUM(#1): BIGINT NOT NULL, AVG(#0): INTEGER, MIN(#2): VARCHAR, MAX(#3): DECIMAL(10, 2)
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2, d: DECIMAL(10, 2) = #3
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a + 1, count(distinct c) as n from t group by a + 1 having count(*) > 2 and a + 1 < 5
  ==
  [EXPR$0: INTEGER, n: BIGINT NOT NULL]
  Project EXPR$0: INTEGER = #0, n: BIGINT NOT NULL = #1
    Filter greater(#2, 2:BIGINT)
      Aggregate [add(#0, 1)] COUNT(DISTINCT #1): BIGINT NOT NULL, COUNT(*): BIGINT NOT NULL
        Filter less(add(#0, 1), 5)
          Project a: INTEGER = #0, c: VARCHAR = #2
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select count(*) from t
  ==
  [EXPR$0: BIGINT NOT NULL]
  Project EXPR$0: BIGINT NOT NULL = #0
    Aggregate [] COUNT(*): BIGINT NOT NULL
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select sum(a), sum(d), sum(e), avg(d) from t
  ==
  [EXPR$0: BIGINT, EXPR$1: DECIMAL(38, 2), EXPR$2: DOUBLE, EXPR$3: DECIMAL(10, 2)]
  Project EXPR$0: BIGINT = #0, EXPR$1: DECIMAL(38, 2) = #1, EXPR$2: DOUBLE = #2, EXPR$3: DECIMAL(10, 2) = #3
    Aggregate [] SUM(#0): BIGINT, SUM(#1): DECIMAL(38, 2), SUM(#2): DOUBLE, AVG(#1): DECIMAL(10, 2)
      Project a: INTEGER = #0, d: DECIMAL(10, 2) = #3, e: DOUBLE = #4
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select distinct a, c from t
  ==
  [a: INTEGER, c: VARCHAR]
  Distinct
    Project a: INTEGER = #0, c: VARCHAR = #2
      Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t union select a from u
  ==
  [a: INTEGER]
  Distinct
    UnionAll [a: INTEGER]
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0
        Scan u [a, k, x, s]
  ----
  select a from t union all select s from u union all select d from t
  ==
  [a: DECIMAL(12, 2)]
  UnionAll [a: DECIMAL(12, 2)]
    Project a: DECIMAL(12, 2) = cast(#0 as DECIMAL(12, 2))
      Scan t [a, b, c, d, e, f, g, h]
    Project a: DECIMAL(12, 2) = cast(#3 as DECIMAL(12, 2))
      Scan u [a, k, x, s]
    Project d: DECIMAL(10, 2) = #3
      Scan t [a, b, c, d, e, f, g, h]
  ----
  values (1, 'a'), (2, null)
  ==
  [EXPR$0: INTEGER NOT NULL, EXPR$1: CHAR(1)]
  Values (1, 'a'), (2, NULL:CHAR(1)) [EXPR$0: INTEGER NOT NULL, EXPR$1: CHAR(1)]
  ----
  select 1
  ==
  [EXPR$0: INTEGER NOT NULL]
  Project EXPR$0: INTEGER NOT NULL = 1
    Values (0) [ZERO: INTEGER NOT NULL]
  ----
  select 1 + 2 as three, 'x' || 'yz', -5, 1.50, 2e3, 3000000000, date '2024-02-29', timestamp '2024-01-01 10:00:00'
  ==
  [three: INTEGER NOT NULL, EXPR$1: VARCHAR(3) NOT NULL, EXPR$2: INTEGER NOT NULL, EXPR$3: DECIMAL(3, 2) NOT NULL, EXPR$4: DOUBLE NOT NULL, EXPR$5: BIGINT NOT NULL, EXPR$6: DATE NOT NULL, EXPR$7: TIMESTAMP NOT NULL]
  Project three: INTEGER NOT NULL = add(1, 2), EXPR$1: VARCHAR(3) NOT NULL = concatenate('x', 'yz'), EXPR$2: INTEGER NOT NULL = -5, EXPR$3: DECIMAL(3, 2) NOT NULL = 1.50, EXPR$4: DOUBLE NOT NULL = 2000.0:DOUBLE, EXPR$5: BIGINT NOT NULL = 3000000000:BIGINT, EXPR$6: DATE NOT NULL = '2024-02-29':DATE, EXPR$7: TIMESTAMP NOT NULL = '2024-01-01 10:00:00':TIMESTAMP
    Values (0) [ZERO: INTEGER NOT NULL]
  ----
  with x as (select a, b from t where a > 1), y(p, q) as (select * from x) select p, q from y where q < 5
  ==
  [p: INTEGER, q: BIGINT NOT NULL]
  Project p: INTEGER = #0, q: BIGINT NOT NULL = #1
    Filter and(greater(#0, 1), less(#1, 5:BIGINT))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select s.a from (select a, sum(b) as total from t group by a) s where s.a = 3 and s.total > 10
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Filter greater(#1, 10:BIGINT)
      Aggregate [#0] SUM(#1): BIGINT NOT NULL
        Filter equal(#0, 3)
          Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select s.* from (select a, b from t) as s (p, q) where p between 1 and 3
  ==
  [p: INTEGER, q: BIGINT NOT NULL]
  Project p: INTEGER = #0, q: BIGINT NOT NULL = #1
    Filter and(greaterOrEqual(#0, 1), lessOrEqual(#0, 3))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select * from t join u using (a)
  ==
  [a: INTEGER, b: BIGINT NOT NULL, c: VARCHAR, d: DECIMAL(10, 2), e: DOUBLE, f: DATE, g: TIMESTAMP, h: BOOLEAN, k: VARCHAR(10), x: REAL, s: SMALLINT]
  Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2, d: DECIMAL(10, 2) = #3, e: DOUBLE = #4, f: DATE = #5, g: TIMESTAMP = #6, h: BOOLEAN = #7, k: VARCHAR(10) = #9, x: REAL = #10, s: SMALLINT = #11
    Join [#0 = #0]
      Scan t [a, b, c, d, e, f, g, h]
      Scan u [a, k, x, s]
  ----
  select a, k from t join u using (a) where s in (1, 2, 3)
  ==
  [a: INTEGER, k: VARCHAR(10)]
  Project a: INTEGER = #0, k: VARCHAR(10) = #2
    Join [#0 = #0]
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1
        Filter or(equal(cast(#2 as INTEGER), 1), or(equal(cast(#2 as INTEGER), 2), equal(cast(#2 as INTEGER), 3)))
          Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1, s: SMALLINT = #3
            Scan u [a, k, x, s]
  ----
  select u.*, w.name from u cross join w
  ==
  [a: INTEGER NOT NULL, k: VARCHAR(10), x: REAL, s: SMALLINT, name: VARCHAR NOT NULL]
  Cross
    Scan u [a, k, x, s]
    Project name: VARCHAR NOT NULL = #2
      Scan w [id, a, name]
  ----
  select t.a from t, u, w where t.a = w.a and w.name = u.k and u.s = 1
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Join [#1 = #0]
      Project a: INTEGER = #0, name: VARCHAR NOT NULL = #2
        Join [#0 = #0]
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
          Project a: INTEGER = #1, name: VARCHAR NOT NULL = #2
            Scan w [id, a, name]
      Project k: VARCHAR(10) = #0
        Filter equal(cast(#1 as INTEGER), 1)
          Project k: VARCHAR(10) = #1, s: SMALLINT = #3
            Scan u [a, k, x, s]
  ----
  select t.b from w, u, t where t.a = w.a and t.c = u.k
  ==
  [b: BIGINT NOT NULL]
  Project b: BIGINT NOT NULL = #0
    Join [#1 = #0]
      Project b: BIGINT NOT NULL = #2, c: VARCHAR = #3
        Join [#0 = #0]
          Project a: INTEGER = #1
            Scan w [id, a, name]
          Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2
            Scan t [a, b, c, d, e, f, g, h]
      Project k: VARCHAR(10) = #1
        Scan u [a, k, x, s]
  ----
  select case when a > 0 then 1 when a < 0 then -1 end, case c when 'x' then 1.5 else 2 end from t
  ==
  [EXPR$0: INTEGER, EXPR$1: DECIMAL(11, 1) NOT NULL]
  Project EXPR$0: INTEGER = case(when greater(#0, 0) then 1 when less(#0, 0) then -1), EXPR$1: DECIMAL(11, 1) NOT NULL = case(when equal(#2, 'x') then 1.5 else 2.0)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select cast(a as varchar), c::int, cast(d as bigint), cast(f as timestamp) from t
  ==
  [EXPR$0: VARCHAR, EXPR$1: INTEGER, EXPR$2: BIGINT, EXPR$3: TIMESTAMP]
  Project EXPR$0: VARCHAR = cast(#0 as VARCHAR), EXPR$1: INTEGER = cast(#2 as INTEGER), EXPR$2: BIGINT = cast(#3 as BIGINT), EXPR$3: TIMESTAMP = cast(#5 as TIMESTAMP)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select coalesce(a, b, 0), nullif(a, 0), if(h, 1, 2), nullif(a, b) from t
  ==
  [EXPR$0: BIGINT NOT NULL, EXPR$1: INTEGER, EXPR$2: INTEGER NOT NULL, EXPR$3: INTEGER]
  Project EXPR$0: BIGINT NOT NULL = coalesce(cast(#0 as BIGINT), #1, 0:BIGINT), EXPR$1: INTEGER = nullIf(#0, 0), EXPR$2: INTEGER NOT NULL = case(when #7 then 1 else 2), EXPR$3: INTEGER = case(when equal(cast(#0 as BIGINT), #1) then NULL:INTEGER else #0)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select t.a / 2, b % 3, d * d, d / 3, d + 1, e * t.a, t.a + d, x + 1, s * s, d % 3, d - 0.125 from t, u where t.a = u.a
  ==
  [EXPR$0: INTEGER, EXPR$1: BIGINT NOT NULL, EXPR$2: DECIMAL(20, 4), EXPR$3: DECIMAL(21, 13), EXPR$4: DECIMAL(13, 2), EXPR$5: DOUBLE, EXPR$6: DECIMAL(13, 2), EXPR$7: REAL, EXPR$8: SMALLINT, EXPR$9: DECIMAL(10, 2), EXPR$10: DECIMAL(12, 3)]
  Project EXPR$0: INTEGER = divide(#0, 2), EXPR$1: BIGINT NOT NULL = modulo(#1, 3:BIGINT), EXPR$2: DECIMAL(20, 4) = multiply(#2, #2), EXPR$3: DECIMAL(21, 13) = divide(#2, 3:DECIMAL), EXPR$4: DECIMAL(13, 2) = add(#2, 1:DECIMAL), EXPR$5: DOUBLE = multiply(#3, cast(#0 as DOUBLE)), EXPR$6: DECIMAL(13, 2) = add(cast(#0 as DECIMAL(10, 0)), #2), EXPR$7: REAL = add(#5, cast(1 as REAL)), EXPR$8: SMALLINT = multiply(#6, #6), EXPR$9: DECIMAL(10, 2) = modulo(#2, 3:DECIMAL), EXPR$10: DECIMAL(12, 3) = subtract(#2, 0.125)
    Join [#0 = #0]
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, d: DECIMAL(10, 2) = #3, e: DOUBLE = #4
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0, x: REAL = #2, s: SMALLINT = #3
        Scan u [a, k, x, s]
  ----
  select abs(a), floor(d), ceil(e), round(d, 1), sign(a), power(a, 2), sqrt(b), exp(e), ln(e) from t
  ==
  [EXPR$0: INTEGER, EXPR$1: DECIMAL(10, 0), EXPR$2: DOUBLE, EXPR$3: DECIMAL(10, 2), EXPR$4: INTEGER, EXPR$5: DOUBLE, EXPR$6: DOUBLE NOT NULL, EXPR$7: DOUBLE, EXPR$8: DOUBLE]
  Project EXPR$0: INTEGER = absolute(#0), EXPR$1: DECIMAL(10, 0) = floor(#3), EXPR$2: DOUBLE = ceiling(#4), EXPR$3: DECIMAL(10, 2) = round(#3, 1), EXPR$4: INTEGER = sign(#0), EXPR$5: DOUBLE = power(cast(#0 as DOUBLE), 2.0:DOUBLE), EXPR$6: DOUBLE NOT NULL = squareRoot(cast(#1 as DOUBLE)), EXPR$7: DOUBLE = exponential(#4), EXPR$8: DOUBLE = naturalLogarithm(#4)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select lower(c), upper(k), trim(c), trim(both 'x' from c), trim(leading from k), ltrim(c) from t, u where t.a = u.a
  ==
  [EXPR$0: VARCHAR, EXPR$1: VARCHAR, EXPR$2: VARCHAR, EXPR$3: VARCHAR, EXPR$4: VARCHAR(10), EXPR$5: VARCHAR]
  Project EXPR$0: VARCHAR = lower(#1), EXPR$1: VARCHAR = upper(#3), EXPR$2: VARCHAR = trimBoth(#1), EXPR$3: VARCHAR = trimBoth(#1, 'x'), EXPR$4: VARCHAR(10) = trimLeading(#3), EXPR$5: VARCHAR = trimLeading(#1)
    Join [#0 = #0]
      Project a: INTEGER = #0, c: VARCHAR = #2
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1
        Scan u [a, k, x, s]
  ----
  select char_length(c), substring(c from 2 for 3), substring(c, 2), position('x' in c), replace(c, 'a', 'b'), left(c, 1), right(c, 2) from t
  ==
  [EXPR$0: INTEGER, EXPR$1: VARCHAR, EXPR$2: VARCHAR, EXPR$3: INTEGER, EXPR$4: VARCHAR, EXPR$5: VARCHAR, EXPR$6: VARCHAR]
  Project EXPR$0: INTEGER = characterLength(#2), EXPR$1: VARCHAR = substring(#2, 2, 3), EXPR$2: VARCHAR = substring(#2, 2), EXPR$3: INTEGER = position('x', #2), EXPR$4: VARCHAR = replace(#2, 'a', 'b'), EXPR$5: VARCHAR = left(#2, 1), EXPR$6: VARCHAR = right(#2, 2)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select extract(year from f), month(g), date_trunc(g, month), timestamp_trunc(g, hour), floor(g to day), hour(g) from t
  ==
  [EXPR$0: BIGINT, EXPR$1: BIGINT, EXPR$2: TIMESTAMP, EXPR$3: TIMESTAMP, EXPR$4: TIMESTAMP, EXPR$5: BIGINT]
  Project EXPR$0: BIGINT = extract('YEAR', #5), EXPR$1: BIGINT = extract('MONTH', #6), EXPR$2: TIMESTAMP = truncateTime('MONTH', #6), EXPR$3: TIMESTAMP = truncateTime('HOUR', #6), EXPR$4: TIMESTAMP = truncateTime('DAY', #6), EXPR$5: BIGINT = extract('HOUR', #6)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select greatest(a, b), least(a, 2, 3), mod(a, 2), concat(c, 'x', c) from t
  ==
  [EXPR$0: BIGINT, EXPR$1: INTEGER, EXPR$2: INTEGER, EXPR$3: VARCHAR]
  Project EXPR$0: BIGINT = greatest(cast(#0 as BIGINT), #1), EXPR$1: INTEGER = least(#0, 2, 3), EXPR$2: INTEGER = modulo(#0, 2), EXPR$3: VARCHAR = concatenate(concatenate(#2, 'x'), #2)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a is null, h is not true, h is false, a is distinct from b, a is not distinct from 1, h is unknown from t
  ==
  [EXPR$0: BOOLEAN NOT NULL, EXPR$1: BOOLEAN NOT NULL, EXPR$2: BOOLEAN NOT NULL, EXPR$3: BOOLEAN NOT NULL, EXPR$4: BOOLEAN NOT NULL, EXPR$5: BOOLEAN NOT NULL]
  Project EXPR$0: BOOLEAN NOT NULL = isNull(#0), EXPR$1: BOOLEAN NOT NULL = isNotTrue(#7), EXPR$2: BOOLEAN NOT NULL = isFalse(#7), EXPR$3: BOOLEAN NOT NULL = not(notDistinct(cast(#0 as BIGINT), #1)), EXPR$4: BOOLEAN NOT NULL = notDistinct(#0, 1), EXPR$5: BOOLEAN NOT NULL = isNull(#7)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select c like 'a%', c not like 'b_' escape '!', a not in (1, 2), a not between 1 and 2, not h from t
  ==
  [EXPR$0: BOOLEAN, EXPR$1: BOOLEAN, EXPR$2: BOOLEAN, EXPR$3: BOOLEAN, EXPR$4: BOOLEAN]
  Project EXPR$0: BOOLEAN = like(#2, 'a%'), EXPR$1: BOOLEAN = not(like(#2, 'b_', '!')), EXPR$2: BOOLEAN = not(or(equal(#0, 1), equal(#0, 2))), EXPR$3: BOOLEAN = not(and(greaterOrEqual(#0, 1), lessOrEqual(#0, 2))), EXPR$4: BOOLEAN = not(#7)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t where f > '2024-01-01' and g <= date '2024-01-02' and a = '5' and d > 1
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Filter and(and(greater(#2, '2024-01-01':DATE), lessOrEqual(#3, cast('2024-01-02':DATE as TIMESTAMP))), and(equal(#0, 5), greater(#1, 1.00)))
      Project a: INTEGER = #0, d: DECIMAL(10, 2) = #3, f: DATE = #5, g: TIMESTAMP = #6
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a as z, count(*) from t group by z
  ==
  [z: INTEGER, EXPR$1: BIGINT NOT NULL]
  Project z: INTEGER = #0, EXPR$1: BIGINT NOT NULL = #1
    Aggregate [#0] COUNT(*): BIGINT NOT NULL
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, c, count(*) from t group by 1, 2
  ==
  [a: INTEGER, c: VARCHAR, EXPR$2: BIGINT NOT NULL]
  Project a: INTEGER = #0, c: VARCHAR = #1, EXPR$2: BIGINT NOT NULL = #2
    Aggregate [#0, #1] COUNT(*): BIGINT NOT NULL
      Project a: INTEGER = #0, c: VARCHAR = #2
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a as c, count(*) from t group by c
  ==
  [c: INTEGER, EXPR$1: BIGINT NOT NULL]
  Project c: INTEGER = #0, EXPR$1: BIGINT NOT NULL = #1
    Aggregate [#0] COUNT(*): BIGINT NOT NULL
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select max(a) as m from t having m > 3
  ==
  [m: INTEGER]
  Project m: INTEGER = #0
    Filter greater(#0, 3)
      Aggregate [] MAX(#0): INTEGER
        Project a: INTEGER = #0
          Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t group by a having sum(b) > 1
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Filter greater(#1, 1:BIGINT)
      Aggregate [#0] SUM(#1): BIGINT NOT NULL
        Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
          Scan t [a, b, c, d, e, f, g, h]
  ----
  select sum(a + 1) / count(*) from t where h
  ==
  [EXPR$0: BIGINT]
  Project EXPR$0: BIGINT = divide(#0, #1)
    Aggregate [] SUM(add(#0, 1)): BIGINT, COUNT(*): BIGINT NOT NULL
      Project a: INTEGER = #0
        Filter #1
          Project a: INTEGER = #0, h: BOOLEAN = #7
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select count(a), count(b), count(distinct a), min(distinct a) from t
  ==
  [EXPR$0: BIGINT NOT NULL, EXPR$1: BIGINT NOT NULL, EXPR$2: BIGINT NOT NULL, EXPR$3: INTEGER]
  Project EXPR$0: BIGINT NOT NULL = #0, EXPR$1: BIGINT NOT NULL = #1, EXPR$2: BIGINT NOT NULL = #2, EXPR$3: INTEGER = #3
    Aggregate [] COUNT(#0): BIGINT NOT NULL, COUNT(*): BIGINT NOT NULL, COUNT(DISTINCT #0): BIGINT NOT NULL, MIN(#0): INTEGER
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t where b <> 0 and a / b > 1
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Filter and(notEqual(#1, 0:BIGINT), greater(divide(cast(#0 as BIGINT), #1), 1:BIGINT))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select t.a from t join u on t.a = u.a where u.s <> 0 and t.b / u.s > 1 and t.b / 2 > 0
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Join [#0 = #0] on and(greater(divide(#1, cast(#3 as BIGINT)), 1:BIGINT), greater(divide(#1, 2:BIGINT), 0:BIGINT))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
      Filter notEqual(cast(#1 as INTEGER), 0)
        Project a: INTEGER NOT NULL = #0, s: SMALLINT = #3
          Scan u [a, k, x, s]
  ----
  select * from (select a, count(*) as n from t group by a) where a > 1 and n > 2
  ==
  [a: INTEGER, n: BIGINT NOT NULL]
  Project a: INTEGER = #0, n: BIGINT NOT NULL = #1
    Filter greater(#1, 2:BIGINT)
      Aggregate [#0] COUNT(*): BIGINT NOT NULL
        Filter greater(#0, 1)
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select * from (select a from t union all select a from u) where a = 1
  ==
  [a: INTEGER]
  UnionAll [a: INTEGER]
    Filter equal(#0, 1)
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
    Filter equal(#0, 1)
      Project a: INTEGER NOT NULL = #0
        Scan u [a, k, x, s]
  ----
  select a from (select distinct a, c from t) where c = 'x'
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Distinct
      Filter equal(#1, 'x')
        Project a: INTEGER = #0, c: VARCHAR = #2
          Scan t [a, b, c, d, e, f, g, h]
  ----
  select count(*) from t, u where t.a = u.a
  ==
  [EXPR$0: BIGINT NOT NULL]
  Project EXPR$0: BIGINT NOT NULL = #0
    Aggregate [] COUNT(*): BIGINT NOT NULL
      Project a: INTEGER = #0
        Join [#0 = #0]
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
          Project a: INTEGER NOT NULL = #0
            Scan u [a, k, x, s]
  ----
  select count(*) from (select a, b, c from t where h)
  ==
  [EXPR$0: BIGINT NOT NULL]
  Project EXPR$0: BIGINT NOT NULL = #0
    Aggregate [] COUNT(*): BIGINT NOT NULL
      Project a: INTEGER = #0
        Filter #1
          Project a: INTEGER = #0, h: BOOLEAN = #7
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from (select a, c as q from (select a, c, d from t))
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Scan t [a, b, c, d, e, f, g, h]
  ----
  (select a from t) union all (select a from u)
  ==
  [a: INTEGER]
  UnionAll [a: INTEGER]
    Project a: INTEGER = #0
      Scan t [a, b, c, d, e, f, g, h]
    Project a: INTEGER NOT NULL = #0
      Scan u [a, k, x, s]
  ----
  select 1 from t where 1 = 1 and false
  ==
  [EXPR$0: INTEGER NOT NULL]
  Project EXPR$0: INTEGER NOT NULL = 1
    Filter and(equal(1, 1), FALSE)
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select null, null + 1, coalesce(null, 1) from t
  ==
  [EXPR$0: NULL, EXPR$1: INTEGER, EXPR$2: INTEGER NOT NULL]
  Project EXPR$0: NULL = NULL, EXPR$1: INTEGER = add(NULL:INTEGER, 1), EXPR$2: INTEGER NOT NULL = coalesce(NULL:INTEGER, 1)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select "A".b as "Quoted" from t as "A"
  ==
  [Quoted: BIGINT NOT NULL]
  Project Quoted: BIGINT NOT NULL = #1
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select u.x, t.e from t join u on t.e = u.x
  ==
  [x: REAL, e: DOUBLE]
  Project x: REAL = #1, e: DOUBLE = #0
    Join [#0 = cast(#0 as DOUBLE)]
      Project e: DOUBLE = #4
        Scan t [a, b, c, d, e, f, g, h]
      Project x: REAL = #2
        Scan u [a, k, x, s]
  ----
  select t.d from t join w on t.d = w.id
  ==
  [d: DECIMAL(10, 2)]
  Project d: DECIMAL(10, 2) = #0
    Join [#0 = cast(#0 as DECIMAL(21, 2))]
      Project d: DECIMAL(10, 2) = #3
        Scan t [a, b, c, d, e, f, g, h]
      Project id: BIGINT NOT NULL = #0
        Scan w [id, a, name]
  ----
  select a.*, b.k as k2 from u a, u b where a.a = b.s
  ==
  [a: INTEGER NOT NULL, k: VARCHAR(10), x: REAL, s: SMALLINT, k2: VARCHAR(10)]
  Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1, x: REAL = #2, s: SMALLINT = #3, k2: VARCHAR(10) = #4
    Join [#0 = cast(#1 as INTEGER)]
      Scan u [a, k, x, s]
      Project k: VARCHAR(10) = #1, s: SMALLINT = #3
        Scan u [a, k, x, s]
  ----
  select a + 1 as p, p2 from (select a, a * 2 as p2 from t) where p2 > 3
  ==
  [p: INTEGER, p2: INTEGER]
  Project p: INTEGER = add(#0, 1), p2: INTEGER = multiply(#0, 2)
    Filter greater(multiply(#0, 2), 3)
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select max(n) from (select a, count(*) as n from t group by a)
  ==
  [EXPR$0: BIGINT]
  Project EXPR$0: BIGINT = #0
    Aggregate [] MAX(#0): BIGINT
      Project n: BIGINT NOT NULL = #1
        Aggregate [#0] COUNT(*): BIGINT NOT NULL
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select b from t where (a = 1 or a = 2) and (a = 3 or c = 'x' or h)
  ==
  [b: BIGINT NOT NULL]
  Project b: BIGINT NOT NULL = #1
    Filter and(or(equal(#0, 1), equal(#0, 2)), or(equal(#0, 3), or(equal(#2, 'x'), #3)))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2, h: BOOLEAN = #7
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select sum(case when h then b else 0 end), sum(distinct a) from t group by f
  ==
  [EXPR$0: BIGINT NOT NULL, EXPR$1: BIGINT]
  Project EXPR$0: BIGINT NOT NULL = #1, EXPR$1: BIGINT = #2
    Aggregate [#2] SUM(case(when #3 then #1 else 0:BIGINT)): BIGINT NOT NULL, SUM(DISTINCT #0): BIGINT
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, f: DATE = #5, h: BOOLEAN = #7
        Scan t [a, b, c, d, e, f, g, h]
  ----
  table u
  ==
  [a: INTEGER NOT NULL, k: VARCHAR(10), x: REAL, s: SMALLINT]
  Scan u [a, k, x, s]
  ----
  select 1 having 1 = 1
  ==
  [EXPR$0: INTEGER NOT NULL]
  Project EXPR$0: INTEGER NOT NULL = 1
    Filter equal(1, 1)
      Aggregate [] COUNT(*): BIGINT NOT NULL
        Values (0) [ZERO: INTEGER NOT NULL]
  ----
  select - 5 + + 3 * (2 - 1), - a from t where not not h
  ==
  [EXPR$0: INTEGER NOT NULL, EXPR$1: INTEGER]
  Project EXPR$0: INTEGER NOT NULL = add(-5, multiply(3, subtract(2, 1))), EXPR$1: INTEGER = negate(#0)
    Filter not(not(#1))
      Project a: INTEGER = #0, h: BOOLEAN = #7
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select x'0Aff' from t
  ==
  [EXPR$0: VARBINARY(2) NOT NULL]
  Project EXPR$0: VARBINARY(2) NOT NULL = '0aff':VARBINARY
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select t.a from t inner join (u cross join w) on t.a = u.a where w.a = u.a
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Join [#1 = #0]
      Join [#0 = #0]
        Project a: INTEGER = #0
          Scan t [a, b, c, d, e, f, g, h]
        Project a: INTEGER NOT NULL = #0
          Scan u [a, k, x, s]
      Project a: INTEGER = #1
        Scan w [id, a, name]
  ----
  select t.a, u.k from t left join u on t.a = u.a and t.b > 3 and u.s = 2 and t.b < u.s where t.c = 'x'
  ==
  [a: INTEGER, k: VARCHAR(10)]
  Project a: INTEGER = #0, k: VARCHAR(10) = #3
    LEFT Join [#0 = #0] on and(greater(#1, 3:BIGINT), less(#1, cast(#4 as BIGINT)))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Filter equal(#2, 'x')
          Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2
            Scan t [a, b, c, d, e, f, g, h]
      Filter equal(cast(#2 as INTEGER), 2)
        Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1, s: SMALLINT = #3
          Scan u [a, k, x, s]
  ----
  select t.a, u.k from t right join u on t.a = u.a
  ==
  [a: INTEGER, k: VARCHAR(10)]
  Project a: INTEGER = #2, k: VARCHAR(10) = #1
    LEFT Join [#0 = #0]
      Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1
        Scan u [a, k, x, s]
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select t.a, u.k from t full join u on t.a = u.a and t.c = 'x' where t.a > 1
  ==
  [a: INTEGER, k: VARCHAR(10)]
  Filter greater(#0, 1)
    Project a: INTEGER = #0, k: VARCHAR(10) = #3
      FULL Join [#0 = #0] on equal(#1, 'x')
        Project a: INTEGER = #0, c: VARCHAR = #2
          Scan t [a, b, c, d, e, f, g, h]
        Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1
          Scan u [a, k, x, s]
  ----
  select * from t natural full join (select a, k from u) v
  ==
  [a: INTEGER, b: BIGINT, c: VARCHAR, d: DECIMAL(10, 2), e: DOUBLE, f: DATE, g: TIMESTAMP, h: BOOLEAN, k: VARCHAR(10)]
  Project a: INTEGER = coalesce(#0, #8), b: BIGINT = #1, c: VARCHAR = #2, d: DECIMAL(10, 2) = #3, e: DOUBLE = #4, f: DATE = #5, g: TIMESTAMP = #6, h: BOOLEAN = #7, k: VARCHAR(10) = #9
    FULL Join [#0 = #0]
      Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1
        Scan u [a, k, x, s]
  ----
  select a from t where b in (select id from w) and c not in (select name from w) and b not in (select id from w where a > 1)
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    ANTI Join [#1 = #0]
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Filter not(case(when equal(coalesce(#4, 0:BIGINT), 0:BIGINT) then FALSE when isNotNull(#3) then TRUE when or(isNull(#2), less(#5, #4)) then NULL:BOOLEAN else FALSE))
          LEFT Join []
            Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2, MARK$: BOOLEAN = #4
              LEFT Join [#2 = #0]
                SEMI Join [#1 = #0]
                  Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2
                    Scan t [a, b, c, d, e, f, g, h]
                  Project id: BIGINT NOT NULL = #0
                    Scan w [id, a, name]
                Distinct
                  Project name: VARCHAR NOT NULL = #2, MARK$: BOOLEAN NOT NULL = TRUE
                    Scan w [id, a, name]
            Aggregate [] COUNT(*): BIGINT NOT NULL, COUNT(#0): BIGINT NOT NULL
              Project name: VARCHAR NOT NULL = #2
                Scan w [id, a, name]
      Project id: BIGINT NOT NULL = #0
        Filter greater(#1, 1)
          Project id: BIGINT NOT NULL = #0, a: INTEGER = #1
            Scan w [id, a, name]
  ----
  select a from t where exists (select 1 from u where u.a = t.a and u.s > 3)
  ==
  [a: INTEGER]
  SEMI Join [isNull(#0) = isNull(#0), coalesce(#0, 0) = coalesce(#0, 0)]
    Project a: INTEGER = #0
      Scan t [a, b, c, d, e, f, g, h]
    Project OUTER$: INTEGER = #1
      Join [#0 = #0]
        Project a: INTEGER NOT NULL = #0
          Filter greater(cast(#1 as INTEGER), 3)
            Project a: INTEGER NOT NULL = #0, s: SMALLINT = #3
              Scan u [a, k, x, s]
        Distinct
          Project OUTER$0: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t where not exists (select 1 from u where u.s > t.b)
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    ANTI Join [#1 = #0]
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
      Project OUTER$: BIGINT NOT NULL = #1
        Cross on greater(cast(#0 as BIGINT), #1)
          Project s: SMALLINT = #3
            Scan u [a, k, x, s]
          Distinct
            Project OUTER$0: BIGINT NOT NULL = #1
              Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, (select max(k) from u where u.a = t.a) as k from t
  ==
  [a: INTEGER, k: VARCHAR(10)]
  Project a: INTEGER = #0, k: VARCHAR(10) = #1
    LEFT Join [isNull(#0) = isNull(#1), coalesce(#0, 0) = coalesce(#1, 0)]
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Project EXPR$0: VARCHAR(10) = #2, OUTER$: INTEGER = #0
        LEFT Join [isNull(#0) = isNull(#0), coalesce(#0, 0) = coalesce(#0, 0)]
          Distinct
            Project OUTER$0: INTEGER = #0
              Scan t [a, b, c, d, e, f, g, h]
          Aggregate [#1] MAX(#0): VARCHAR(10)
            Project k: VARCHAR(10) = #1, OUTER$0: INTEGER = #2
              Join [#0 = #0]
                Project a: INTEGER NOT NULL = #0, k: VARCHAR(10) = #1
                  Scan u [a, k, x, s]
                Distinct
                  Project OUTER$0: INTEGER = #0
                    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, (select count(*) from u) as n from t
  ==
  [a: INTEGER, n: BIGINT]
  Project a: INTEGER = #0, n: BIGINT = #1
    LEFT Join []
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Aggregate [] COUNT(*): BIGINT NOT NULL
        Project a: INTEGER NOT NULL = #0
          Scan u [a, k, x, s]
  ----
  select a, (select k from u) as k from t
  ==
  [a: INTEGER, k: VARCHAR(10)]
  LEFT Join []
    Project a: INTEGER = #0
      Scan t [a, b, c, d, e, f, g, h]
    Project k: VARCHAR(10) = case(when greater(#0, 1:BIGINT) then case(when equal(cast('more than one row returned by a subquery used as an expression':VARCHAR as BIGINT), 1:BIGINT) then #1) else #1)
      Aggregate [] COUNT(*): BIGINT NOT NULL, MIN(#0): VARCHAR(10)
        Project k: VARCHAR(10) = #1
          Scan u [a, k, x, s]
  ----
  select a, a in (select s from u) as known from t
  ==
  [a: INTEGER, known: BOOLEAN]
  Project a: INTEGER = #0, known: BOOLEAN = case(when equal(coalesce(#2, 0:BIGINT), 0:BIGINT) then FALSE when isNotNull(#1) then TRUE when or(isNull(#0), less(#3, #2)) then NULL:BOOLEAN else FALSE)
    LEFT Join []
      Project a: INTEGER = #0, MARK$: BOOLEAN = #2
        LEFT Join [#0 = #0]
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
          Distinct
            Project s: INTEGER = cast(#3 as INTEGER), MARK$: BOOLEAN NOT NULL = TRUE
              Scan u [a, k, x, s]
      Aggregate [] COUNT(*): BIGINT NOT NULL, COUNT(#0): BIGINT NOT NULL
        Project s: INTEGER = cast(#3 as INTEGER)
          Scan u [a, k, x, s]
  ----
  select * from (select a, b, row_number() over (partition by c order by b desc, a) as n from t) x where n <= 3 and a = 1
  ==
  [a: INTEGER, b: BIGINT NOT NULL, n: BIGINT NOT NULL]
  Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, n: BIGINT NOT NULL = #2
    Filter and(lessOrEqual(#2, 3:BIGINT), equal(#0, 1))
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, WINDOW$: BIGINT NOT NULL = #3
        Window [#2] order [#1 desc nulls first, #0] rowNumber() rowNumber skip 0 take 3
          Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, b from (select *, row_number() over (partition by a order by b) as n from t) x where n = 1 and a > 2
  ==
  [a: INTEGER, b: BIGINT NOT NULL]
  Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
    Filter equal(#2, 1:BIGINT)
      Window [#0] order [#1] rowNumber() rowNumber skip 0 take 1
        Filter greater(#0, 2)
          Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, rank() over (order by b) as r, sum(b) over (order by b) as s from t
  ==
  [a: INTEGER, r: BIGINT NOT NULL, s: BIGINT]
  Project a: INTEGER = #0, r: BIGINT NOT NULL = #2, s: BIGINT = #3
    Window [] order [#1] rank() sum(#1) RANGE unboundedPreceding offset(0)
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t order by b desc limit 10 offset 5
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Window [] order [#1 desc nulls first] rowNumber skip 5 take 10
      Project a: INTEGER = #0, EXPR$ORDER: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t order by b
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t qualify dense_rank() over (order by b) < 4
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Filter less(#1, 4:BIGINT)
      Project a: INTEGER = #0, WINDOW$: BIGINT NOT NULL = #2
        Window [] order [#1] denseRank() denseRank skip 0 take 3
          Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, sum(b) over (partition by c order by g range between interval '1' hour preceding and current row) as s from t
  ==
  [a: INTEGER, s: BIGINT]
  Project a: INTEGER = #0, s: BIGINT = #4
    Window [#2] order [#3] sum(#1) RANGE offset(-3600000000) offset(0)
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2, g: TIMESTAMP = #6
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t intersect all select s from u except select 1 from w
  ==
  [a: INTEGER]
  EXCEPT
    INTERSECTALL
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER = cast(#3 as INTEGER)
        Scan u [a, k, x, s]
    Project EXPR$0: INTEGER NOT NULL = 1
      Scan w [id, a, name]
  ----
  select a, c, count(*) as n, grouping(a, c) as g from t group by rollup (a, c)
  ==
  [a: INTEGER, c: VARCHAR, n: BIGINT NOT NULL, g: BIGINT NOT NULL]
  Project a: INTEGER = #0, c: VARCHAR = #1, n: BIGINT NOT NULL = #2, g: BIGINT NOT NULL = #3
    UnionAll [GROUP$0: INTEGER, GROUP$1: VARCHAR, GROUP$2: BIGINT NOT NULL, GROUP$3: BIGINT NOT NULL]
      Project GROUP$0: INTEGER = #0, GROUP$1: VARCHAR = #1, GROUP$2: BIGINT NOT NULL = #2, GROUP$3: BIGINT NOT NULL = 0:BIGINT
        Aggregate [#0, #1] COUNT(*): BIGINT NOT NULL
          Project a: INTEGER = #0, c: VARCHAR = #2
            Scan t [a, b, c, d, e, f, g, h]
      Project GROUP$0: INTEGER = #0, GROUP$1: VARCHAR = NULL:VARCHAR, GROUP$2: BIGINT NOT NULL = #1, GROUP$3: BIGINT NOT NULL = 1:BIGINT
        Aggregate [#0] COUNT(*): BIGINT NOT NULL
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
      Project GROUP$0: INTEGER = NULL:INTEGER, GROUP$1: VARCHAR = NULL:VARCHAR, GROUP$2: BIGINT NOT NULL = #0, GROUP$3: BIGINT NOT NULL = 3:BIGINT
        Aggregate [] COUNT(*): BIGINT NOT NULL
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, c, count(*) as n from t group by grouping sets ((a, c), a, ())
  ==
  [a: INTEGER, c: VARCHAR, n: BIGINT NOT NULL]
  Project a: INTEGER = #0, c: VARCHAR = #1, n: BIGINT NOT NULL = #2
    UnionAll [GROUP$0: INTEGER, GROUP$1: VARCHAR, GROUP$2: BIGINT NOT NULL]
      Aggregate [#0, #1] COUNT(*): BIGINT NOT NULL
        Project a: INTEGER = #0, c: VARCHAR = #2
          Scan t [a, b, c, d, e, f, g, h]
      Project GROUP$0: INTEGER = #0, GROUP$1: VARCHAR = NULL:VARCHAR, GROUP$2: BIGINT NOT NULL = #1
        Aggregate [#0] COUNT(*): BIGINT NOT NULL
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
      Project GROUP$0: INTEGER = NULL:INTEGER, GROUP$1: VARCHAR = NULL:VARCHAR, GROUP$2: BIGINT NOT NULL = #0
        Aggregate [] COUNT(*): BIGINT NOT NULL
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select window_start, count(*) as n from table(tumble(table t, descriptor(g), interval '10' second)) group by window_start
  ==
  [window_start: TIMESTAMP, n: BIGINT NOT NULL]
  Project window_start: TIMESTAMP = #0, n: BIGINT NOT NULL = #1
    Aggregate [#0] COUNT(*): BIGINT NOT NULL
      Project window_start: TIMESTAMP = subtract(#6, modulo(add(modulo(#6, 10000000:BIGINT), 10000000:BIGINT), 10000000:BIGINT))
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select window_end, a from table(hop(table t, descriptor(g), interval '2' second, interval '5' second)) where a > 3
  ==
  [window_end: TIMESTAMP, a: INTEGER]
  Project window_end: TIMESTAMP = #2, a: INTEGER = #0
    Filter greater(#2, #1)
      Expand (#0, #1, add(subtract(#1, modulo(add(modulo(#1, 2000000:BIGINT), 2000000:BIGINT), 2000000:BIGINT)), 5000000:BIGINT)), (#0, #1, add(add(subtract(#1, modulo(add(modulo(#1, 2000000:BIGINT), 2000000:BIGINT), 2000000:BIGINT)), -2000000:BIGINT), 5000000:BIGINT)), (#0, #1, add(add(subtract(#1, modulo(add(modulo(#1, 2000000:BIGINT), 2000000:BIGINT), 2000000:BIGINT)), -4000000:BIGINT), 5000000:BIGINT)) [a: INTEGER, g: TIMESTAMP, window_end: TIMESTAMP]
        Filter and(isNotNull(#1), greater(#0, 3))
          Project a: INTEGER = #0, g: TIMESTAMP = #6
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select * from table(session(table t, descriptor(g), descriptor(c), interval '10' minute))
  ==
  [a: INTEGER, b: BIGINT NOT NULL, c: VARCHAR, d: DECIMAL(10, 2), e: DOUBLE, f: DATE, g: TIMESTAMP, h: BOOLEAN, window_start: TIMESTAMP, window_end: TIMESTAMP]
  Window [#2] order [#6] sessionStart(gap: 600000000)() sessionEnd(gap: 600000000)()
    Filter isNotNull(#6)
      Scan t [a, b, c, d, e, f, g, h]
  ----
  select tumble_end(g, interval '1' hour) as e, count(*) as n from t group by tumble(g, interval '1' hour)
  ==
  [e: TIMESTAMP, n: BIGINT NOT NULL]
  Project e: TIMESTAMP = add(#0, 3600000000:BIGINT), n: BIGINT NOT NULL = #1
    Aggregate [subtract(#0, modulo(add(modulo(#0, 3600000000:BIGINT), 3600000000:BIGINT), 3600000000:BIGINT))] COUNT(*): BIGINT NOT NULL
      Project g: TIMESTAMP = #6
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select c, count(*) filter (where b > 3) as n, stddev_samp(e) as s, bool_or(h) as o from t group by c
  ==
  [c: VARCHAR, n: BIGINT NOT NULL, s: DOUBLE, o: BOOLEAN]
  Project c: VARCHAR = #0, n: BIGINT NOT NULL = #1, s: DOUBLE = case(when greater(cast(#4 as DOUBLE), 1.0:DOUBLE) then squareRoot(divide(greatest(subtract(#2, divide(multiply(#3, #3), cast(#4 as DOUBLE))), 0.0:DOUBLE), subtract(cast(#4 as DOUBLE), 1.0:DOUBLE)))), o: BOOLEAN = #5
    Aggregate [#1] COUNT(case(when greater(#0, 3:BIGINT) then 1)): BIGINT NOT NULL, SUM(multiply(#2, #2)): DOUBLE, SUM(#2): DOUBLE, COUNT(#2): BIGINT NOT NULL, MAX(#3): BOOLEAN
      Project b: BIGINT NOT NULL = #1, c: VARCHAR = #2, e: DOUBLE = #4, h: BOOLEAN = #7
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select t.a, x.n from t, lateral (select count(*) as n from u where u.a = t.a) x
  ==
  [a: INTEGER, n: BIGINT NOT NULL]
  Project a: INTEGER = #0, n: BIGINT NOT NULL = #1
    Join [isNull(#0) = isNull(#1), coalesce(#0, 0) = coalesce(#1, 0)]
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Project n: BIGINT NOT NULL = coalesce(#2, 0:BIGINT), OUTER$: INTEGER = #0
        LEFT Join [isNull(#0) = isNull(#0), coalesce(#0, 0) = coalesce(#0, 0)]
          Distinct
            Project OUTER$0: INTEGER = #0
              Scan t [a, b, c, d, e, f, g, h]
          Aggregate [#0] COUNT(*): BIGINT NOT NULL
            Project OUTER$0: INTEGER = #1
              Join [#0 = #0]
                Project a: INTEGER NOT NULL = #0
                  Scan u [a, k, x, s]
                Distinct
                  Project OUTER$0: INTEGER = #0
                    Scan t [a, b, c, d, e, f, g, h]
  ----
  select (select b + t.a from w x where x.id = t.b order by name limit 1) as o from t
  ==
  [o: BIGINT]
  Project o: BIGINT = #2
    LEFT Join [isNull(#0) = isNull(#1), coalesce(#0, 0) = coalesce(#1, 0), #1 = #2]
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
      Project EXPR$0: BIGINT = #0, OUTER$: INTEGER = #2, OUTER$: BIGINT NOT NULL = #3
        Window [#2, #3] order [#1] rowNumber skip 0 take 1
          Project EXPR$0: BIGINT = add(#3, cast(#2 as BIGINT)), EXPR$ORDER: VARCHAR NOT NULL = #1, OUTER$: INTEGER = #2, OUTER$: BIGINT NOT NULL = #3
            Join [#0 = #1]
              Project id: BIGINT NOT NULL = #0, name: VARCHAR NOT NULL = #2
                Scan w [id, a, name]
              Distinct
                Project OUTER$0: INTEGER = #0, OUTER$1: BIGINT NOT NULL = #1
                  Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, x from t, unnest(array[a, 1]) as l (x) where a > 2 and x < 5
  ==
  [a: INTEGER, x: INTEGER]
  Project a: INTEGER = #0, x: INTEGER = #1
    Filter less(#1, 5)
      Unnest [#0] makeArray(#0, 1) [a: INTEGER, EXPR$0: INTEGER]
        Filter greater(#0, 2)
          Project a: INTEGER = #0
            Scan t [a, b, c, d, e, f, g, h]
  ----
  select c, array_agg(a order by b desc) as xs, count(*) as n from t group by c
  ==
  [c: VARCHAR, xs: INTEGER ARRAY NOT NULL, n: BIGINT NOT NULL]
  Project c: VARCHAR = #0, xs: INTEGER ARRAY NOT NULL = coalesce(#3, []:ARRAY), n: BIGINT NOT NULL = #1
    LEFT Join [isNull(#0) = isNull(#0), coalesce(#0, '':VARCHAR) = coalesce(#0, '':VARCHAR)]
      Aggregate [#0] COUNT(*): BIGINT NOT NULL
        Project c: VARCHAR = #2
          Scan t [a, b, c, d, e, f, g, h]
      Collect [#2] order [#1 desc nulls first] array(#0): INTEGER ARRAY
        Project a: INTEGER = #0, b: BIGINT NOT NULL = #1, c: VARCHAR = #2
          Scan t [a, b, c, d, e, f, g, h]
  ----
  select c, array_agg(a) as xs from t group by c
  ==
  [c: VARCHAR, xs: INTEGER ARRAY NOT NULL]
  Project c: VARCHAR = #0, xs: INTEGER ARRAY NOT NULL = coalesce(#1, []:ARRAY)
    Collect [#1] array(#0): INTEGER ARRAY
      Project a: INTEGER = #0, c: VARCHAR = #2
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t where b > all (select id from w)
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    Filter case(when equal(coalesce(#2, 0:BIGINT), 0:BIGINT) then TRUE when isFalse(greater(#1, #4)) then FALSE when or(isNull(#1), less(#3, #2)) then NULL:BOOLEAN else TRUE)
      LEFT Join []
        Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
          Scan t [a, b, c, d, e, f, g, h]
        Aggregate [] COUNT(*): BIGINT NOT NULL, COUNT(#0): BIGINT NOT NULL, MAX(#0): BIGINT
          Project id: BIGINT NOT NULL = #0
            Scan w [id, a, name]
  ----
  select t.a from t left join u on t.a = u.a and u.x in (select id from w)
  ==
  [a: INTEGER]
  Project a: INTEGER = #0
    LEFT Join [#0 = #0]
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0
        Filter case(when equal(coalesce(#3, 0:BIGINT), 0:BIGINT) then FALSE when isNotNull(#2) then TRUE when or(isNull(#1), less(#4, #3)) then NULL:BOOLEAN else FALSE)
          LEFT Join []
            Project a: INTEGER NOT NULL = #0, x: REAL = #1, MARK$: BOOLEAN = #3
              LEFT Join [#1 = #0]
                Project a: INTEGER NOT NULL = #0, x: REAL = #2
                  Scan u [a, k, x, s]
                Distinct
                  Project id: REAL NOT NULL = cast(#0 as REAL), MARK$: BOOLEAN NOT NULL = TRUE
                    Scan w [id, a, name]
            Aggregate [] COUNT(*): BIGINT NOT NULL, COUNT(#0): BIGINT NOT NULL
              Project id: REAL NOT NULL = cast(#0 as REAL)
                Scan w [id, a, name]
  ----
  select * from (select a, c from t) pivot (count(*) as n for c in ('x', 'y' as z))
  ==
  [a: INTEGER, 'x'_n: BIGINT NOT NULL, z_n: BIGINT NOT NULL]
  Project a: INTEGER = #0, 'x'_n: BIGINT NOT NULL = #1, z_n: BIGINT NOT NULL = #2
    Aggregate [#0] COUNT(case(when equal(#1, 'x') then 1)): BIGINT NOT NULL, COUNT(case(when equal(#1, 'y') then 1)): BIGINT NOT NULL
      Project a: INTEGER = #0, c: VARCHAR = #2
        Scan t [a, b, c, d, e, f, g, h]
  """#
