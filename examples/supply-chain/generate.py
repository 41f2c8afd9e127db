"""Writes suppliers.csv, parts.csv and shipments-NN.ndjson into a folder: the same bytes for the same arguments."""

import pathlib
import random
import sys

folder, shipments, files = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
rng = random.Random(2026)

COUNTRIES = ["Austria", "Brazil", "Canada", "Denmark", "Estonia", "France", "Ghana", "Hungary", "India", "Japan"]
WORDS = ["bolt", "bearing", "valve", "gasket", "pump", "sensor", "cable", "filter", "spring", "motor"]
WAREHOUSES = ["Antwerp", "Busan", "Chicago", "Durban", "Hamburg", "Santos", "Singapore"]

with open(folder / "suppliers.csv", "w") as out:
    for i in range(500):
        out.write(f'{i},"{rng.choice(WORDS).title()} & Sons, No. {i}",{rng.choice(COUNTRIES)}\n')
with open(folder / "parts.csv", "w") as out:
    for i in range(5000):
        out.write(f"{i},{rng.choice(WORDS)} {rng.randrange(1000):03d},{rng.randrange(500)},{rng.randrange(100, 99999) / 100:.2f}\n")

start = 1_767_225_600  # 2026-01-01 UTC
number = 0
for part in range(files):
    with open(folder / f"shipments-{part:02d}.ndjson", "w") as out:
        for _ in range(shipments // files):
            seconds = start + number // 4
            day, rest = divmod(seconds - start, 86400)
            month, date = divmod(day, 28)
            stamp = f"2026-{month % 12 + 1:02d}-{date + 1:02d} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
            out.write(
                f'{{"shipment_id":{number},"part_id":{rng.randrange(5000)},"quantity":{rng.randrange(1, 50)},'
                f'"warehouse":"{rng.choice(WAREHOUSES)}","shipped_at":"{stamp}"}}\n')
            number += 1
