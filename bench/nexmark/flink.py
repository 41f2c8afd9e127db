"""Apache Flink 2.3 from its two PyPI wheels: a standalone cluster of one task manager with two slots, files in, blackhole out.

Parallelism 2, object reuse, state on the heap, a checkpoint every 10 s."""

import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request
import zipfile

import measure

VERSION = "2.3.0"

# The reference dialect's text is Flink's too, but for these.
OVERRIDES = {
    "q6": None,  # an OVER aggregate of a view that is corrected later is refused
    "q11": """CREATE VIEW q11 AS SELECT bidder, COUNT(*) AS bid_count, window_start AS starttime, window_end AS endtime
FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(date_time), INTERVAL '10' SECOND)) GROUP BY bidder, window_start, window_end;
""",
    "q13": """CREATE VIEW q13 AS SELECT B.auction, B.bidder, B.price, B.date_time, S.side_value FROM (SELECT *, MOD(auction, 10000) AS m FROM bid) B
LEFT JOIN side_input FOR SYSTEM_TIME AS OF B.date_time AS S ON B.m = S.key;
""",
}


class Flink:
    def __init__(self, peers, port):
        self.home = pathlib.Path(peers) / "flink"
        self.port = port
        self.root = self.home / "dist" / "pyflink"
        self.pids = []

    def install(self):
        """Downloads and unpacks once."""
        if not (self.home / "cls" / "SubmitSql.class").exists():
            wheels = self.home / "wheels"
            wheels.mkdir(parents=True, exist_ok=True)
            names = [f"apache-flink=={VERSION}", f"apache-flink-libraries=={VERSION}"]
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), *names], check=True)
            for wheel in sorted(wheels.iterdir()):
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(self.home / "dist")
            for script in (self.root / "bin").iterdir():
                script.chmod(0o755)
            source = pathlib.Path(__file__).with_name("SubmitSql.java")
            subprocess.run(["javac", "-cp", f"{self.root}/lib/*", "-d", str(self.home / "cls"), str(source)], check=True)
        side = self.home / "side_input"
        side.mkdir(exist_ok=True)
        (side / "side.csv").write_text("".join(f"{key},value-{key},2015-07-14 00:00:00.000\n" for key in range(10000)))

    def __enter__(self):
        self.install()
        conf = self.home / "conf"
        conf.mkdir(exist_ok=True)
        for file in (self.root / "conf").iterdir():
            if file.is_file() and file.name != "config.yaml":
                (conf / file.name).write_bytes(file.read_bytes())
        java = (self.root / "conf" / "config.yaml").read_text().split("\n# ")[0]
        options = java[java.index("env:"):] if "env:" in java else ""
        (conf / "config.yaml").write_text(f"""{options}
jobmanager: {{ rpc: {{ address: localhost, port: {self.port + 1} }}, bind-host: localhost, memory: {{ process: {{ size: 1600m }} }} }}
taskmanager: {{ bind-host: localhost, host: localhost, numberOfTaskSlots: 2, memory: {{ process: {{ size: 8g }} }} }}
rest: {{ address: localhost, bind-address: localhost, port: {self.port} }}
blob: {{ server: {{ port: "0" }} }}
""")
        self.environment = {
            **os.environ, "FLINK_CONF_DIR": str(conf), "FLINK_PID_DIR": str(self.home / "pids"), "FLINK_LOG_DIR": str(self.home / "logs")}
        for folder in ("pids", "logs"):
            (self.home / folder).mkdir(exist_ok=True)
        self._daemons("start")
        self.pids = [int(line) for file in (self.home / "pids").iterdir() for line in file.read_text().split()]
        self._await_slots()
        return self

    def __exit__(self, *_):
        self._daemons("stop")

    def _daemons(self, action):
        for name in ("jobmanager", "taskmanager"):
            subprocess.run(
                ["bash", str(self.root / "bin" / f"{name}.sh"), action], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def _get(self, path):
        return json.load(urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=10))

    def _await_slots(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self._get("/overview")["slots-available"] == 2:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise RuntimeError("Flink does not come up; see " + str(self.home / "logs"))

    def measure_query(self, query, text, columns, data, seconds_max):
        """Seconds by the job manager's clock; None where Flink has no such query."""
        text = OVERRIDES.get(query, text)
        if text is None:
            return None
        script = self.home / f"{query}.sql"
        script.write_text(self._tables(columns, data) + text + f"\nCREATE TABLE blackhole_{query} WITH ('connector' = 'blackhole') AS SELECT * FROM {query};\n")
        settings = {
            "rest.address": "localhost", "rest.port": str(self.port), "parallelism.default": "2", "pipeline.object-reuse": "true",
            "pipeline.name": query, "execution.checkpointing.interval": "10 s",
            "execution.checkpointing.dir": (self.home / "checkpoints").as_uri(), "table.exec.source.idle-timeout": "1 s" if query == "q13" else "0 s",
        }
        command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{self.home}/cls:{self.root}/lib/*", "SubmitSql", str(script)]
        for key, value in settings.items():
            command += [key, value]
        with measure.Meter(self.pids) as meter:
            run = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=seconds_max)
        job = run.stdout.strip().splitlines()[-1:] or [""]
        if run.returncode or not job[0]:
            raise RuntimeError("; ".join(line for line in run.stderr.splitlines() if "Exception" in line)[:600] or run.stdout[-300:])
        facts = self._get(f"/jobs/{job[0]}")
        if facts["state"] != "FINISHED":
            raise RuntimeError(f"the job is {facts['state']}")
        meter.wall = (facts["end-time"] - facts["start-time"]) / 1000
        return meter

    def _tables(self, columns, data):
        side = (self.home / "side_input").as_uri()
        text = "".join(
            f"CREATE TABLE {table} ({fields.replace('VARCHAR', 'STRING').replace('TIMESTAMP', 'TIMESTAMP(3)')}, "
            f"WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND) WITH ('connector' = 'filesystem', 'path' = '{(data / table).as_uri()}', "
            "'format' = 'json');\n" for table, fields in columns.items())
        return text + (
            "CREATE TABLE side_input (key BIGINT, side_value STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (key) NOT ENFORCED) "
            f"WITH ('connector' = 'filesystem', 'path' = '{side}', 'format' = 'csv');\n")
