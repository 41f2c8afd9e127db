"""The supply chain with the official Feldera SDK, unchanged: create, start, push, wait for tokens, query, stop with checkpoint, start, query."""

import sys

from feldera import FelderaClient, PipelineBuilder

base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"

SQL = """
CREATE TABLE parts (part_id INT NOT NULL PRIMARY KEY, name VARCHAR NOT NULL, price DECIMAL(10, 2) NOT NULL) WITH ('materialized' = 'true');
CREATE TABLE shipments (shipment_id BIGINT NOT NULL, part_id INT NOT NULL, quantity INT NOT NULL);
CREATE MATERIALIZED VIEW totals AS
SELECT p.name, SUM(s.quantity) AS units, SUM(s.quantity * p.price) AS amount
FROM shipments AS s JOIN parts AS p ON s.part_id = p.part_id GROUP BY p.name;
"""

client = FelderaClient(base)
pipeline = PipelineBuilder(client, name="sdk-supply", sql=SQL).create_or_replace()
pipeline.start()

pipeline.input_json("parts", [{"part_id": i, "name": f"part {i}", "price": i + 0.5} for i in range(10)])
token = client.push_to_pipeline(
    pipeline.name, "shipments", "json",
    [{"insert": {"shipment_id": i, "part_id": i % 10, "quantity": i % 7}} for i in range(10_000)],
    array=True, update_format="insert_delete", wait=False)
client.wait_for_token(pipeline.name, token)


def totals():
    rows = pipeline.query("SELECT name, units, amount FROM totals ORDER BY name")
    return [(row["name"], row["units"], str(row["amount"])) for row in rows]


before = totals()
for row in before:
    print(*row, sep="\t")

pipeline.stop(force=False)
pipeline.start()
assert totals() == before, "a restart from the checkpoint must not change a view"
print("the views are the same after stop with checkpoint and start")

pipeline.stop(force=True)
pipeline.clear_storage()
pipeline.delete()
