-- Join with a bounded side input: 10,000 rows, fed first.
CREATE TABLE side_input (key BIGINT, side_value VARCHAR);
CREATE VIEW q13 AS
SELECT B.auction, B.bidder, B.price, B.date_time, S.side_value
FROM (SELECT *, MOD(auction, 10000) AS m FROM bid) B LEFT JOIN side_input AS S ON B.m = S.key;
