-- Bids for auctions of a category.
CREATE VIEW q20 AS
SELECT auction, bidder, price, channel, url, B.date_time, B.extra, itemName, description, initialBid, reserve,
  A.date_time AS AdateTime, expires, seller, category, A.extra AS Aextra
FROM bid AS B INNER JOIN auction AS A ON B.auction = A.id
WHERE A.category = 10;
