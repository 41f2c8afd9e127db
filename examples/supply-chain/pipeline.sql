-- A supply chain: who delivers which part, and every shipment as it happens.
CREATE TABLE suppliers (
  supplier_id INT NOT NULL PRIMARY KEY,
  name VARCHAR NOT NULL,
  country VARCHAR NOT NULL
) WITH ('materialized' = 'true');

CREATE TABLE parts (
  part_id INT NOT NULL PRIMARY KEY,
  name VARCHAR NOT NULL,
  supplier_id INT NOT NULL,
  price DECIMAL(10, 2) NOT NULL
) WITH ('materialized' = 'true');

CREATE TABLE shipments (
  shipment_id BIGINT NOT NULL,
  part_id INT NOT NULL,
  quantity INT NOT NULL,
  warehouse VARCHAR NOT NULL,
  shipped_at TIMESTAMP NOT NULL
);

CREATE LOCAL VIEW priced AS
SELECT s.warehouse, s.quantity, s.shipped_at, p.supplier_id, s.quantity * p.price AS amount
FROM shipments AS s JOIN parts AS p ON s.part_id = p.part_id;

CREATE MATERIALIZED VIEW warehouse_totals AS
SELECT warehouse, COUNT(*) AS shipments, SUM(quantity) AS units, SUM(amount) AS amount,
       MIN(shipped_at) AS first_shipped, MAX(shipped_at) AS last_shipped
FROM priced GROUP BY warehouse;

CREATE MATERIALIZED VIEW country_totals AS
SELECT c.country, COUNT(*) AS shipments, SUM(p.amount) AS amount, AVG(p.amount) AS average
FROM priced AS p JOIN suppliers AS c ON p.supplier_id = c.supplier_id
GROUP BY c.country;

CREATE MATERIALIZED VIEW big_suppliers AS
SELECT c.name, SUM(p.amount) AS amount
FROM priced AS p JOIN suppliers AS c ON p.supplier_id = c.supplier_id
GROUP BY c.name HAVING SUM(p.amount) > 10000000;
