"""Guards invariant 1 by a system-call trace: an fdatasync between the arrival of records and their 200, one for many under load."""

import re
import socket
import subprocess
import time

from harness import Server

SQL = "CREATE TABLE t (id BIGINT NOT NULL); CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM t;"


def traced(tmp_path, work):
    """Runs `work` against a server under strace; answers (time, call, detail) in order."""
    trace = tmp_path / "trace"
    server = Server(tmp_path / "data").start()
    try:
        server.up("p", SQL)
        tracer = subprocess.Popen(
            ["strace", "-f", "-tt", "-s", "300", "-e", "trace=read,recvfrom,readv,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync",
             "-o", str(trace), "-p", str(server.process.pid)], stderr=subprocess.DEVNULL)
        time.sleep(1)
        result = work(server)
        tracer.terminate()
        tracer.wait()
    finally:
        server.close()
    return trace.read_text(errors="replace").splitlines(), result


def test_fdatasync_lies_between_arrival_and_answer(tmp_path):
    def work(server):
        for i in range(20):
            assert server.ingest("p", "t", [{"id": 770000 + i}]).status_code == 200
            time.sleep(0.02)

    lines, _ = traced(tmp_path, work)
    pending, synced, checked = False, False, 0
    for line in lines:
        if "77000" in line and re.search(r"\b(read|recvfrom|readv|recvmsg)\b", line) or "77001" in line and "read" in line:
            pending, synced = True, False
        elif re.search(r"(fdatasync|fsync)(\(| resumed).*= 0", line):
            synced = True
        elif pending and "HTTP/1.1 200" in line and re.search(r"\b(write|writev|sendto|sendmsg)\(", line):
            assert synced, "a 200 was written before a sync: " + line
            pending, checked = False, checked + 1
    assert checked >= 15, f"only {checked} requests were recognised in the trace"


def test_one_fdatasync_serves_many_clients(tmp_path):
    def work(server):
        """64 connections: all send, then all read, twenty times."""
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(64)]
        answered = 0
        for round_number in range(20):
            for number, client in enumerate(clients):
                body = b'{"id":%d}' % (number * 1000 + round_number)
                head = "POST /v0/pipelines/p/ingress/t?format=json&update_format=raw HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                client.sendall((head % len(body)).encode() + body)
            for client in clients:
                answered += client.recv(65536).startswith(b"HTTP/1.1 200")
        for client in clients:
            client.close()
        return answered

    lines, acknowledged = traced(tmp_path, work)
    syncs = sum(1 for line in lines if re.search(r"(fdatasync|fsync)\(", line))
    assert acknowledged == 64 * 20
    assert 0 < syncs < acknowledged / 4, f"{syncs} syncs for {acknowledged} requests"
