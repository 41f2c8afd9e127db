import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import Server  # noqa: E402


@pytest.fixture
def server(tmp_path):
    """A fresh server over an empty data directory."""
    running = Server(tmp_path / "data").start()
    yield running
    alive = running.process.poll() is None
    running.close()
    assert alive or running.process.returncode in (0, -9), "the server trapped: " + running.log_text()[-3000:]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server for all tests of a file; they use different pipelines."""
    running = Server(tmp_path_factory.mktemp("shared") / "data").start()
    yield running
    alive = running.process.poll() is None
    running.close()
    assert alive, "the server trapped: " + running.log_text()[-3000:]
