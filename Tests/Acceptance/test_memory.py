"""Guards invariant 7: the log is the buffer. Ten times more input than the server holds in memory waits in the log of a paused
pipeline, then goes through a view; memory stays what a tenth of it has made it."""

import threading
import time

SQL = """
CREATE TABLE t (id BIGINT NOT NULL, k INT NOT NULL, s VARCHAR NOT NULL);
CREATE MATERIALIZED VIEW by_k AS SELECT k, COUNT(*) AS n, SUM(id) AS total, MAX(s) AS greatest FROM t GROUP BY k;
"""
ROWS = 50_000


def body():
    return "".join(
        '{"id":%d,"k":%d,"s":"%032x and some text that makes a record as long as those of users are"}\n'
        % (number, number % 100, number * 0x9E3779B97F4A7C15 % (1 << 128)) for number in range(ROWS)).encode()


class Peak(threading.Thread):
    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.bytes, self.goes_on = server, 0, True

    def run(self):
        while self.goes_on:
            self.bytes = max(self.bytes, self.server.resident_bytes())
            time.sleep(0.02)

    def end(self):
        self.goes_on = False
        self.join()
        return self.bytes


def pass_through(server, text, count):
    """So many bodies into the log of the paused pipeline, then through the view. The greatest memory meanwhile."""
    peak = Peak(server)
    peak.start()
    assert server.post("/v0/pipelines/p/pause").status_code == 202
    server.wait_status("p", "Paused")
    for _ in range(count):
        answer = server.post(
            "/v0/pipelines/p/ingress/t", params={"format": "json", "update_format": "raw", "force": "true"}, data=text)
        assert answer.status_code == 200, answer.text
        token = answer.json()["token"]
    assert server.status("p", token).status_code == 202
    assert server.post("/v0/pipelines/p/resume").status_code == 202
    server.wait("p", token, timeout=300)
    return peak.end()


def test_the_log_is_the_buffer(server):
    server.up("p", SQL, {"max_rss_mb": 256, "fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}})
    text = body()
    # Until all buffers have been full: the log's, those of a step, the allocator's heaps.
    warm = max(pass_through(server, text, 40) for _ in range(3))
    count = 1 + 10 * warm // len(text)
    greatest = pass_through(server, text, count)
    after = server.resident_bytes()
    print(f"memory {warm >> 20} MiB, then with {count * len(text) >> 20} MiB of input {greatest >> 20}, {after >> 20} afterwards")
    bodies = 120 + count
    assert server.query("p", "SELECT SUM(n) AS n, SUM(total) AS total FROM by_k") == [
        {"n": bodies * ROWS, "total": bodies * sum(range(ROWS))}]
    # What grows with the input would show as many times as much.
    assert greatest <= warm * 1.25 and after <= warm * 1.25, (warm, greatest, after)
