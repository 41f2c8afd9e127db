"""Exact keys and codes of the primary dialect, as clients assert them."""

import json
import time

import requests

SQL = "CREATE TABLE t1 (c1 INT) WITH ('materialized' = 'true'); CREATE MATERIALIZED VIEW v1 AS SELECT c1 FROM t1;"

ALL_KEYS = set("""id name description tags created_at version platform_version runtime_config program_code udf_rust udf_toml
program_config program_version program_status program_status_since program_error program_info deployment_status
deployment_status_since deployment_desired_status deployment_desired_status_since deployment_error refresh_version storage_status
storage_status_details deployment_resources_status deployment_resources_status_details deployment_resources_status_since
deployment_resources_desired_status deployment_resources_desired_status_since deployment_runtime_status
deployment_runtime_status_details deployment_runtime_status_since deployment_runtime_desired_status
deployment_runtime_desired_status_since deployment_initial deployment_id bootstrap_policy silent_bootstrap
concurrent_bootstrap""".split())
FULL_ONLY = set("""runtime_config program_code udf_rust udf_toml program_error program_info deployment_resources_status_details""".split())
GLOBAL_KEYS = set("""state bootstrap_in_progress transaction_status transaction_id transaction_msecs transaction_records
commit_progress transaction_initiators concurrent_bootstrap_phase concurrent_bootstrap_progress rss_bytes memory_pressure
memory_pressure_epoch cpu_msecs uptime_msecs start_time initial_start_time incarnation_uuid storage_bytes storage_mb_secs
runtime_elapsed_msecs buffered_input_records buffered_input_bytes total_input_records total_input_bytes total_processed_records
total_processed_bytes total_completed_records output_stall_msecs total_initiated_steps total_completed_steps
pipeline_complete""".split())


def compiled(server, name):
    while True:
        pipeline = server.get(f"/v0/pipelines/{name}").json()
        if pipeline["program_status"] in ("Success", "SqlError"):
            return pipeline


def test_key_sets(shared):
    shared.create("keys", SQL)
    assert set(compiled(shared, "keys")) == ALL_KEYS
    assert set(shared.get("/v0/pipelines/keys?selector=status").json()) == ALL_KEYS - FULL_ONLY
    assert set(shared.get("/v0/pipelines/keys?selector=status_with_connectors").json()) == (ALL_KEYS - FULL_ONLY) | {"connectors"}
    assert any(p["name"] == "keys" for p in shared.get("/v0/pipelines").json())


def test_versions(shared):
    assert shared.create("versions", SQL)["refresh_version"] == 1
    assert compiled(shared, "versions")["refresh_version"] == 3
    patched = shared.request("PATCH", "/v0/pipelines/versions", json={"program_code": SQL + "\n"}).json()
    assert patched["refresh_version"] == 4 and patched["program_version"] == 2 and patched["version"] == 2
    assert compiled(shared, "versions")["refresh_version"] == 6
    tagged = shared.request("PATCH", "/v0/pipelines/versions", json={"description": "d"}).json()
    assert tagged["version"] == 2 and tagged["description"] == "d"


def test_runtime_config_has_every_default(shared):
    config = shared.create("config", SQL, {"workers": 3})["runtime_config"]
    assert config["workers"] == 3 and config["clock_resolution_usecs"] == 1000000
    assert set(config["resources"]) == {
        "cpu_cores_min", "cpu_cores_max", "memory_mb_min", "memory_mb_max", "storage_mb_max", "storage_class",
        "service_account_name", "namespace"}
    assert config["fault_tolerance"] == {"model": "none", "checkpoint_interval_secs": 60}
    assert config["storage"]["backend"] == {"name": "default"}


def test_name_rules_and_duplicates(shared):
    for name, code in [("", "EmptyName"), ("a" * 64, "TooLongName"), ("a b", "NameDoesNotMatchPattern"), ("-a", "NameDoesNotMatchPattern")]:
        answer = shared.post("/v0/pipelines", json={"name": name, "program_code": ""})
        assert answer.status_code == 400 and answer.json()["error_code"] == code
    shared.create("twice", SQL)
    answer = shared.post("/v0/pipelines", json={"name": "twice", "program_code": ""})
    assert answer.status_code == 409 and answer.json()["error_code"] == "DuplicateName"


