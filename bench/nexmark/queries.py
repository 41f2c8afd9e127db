"""The Nexmark queries for DuckDB, as a batch over the tables person, auction, bid and side_input: the oracle of the acceptance test and a peer of the bench.

AVG of whole numbers is cut to a whole number, as the reference dialect does."""

_COUNTS = """count(*) AS total_bids, count(*) FILTER (price < 10000) AS r1, count(*) FILTER (price >= 10000 AND price < 1000000) AS r2,
  count(*) FILTER (price >= 1000000) AS r3"""


def _distinct(column):
    return f"""count(DISTINCT {column}), count(DISTINCT {column}) FILTER (price < 10000),
  count(DISTINCT {column}) FILTER (price >= 10000 AND price < 1000000), count(DISTINCT {column}) FILTER (price >= 1000000)"""


_TEN = "time_bucket(INTERVAL 10 SECOND, date_time)"
_BETWEEN = "A.id = B.auction AND B.date_time BETWEEN A.date_time AND A.expires"
_CHANNEL = "regexp_extract(url, '(&|^)channel_id=([^&]*)', 2)"
_HOP = """(SELECT auction, time_bucket(INTERVAL 2 SECOND, date_time) - k * INTERVAL 2 SECOND AS window_start
  FROM bid, (SELECT unnest([0, 1, 2, 3, 4]) AS k))"""
_RANKED = """(SELECT A.*, B.auction, B.bidder, B.price, B.date_time AS bid_date_time, B.extra AS bid_extra,
  {function} OVER (PARTITION BY A.id ORDER BY B.price DESC, B.date_time{more}) AS place FROM auction A, bid B WHERE """ + _BETWEEN + ")"

