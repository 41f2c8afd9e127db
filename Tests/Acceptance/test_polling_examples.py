"""Guards the polling examples of the cloud page of the cargo dialect: both run as printed but for base URL, id and key."""

import json
import shutil
import subprocess
import sys
import time

import pytest

from cargo_receiver import Receiver
from test_access import Access

ENDS = {"callback_delivered", "callback_failed", "failed"}

# As printed; the stored page has lost the indentation. An ES module: the usage awaits at its top.
SCRIPT = """
async function trackCargo(cargoId, apiKey) {
  const response = await fetch(
    `https://api.cnvy.ai/cargo/${cargoId}/tracking`,
    {
      headers: { "X-API-Key": apiKey }
    }
  );
  return response.json();
}

// Usage
const status = await trackCargo(
  "crg_abc123def456",
  "convoy_sk_your_key_here"
);
console.log(`Status: ${status.status}`);
"""

POLLING = '''
import httpx
import time

def wait_for_completion(cargo_id: str, api_key: str, timeout: int = 3600) -> dict:
    """Poll until cargo is processed or timeout."""
    start = time.time()
    terminal_statuses = {"callback_delivered", "callback_failed", "failed"}

    while time.time() - start < timeout:
        response = httpx.get(
            f"https://api.cnvy.ai/cargo/{cargo_id}/tracking",
            headers={"X-API-Key": api_key}
        )
        data = response.json()
        if data["status"] in terminal_statuses:
            return data
        time.sleep(30)  # Poll every 30 seconds
    raise TimeoutError(f"Cargo {cargo_id} not completed in {timeout}s")

# Usage
result = wait_for_completion(
    "crg_abc123def456",
    "convoy_sk_your_key_here"
)
'''

SINGLE = '''
import httpx

cargo_id = "crg_abc123def456"
response = httpx.get(
    f"https://api.cnvy.ai/cargo/{cargo_id}/tracking",
    headers={"X-API-Key": "convoy_sk_your_key_here"}
)
data = response.json()
print(f"Status: {data['status']}")
print(f"Description: {data['status_description']}")
'''


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """Keys are asked for, as in the cloud."""
    folder = tmp_path_factory.mktemp("polling")
    configuration = folder / "tidemark.json"
    configuration.write_text(json.dumps({"cargo": {"batch_age_secs": 0.2}}))
    access = Access(folder, "--config", str(configuration), "--callback-allow", "127.0.0.0/8")
    access.server.start()
    access.project("acme")
    access.project("other")
    access.keys = {slug: access.key(slug) for slug in ("acme", "other")}
    receiver = Receiver()
    answer = access.call("POST", "/cargo/load", access.keys["acme"], json={
        "params": {"model": "echo", "messages": [{"role": "user", "content": "Hi"}]},
        "callback_url": f"{receiver.base}/ok/polling"})
    assert answer.status_code == 200, answer.text
    access.cargo = answer.json()["cargo_id"]
    yield access
    receiver.close()
    access.server.close()


def printed(program, cloud, key):
    return program.replace("https://api.cnvy.ai", cloud.server.base).replace("crg_abc123def456", cloud.cargo).replace(
        "convoy_sk_your_key_here", key)


def run(command, program):
    done = subprocess.run([*command, program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def until_delivered(cloud):
    deadline = time.monotonic() + 30
    while True:
        told = cloud.call("GET", f"/cargo/{cloud.cargo}/tracking", cloud.keys["acme"]).json()
        if told["status"] in ENDS:
            return told
        assert time.monotonic() < deadline, told
        time.sleep(0.02)


def test_the_javascript_example(cloud):
    if shutil.which("node") is None:
        pytest.skip("there is no node here; .ci/prepare --tests installs it")
    node = ["node", "--input-type=module", "--eval"]
    first = run(node, printed(SCRIPT, cloud, cloud.keys["acme"]))
    assert first.removeprefix("Status: ").strip() in ENDS | {
        "pending", "batched", "processing", "completed", "callback_pending"}, first
    assert until_delivered(cloud)["status"] == "callback_delivered"
    assert run(node, printed(SCRIPT, cloud, cloud.keys["acme"])) == "Status: callback_delivered\n"
    # Whose key is not the project's sees no cargo: the example has nothing to print.
    assert run(node, printed(SCRIPT, cloud, cloud.keys["other"])) == "Status: undefined\n"


def test_the_python_examples(cloud, monkeypatch):
    pytest.importorskip("httpx")
    names = {}
    wait = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: wait(0.05))
    exec(printed(POLLING, cloud, cloud.keys["acme"]), names)
    assert names["result"]["status"] == "callback_delivered" and names["result"]["cargo_id"] == cloud.cargo
    told = run([sys.executable, "-c"], printed(SINGLE, cloud, cloud.keys["acme"]))
    assert told == "Status: callback_delivered\nDescription: Callback successfully delivered\n"