def test_restricted_calls(shared):
    shared.up("restricted", SQL)
    cases = [
        ("DELETE", "", None, 400, "DeleteRestrictedToFullyStopped"),
        ("POST", "/clear", None, 400, "StorageStatusImmutableUnlessStopped"),
        ("PATCH", "", {"program_code": "x"}, 400, "UpdateRestrictedToStopped"),
        ("POST", "/start?initial=paused", None, 400, "InitialImmutableUnlessStopped"),
        ("POST", "/start?initial=sideways", None, 405, "UnsupportedPipelineAction"),
    ]
    for method, path, body, status, code in cases:
        answer = shared.request(method, f"/v0/pipelines/restricted{path}", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text
    assert shared.post("/v0/pipelines/restricted/start").status_code == 202
    shared.stop_pipeline("restricted", force=True)
    assert shared.request("DELETE", "/v0/pipelines/restricted").json()["error_code"] == "DeleteRestrictedToClearedStorage"
    answer = shared.request("PATCH", "/v0/pipelines/restricted", json={"runtime_config": {"workers": 5}})
    assert answer.json()["error_code"] == "EditRestrictedToClearedStorage"
    assert answer.json()["details"]["not_allowed"] == ["`runtime_config.workers`"]
    assert shared.post("/v0/pipelines/restricted/pause").status_code == 503


def test_stats_keys(shared):
    shared.up("stats", """
    CREATE TABLE t1 (c1 INT) WITH ('connectors' = '[{"transport": {"name": "datagen", "config": {"plan": [{"limit": 5}]}}}]');
    CREATE VIEW v1 AS SELECT c1 FROM t1;""")
    deadline = time.monotonic() + 20
    while not shared.stats("stats")["global_metrics"]["pipeline_complete"]:
        assert time.monotonic() < deadline, shared.stats("stats")
    stats = shared.stats("stats")
    assert set(stats) == {"checkpoint_activity", "global_metrics", "inputs", "outputs", "permanent_checkpoint_errors", "suspend_error"}
    assert set(stats["global_metrics"]) >= GLOBAL_KEYS
    assert len(stats["inputs"]) == 1
    entry = stats["inputs"][0]
    assert entry["endpoint_name"] == "t1.unnamed-0" and entry["config"]["stream"] == "t1"
    metrics = entry["metrics"]
    assert (metrics["total_records"], metrics["total_bytes"], metrics["buffered_records"]) == (5, 40, 0)
    assert metrics["end_of_input"] is True and not entry.get("parse_errors")


def test_egress_framing(shared):
    shared.up("egress", SQL)
    shared.wait("egress", shared.ingest("egress", "t1", [{"c1": 1}]).json()["token"])
    stream = requests.post(f"{shared.base}/v0/pipelines/egress/egress/v1?format=json&send_snapshot=true", stream=True, timeout=20)
    assert stream.status_code == 200
    lines = stream.raw
    chunks = []

    def read_until(wanted):
        buffer = b""
        while True:
            buffer += lines.read1(4096) if hasattr(lines, "read1") else lines.read(1)
            while b"\r\n" in buffer:
                line, buffer = buffer.split(b"\r\n", 1)
                chunk = json.loads(line)
                chunks.append(chunk)
                if wanted(chunk):
                    return chunk

    first = read_until(lambda chunk: chunk.get("json_data"))
    assert first["snapshot"] is True and first["json_data"] == [{"insert": {"c1": 1}}]
    shared.ingest("egress", "t1", [{"delete": {"c1": 1}}, {"insert": {"c1": 2}}], update_format="insert_delete")
    delta = read_until(lambda chunk: chunk.get("json_data") and not chunk.get("snapshot"))
    assert delta["json_data"] == [{"delete": {"c1": 1}}, {"insert": {"c1": 2}}]
    numbers = [chunk["sequence_number"] for chunk in chunks]
    assert numbers == sorted(numbers)
    stream.close()


def test_checkpoint_calls(shared):
    shared.up("check", SQL)
    shared.wait("check", shared.ingest("check", "t1", [{"c1": 1}]).json()["token"])
    asked = shared.post("/v0/pipelines/check/checkpoint").json()
    deadline = time.monotonic() + 20
    while True:
        status = shared.get("/v0/pipelines/check/checkpoint_status").json()
        if status["success"] is not None and status["success"] >= asked["checkpoint_sequence_number"]:
            break
        assert status["failure"] is None and time.monotonic() < deadline
    kept = shared.get("/v0/pipelines/check/checkpoints").json()
    assert len(kept) == 1 and kept[0]["processed_records"] == 1
    details = shared.get("/v0/pipelines/check").json()["storage_status_details"]
    assert len(details["checkpoints"]) == 1


def test_health_and_config(shared):
    assert shared.get("/healthz").json() == {"status": "healthy"}
    assert shared.get("/config/authentication").json() == {}
    assert shared.get("/v0/config").json()["edition"] == "Enterprise"
    health = shared.get("/v0/cluster_healthz").json()
    assert health["all_healthy"] is True and {"api", "compiler", "runner"} <= set(health)


def test_query_formats(shared):
    shared.up("formats", SQL)
    shared.wait("formats", shared.ingest("formats", "t1", [{"c1": 1}, {"c1": None}]).json()["token"])
    text = shared.get("/v0/pipelines/formats/query", params={"sql": "SELECT c1 FROM v1 ORDER BY c1"})
    assert text.headers["Content-Type"] == "text/plain"
    assert text.text.splitlines()[0].startswith("+--") and "| c1" in text.text
    bad = shared.get("/v0/pipelines/formats/query", params={"sql": "SELECT 1", "format": "yaml"})
    assert bad.status_code == 400
    plain = shared.create("plain", "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t;")
    assert plain["name"] == "plain"
    shared.start_pipeline("plain")
    answer = shared.get("/v0/pipelines/plain/query", params={"sql": "SELECT * FROM v"})
    assert answer.status_code == 400 and "materialized" in answer.json()["message"]