DUCKDB = {
    "q0": "SELECT auction, bidder, price, date_time, extra FROM bid",
    "q1": "SELECT auction, bidder, 0.908 * price AS price, date_time, extra FROM bid",
    "q2": "SELECT auction, price FROM bid WHERE auction % 123 = 0",
    "q3": "SELECT P.name, P.city, P.state, A.id FROM auction A JOIN person P ON A.seller = P.id WHERE A.category = 10 AND P.state IN ('OR', 'ID', 'CA')",
    "q4": f"""SELECT category, sum(final) // count(*) FROM (SELECT max(B.price) AS final, A.category FROM auction A, bid B
      WHERE {_BETWEEN} GROUP BY A.id, A.category) GROUP BY category""",
    "q5": f"""WITH counts AS (SELECT auction, window_start, count(*) AS num FROM {_HOP} GROUP BY ALL),
      most AS (SELECT window_start, max(num) AS maxn FROM counts GROUP BY ALL)
      SELECT auction, num FROM counts JOIN most USING (window_start) WHERE num >= maxn""",
    "q6": f"""SELECT id, seller, sum(price) OVER w // count(*) OVER w FROM {_RANKED.format(function='row_number()', more=', B.bidder')} WHERE place = 1
      WINDOW w AS (PARTITION BY seller ORDER BY bid_date_time, id ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)""",
    "q7": f"""SELECT B.auction, B.price, B.bidder, B.date_time, B.extra
      FROM bid B JOIN (SELECT max(price) AS maxprice, {_TEN} + INTERVAL 10 SECOND AS window_end FROM bid GROUP BY 2) M ON B.price = M.maxprice
      WHERE B.date_time BETWEEN M.window_end - INTERVAL 10 SECOND AND M.window_end""",
    "q8": f"""SELECT P.id, P.name, P.window_start FROM (SELECT DISTINCT id, name, {_TEN} AS window_start FROM person) P
      JOIN (SELECT DISTINCT seller, {_TEN} AS window_start FROM auction) A ON P.id = A.seller AND P.window_start = A.window_start""",
    "q9": f"""SELECT * EXCLUDE (place) FROM {_RANKED.format(function='row_number()', more='')} WHERE place = 1""",
    "q10": "SELECT auction, bidder, price, date_time, extra, strftime(date_time, '%Y-%m-%d'), strftime(date_time, '%H:%M') FROM bid",
    "q11": """SELECT bidder, count(*), min(date_time), max(date_time) + INTERVAL 10 SECOND FROM (
      SELECT bidder, date_time, count(*) FILTER (opens) OVER (PARTITION BY bidder ORDER BY date_time) AS session FROM (
        SELECT bidder, date_time, date_time >= lag(date_time) OVER (PARTITION BY bidder ORDER BY date_time) + INTERVAL 10 SECOND AS opens FROM bid))
      GROUP BY bidder, session""",
    "q12": f"SELECT bidder, count(*), {_TEN} AS starttime, {_TEN} + INTERVAL 10 SECOND AS endtime FROM bid GROUP BY bidder, starttime, endtime",
    "q13": "SELECT B.auction, B.bidder, B.price, B.date_time, S.side_value FROM bid B LEFT JOIN side_input S ON B.auction % 10000 = S.key",
    "q14": """SELECT auction, bidder, 0.908 * price AS price, CASE WHEN hour(date_time) BETWEEN 8 AND 18 THEN 'dayTime'
      WHEN hour(date_time) <= 6 OR hour(date_time) >= 20 THEN 'nightTime' ELSE 'otherTime' END, date_time, extra,
      length(extra) - length(replace(extra, 'c', '')) FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000""",
    "q15": f"SELECT date_time::DATE AS bid_day, {_COUNTS}, {_distinct('bidder')}, {_distinct('auction')} FROM bid GROUP BY bid_day",
    "q16": f"""SELECT channel, date_time::DATE AS bid_day, strftime(max(date_time), '%H:%M'), {_COUNTS}, {_distinct('bidder')}, {_distinct('auction')}
      FROM bid GROUP BY channel, bid_day""",
    "q17": f"""SELECT auction, date_time::DATE AS bid_day, {_COUNTS}, min(price), max(price), sum(price) // count(*), sum(price)
      FROM bid GROUP BY auction, bid_day""",
    "q18": """SELECT * EXCLUDE (place) FROM (SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC) AS place FROM bid)
      WHERE place = 1""",
    "q19": "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC) AS place FROM bid) WHERE place <= 10",
    "q20": """SELECT auction, bidder, price, channel, url, B.date_time, B.extra, itemName, description, initialBid, reserve, A.date_time,
      expires, seller, category, A.extra FROM bid B JOIN auction A ON B.auction = A.id WHERE A.category = 10""",
    "q21": f"""SELECT auction, bidder, price, channel, CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2'
      WHEN 'baidu' THEN '3' ELSE {_CHANNEL} END FROM bid
      WHERE {_CHANNEL} <> '' OR lower(channel) IN ('apple', 'google', 'facebook', 'baidu')""",
    "q22": "SELECT auction, bidder, price, channel, split_part(url, '/', 4), split_part(url, '/', 5), split_part(url, '/', 6) FROM bid",
}

# Where equals may stand in any order: the columns (from 0) that are certain, and all rows that it may take (their leading columns).
CHOICES = {
    "q9": ([0, 12, 13], f"SELECT * EXCLUDE (place) FROM {_RANKED.format(function='rank()', more='')} WHERE place = 1"),
    "q18": ([0, 1, 5], """SELECT * EXCLUDE (place) FROM (SELECT *, rank() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC) AS place FROM bid)
      WHERE place = 1"""),
    "q19": ([0, 2, 7], """SELECT * EXCLUDE (place) FROM (SELECT *, rank() OVER (PARTITION BY auction ORDER BY price DESC) AS place FROM bid)
      WHERE place <= 10"""),
}

COLUMNS = {
    "person": "id BIGINT, name VARCHAR, emailAddress VARCHAR, creditCard VARCHAR, city VARCHAR, state VARCHAR, date_time TIMESTAMP, extra VARCHAR",
    "auction": """id BIGINT, itemName VARCHAR, description VARCHAR, initialBid BIGINT, reserve BIGINT, date_time TIMESTAMP, expires TIMESTAMP,
      seller BIGINT, category BIGINT, extra VARCHAR""",
    "bid": "auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, date_time TIMESTAMP, extra VARCHAR",
}


def source(table, pattern):
    """What reads a table's NDJSON files."""
    columns = ", ".join("'{}': '{}'".format(*column.split()) for column in COLUMNS[table].split(","))
    return f"read_json('{pattern}', format = 'newline_delimited', columns = {{{columns}}})"


SIDE_INPUT = "SELECT range AS key, 'value-' || range AS side_value FROM range(10000)"
