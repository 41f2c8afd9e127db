-- Average selling price by seller: over the last ten auctions that have bids, in the order of their winning bids.
CREATE LOCAL VIEW q6_winning AS
SELECT id, seller, price, date_time
FROM (
  SELECT A.id, A.seller, B.price, B.date_time,
    ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.date_time, B.bidder) AS rownum
  FROM auction A, bid B
  WHERE A.id = B.auction AND B.date_time BETWEEN A.date_time AND A.expires
)
WHERE rownum <= 1;
CREATE VIEW q6 AS
SELECT id, seller,
  AVG(price) OVER (PARTITION BY seller ORDER BY date_time, id ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS average
FROM q6_winning;
