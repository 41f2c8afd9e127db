"""What the clients know: every object that was acknowledged, what was asked of it, and every violation that was found."""

import json
import random
import threading
import time
import uuid

import requests


class Known:
    """An item or a group, and the most that was ever seen of it."""

    def __init__(self, own, dialect, is_group=False, group=None, total=None):
        self.id, self.dialect, self.is_group, self.group, self.total = own, dialect, is_group, group, total
        self.lock, self.watch = threading.Lock(), threading.Lock()
        # Of `explain`: never shortened, never changed.
        self.history = []
        # Of the table in SQL, and of the counters: they only grow.
        self.sequence, self.sql_ended, self.ended, self.failed = -1, 0, 0, 0
        self.tokens, self.is_visible = [], False
        # Sent, whatever came of it; and acknowledged.
        self.asked, self.acknowledged = {}, {}
        self.executions = []

    @property
    def uuid(self):
        digits = self.id.rsplit("_", 1)[-1] if self.id.startswith("crg_") else self.id
        for prefix in ("batch-", "job-"):
            digits = digits.removeprefix(prefix)
        return str(uuid.UUID(digits))

    def ask(self, what):
        with self.lock:
            self.asked[what] = self.asked.get(what, 0) + 1

    def acknowledge(self, what):
        with self.lock:
            self.acknowledged[what] = self.acknowledged.get(what, 0) + 1


class Registry:
    def __init__(self, seed):
        self.seed, self.lock = seed, threading.Lock()
        self.items, self.groups = {}, {}
        # Requests that would make an object and got no answer, by dialect.
        self.unanswered = {}
        self.violations, self.checks = [], 0
        # Grows by one when the server is killed and when it is there again: even while it serves.
        self.life = 0

    def item(self, own, dialect, group=None):
        with self.lock:
            known = self.items.get(own)
            if known is None:
                known = self.items[own] = Known(own, dialect, group=group)
            return known

    def add_group(self, own, dialect, total=None):
        with self.lock:
            known = self.groups.get(own)
            if known is None:
                known = self.groups[own] = Known(own, dialect, is_group=True, total=total)
            return known

    def lost(self, dialect):
        with self.lock:
            self.unanswered[dialect] = self.unanswered.get(dialect, 0) + 1

    def pick(self, chance, groups=False, dialect=None, newest=40):
        """One of them, mostly of the newest."""
        with self.lock:
            pool = list((self.groups if groups else self.items).values())
        pool = [known for known in pool if dialect is None or known.dialect == dialect]
        if not pool:
            return None
        return chance.choice(pool[-newest:] if chance.random() < 0.7 else pool)

    def violate(self, rule, subject, **bodies):
        text = "\n  ".join(f"{name}: {json.dumps(body, default=str)[:6000]}" for name, body in bodies.items())
        with self.lock:
            if len(self.violations) < 200:
                self.violations.append((rule, f"seed {self.seed}, {rule}, {subject}\n  {text}"))

    def expect(self, holds, rule, subject, **bodies):
        self.checks += 1
        if not holds:
            self.violate(rule, subject, **bodies)
        return holds

    def report(self):
        """Each rule once with its first finding, and how often it was broken."""
        with self.lock:
            rules = {}
            for rule, text in self.violations:
                rules.setdefault(rule, []).append(text)
        return "\n".join(f"{len(texts)} times: {texts[0]}" for texts in rules.values())


class Caller:
    """Calls of one thread. An answer that was not given, or `503`, is None; other failures of the server are violations."""

    def __init__(self, base, registry, tamper=None):
        self.base, self.registry, self.session = base, registry, requests.Session()
        # Changes a JSON body by its path: to see that the checks can fail.
        self.tamper = tamper

    def call(self, method, path, timeout=25.0, **options):
        life, began = self.registry.life, time.monotonic()
        try:
            answer = self.session.request(method, self.base + path, timeout=timeout, **options)
        except requests.Timeout:
            # Parked for longer than any route may be.
            if life == self.registry.life and life % 2 == 0:
                self.registry.violate("an answer in time", path, seconds=time.monotonic() - began)
            return None
        except requests.RequestException:
            self.session = requests.Session()
            return None
        if answer.status_code == 503:
            return None
        self.registry.expect(
            answer.status_code < 500, "no failure of the server", f"{method} {path}", answer=answer.text)
        return None if answer.status_code >= 500 else answer

    def read(self, path, **options):
        """The JSON body of an object that exists; None when the server is away."""
        answer = self.call("GET", path, **options)
        if answer is None:
            return None
        if not self.registry.expect(
                answer.status_code == 200, "what was acknowledged exists", path, status=answer.status_code,
                answer=answer.text):
            return None
        body = answer.json()
        return self.tamper(path, body) if self.tamper else body

    def rows(self, sql, pipeline="workflows", **parameters):
        answer = self.call(
            "GET", f"/v0/pipelines/{pipeline}/query", params={"sql": sql, "format": "json", **parameters})
        if answer is None or answer.status_code != 200:
            return None
        rows = [json.loads(line) for line in answer.text.splitlines() if line]
        if any(set(row) == {"error"} for row in rows):
            return None
        return self.tamper("sql", rows) if self.tamper else rows


def chance_of(seed, name):
    return random.Random(f"{seed} {name}")
