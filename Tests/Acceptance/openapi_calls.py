"""How test_openapi.py sends what schemathesis makes up: aimed at objects that exist, with bounded waits, and with a reader
that takes only the beginning of an answer without end."""

import collections
import json
import urllib.parse
import zlib

import requests
from hypothesis import assume
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]


def config(examples):
    # 501 and 503 are answers where a document says so, which the conformance of the status checks; all other 5xx are faults.
    documented = ["2xx", "3xx", "4xx", 501, 503]
    return SchemathesisConfig.from_dict({
        "seed": 20261122, "suppress-health-check": ["all"],
        # Answers depend on what came before, so a failure may not come back while it is made smaller.
        "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
        "checks": {"not_a_server_error": {"expected-statuses": documented}},
    })


def chance(case, *salt) -> int:
    """0 to 99, from what the case says: the same in every run."""
    text = repr((case.operation.label, case.path_parameters, case.query, case.body, salt))
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % 100


def bound_waits(case):
    """A wait that is allowed lasts up to 10 minutes: here 20 ms. What is no wait is sent as it is."""
    wait = (case.query or {}).get("wait")
    if isinstance(wait, str) and wait[:1].isdigit():
        case.query["wait"] = "20ms"
    for name in [name for name in case.headers or {} if name.lower() == "prefer"]:
        del case.headers[name]


SEEN = collections.defaultdict(collections.Counter)
"""Statuses that each operation has answered."""


def call(case, server, streams=()):
    """Sends the case and holds the answer to the document."""
    options = case.as_transport_kwargs(base_url=server.base)
    prepared = requests.Request(**{name: options[name] for name in options if name in REQUEST_OPTIONS}).prepare()
    # Dots and slashes in a parameter may lead to another path before they are sent: then the answer is not this operation's.
    assume(segments(prepared.url) == case.operation.path.count("/"))
    label = case.operation.label
    response = server.session.send(prepared, stream=label in streams, timeout=30, allow_redirects=False)
    if label in streams and response.status_code == 200:
        streams[label](response)
    SEEN[label][response.status_code] += 1
    case.validate_response(response, checks=CHECKS)


REQUEST_OPTIONS = {"method", "url", "headers", "files", "data", "params", "json", "cookies"}


def segments(url) -> int:
    return urllib.parse.urlsplit(url).path.count("/")


# Readers of endless answers. What they read becomes the whole body.


def first_chunk(response):
    keep(response, next(response.iter_content(None), b""))


def first_line(response):
    keep(response, next(response.iter_lines(), b""))


def json_lines(response):
    """A list of the lines, so that each is checked to be JSON."""
    content = response.content
    if response.headers["Content-Type"] == "application/json":
        content = b"[" + b",".join(content.splitlines()) + b"]"
        json.loads(content)
    keep(response, content)


def keep(response, content):
    response.close()
    response._content = content
    response._content_consumed = True
