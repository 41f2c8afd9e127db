"""The process that holds the circuit (Tests/CircuitDriver)."""

import collections
import json
import os
import pathlib
import subprocess

from .sqltypes import SqlType, canonical_ours

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("TIDEMARK_DRIVER", ROOT / ".build" / "release" / "CircuitDriver"))


class Refused(Exception):
    """What the circuit did not do: `compile`, `evaluation`, or a check of the driver itself that failed."""

    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Driver:
    def __init__(self):
        self.process = None

    def _command(self, words, lines=()):
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen([str(BINARY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.process.stdin.write("".join(f"{line}\n" for line in [words, *lines]).encode())

    def _answer(self):
        try:
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        lines = []
        while True:
            line = self.process.stdout.readline().decode()
            if not line:
                errors = self.process.stderr.read().decode(errors="replace")
                code = self.process.wait()
                raise Refused("trap", f"the driver ended with {code}: {errors[-2000:]}")
            if line == ".\n":
                break
            lines.append(line[:-1])
        for line in lines:
            if line.startswith("error "):
                kind, message = line[6:].split(" ", 1)
                raise Refused(kind, json.loads(message))
        return lines

    def load(self, program, raw=False, memory=None):
        lines = program.split("\n")
        self._command(f"program {len(lines)}" + (" raw" if raw else "") + (f" memory={memory}" if memory is not None else ""), lines)
        self.types, self.contents, self.now = {}, {}, 0
        answer = self._answer()
        for line in answer:
            if line.startswith("schema "):
                _, name, types = line.split(" ", 2)
                self.types[name] = [SqlType.parse(t) for t in json.loads(types)]
                self.contents[name] = collections.Counter()
        self._take(answer)

    def change(self, table, lines):
        self._command(f"change {table} {len(lines)}", lines)

    def step(self, adhoc=()):
        """Takes a step and asks ad-hoc queries behind it, in one exchange; answers the views whose query failed, and why."""
        self._command("step")
        for view in adhoc:
            lines = view.ours.split("\n")
            self._command(f"adhoc {view.name} {len(lines)}", lines)
        failed = []
        taken = None
        try:
            self._take(self._answer())
        except Refused as refused:
            taken = refused
        for view in adhoc:
            try:
                self._answer()
            except Refused as refused:
                failed.append((view, refused))
                if refused.kind == "trap":
                    break
        if taken:
            raise taken
        return failed

    def restart(self):
        self._command("restart")
        self._answer()

    def checkpoint(self):
        self._command("checkpoint")
        self._answer()

    def _take(self, lines):
        index = 0
        while index < len(lines):
            words = lines[index].split(" ")
            index += 1
            if words[0] == "now":
                self.now = int(words[1])
            if words[0] != "view":
                continue
            rows = collections.Counter()
            for line in lines[index:index + int(words[2])]:
                weight, row = line.split(" ", 1)
                rows[canonical_ours(json.loads(row), self.types[words[1]])] += int(weight)
            index += int(words[2])
            self.contents[words[1]] = rows

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()
