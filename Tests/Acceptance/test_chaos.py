"""Guards the harness that users have: `tidemark chaos` finds nothing wrong with a sound server, and does find what is."""

import os
import shutil
import struct
import subprocess
import threading

import pytest

from faults.disk import FOREVER, LIE_ON_SYNC
from harness import BINARY

CRASHES = int(os.environ.get("TIDEMARK_CHAOS", "4"))
LIBRARY = BINARY.parent / "libTidemarkPowerCut.so"


def chaos(directory, crashes, *options, binary=BINARY):
    command = [str(binary), "chaos", "--data-dir", str(directory), "--crashes", str(crashes), "--seed", "7", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120 + 20 * crashes)


def report(run):
    return {line[:22].strip(): int(line[22:].split()[0].rstrip(",")) for line in run.stdout.splitlines()[-8:]}


@pytest.fixture
def library():
    assert LIBRARY.exists(), "swift build -c release --product TidemarkPowerCut makes it"


def test_a_sound_server_keeps_its_promises(tmp_path, library):
    run = chaos(tmp_path / "scratch", CRASHES)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kill -9 only" not in run.stdout
    facts = report(run)
    assert facts["crashes"] >= CRASHES and facts["violations"] == 0, run.stdout
    assert 0 < facts["of these power cuts"] < facts["crashes"], run.stdout
    assert facts["records acknowledged"] > 0 and facts["tokens checked"] > 0 and facts["sink checks"] >= CRASHES, run.stdout
    used = chaos(tmp_path / "scratch", 1)
    assert used.returncode == 2 and "not empty" in used.stderr, used.stderr


def test_a_seed_repeats_the_schedule(tmp_path, library):
    """Also under power cuts only, by another path: a link to the scratch directory, which the shim must see through."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    runs = [chaos(tmp_path / "link" / name, 2, "--power-cuts", cuts) for name, cuts in (("a", "always"), ("b", "never"))]
    facts = [report(run) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], runs
    assert facts[0]["of these power cuts"] == facts[0]["crashes"] and facts[1]["of these power cuts"] == 0, facts
    assert facts[0]["crashes"] == facts[1]["crashes"] and facts[0]["crashes in recovery"] == facts[1]["crashes in recovery"]
    assert "crashes are kill -9 only\n" in runs[1].stdout


def during(directory, act):
    """Calls it again and again while chaos runs there; answers the function that ends this."""
    done = threading.Event()

    def work():
        while not done.wait(0.002):
            act(directory)

    thread = threading.Thread(target=work)
    thread.start()

    def end():
        done.set()
        thread.join()

    return end


def test_a_sink_that_forgets_is_found_out(tmp_path):
    """What tokens call complete must be in the sink's file: here somebody empties it all the time."""

    def forget(directory):
        path = directory / "disk" / "out.json"
        if path.exists():
            os.truncate(path, 0)

    end = during(tmp_path / "scratch", forget)
    run = chaos(tmp_path / "scratch", 2, "--power-cuts", "never")
    end()
    assert run.returncode == 1 and "VIOLATION" in run.stdout and "the sink has" in run.stdout, run.stdout + run.stderr


def test_a_disk_that_lies_about_syncs_is_found_out(tmp_path, library):
    """The harness itself: from when the pipeline runs, no sync is one. Only the power cuts can show it."""

    def lie(directory):
        if (directory / "disk" / "out.json").exists() and (directory / "control").exists():
            with open(directory / "control", "r+b") as words:
                words.seek(4)
                words.write(struct.pack("=IIII", LIE_ON_SYNC, 0, 0, FOREVER))

    end = during(tmp_path / "scratch", lie)
    run = chaos(tmp_path / "scratch", 3, "--power-cuts", "always")
    end()
    assert run.returncode == 1, run.stdout + run.stderr
    violations = [line for line in run.stdout.splitlines() if line.startswith("VIOLATION")]
    assert any("the sink has" in line or "acknowledged records are lost" in line for line in violations), run.stdout


def test_without_the_library_crashes_are_kills(tmp_path):
    alone = tmp_path / "bin"
    alone.mkdir()
    try:
        os.link(BINARY, alone / "tidemark")
    except OSError:
        shutil.copy2(BINARY, alone / "tidemark")
    run = chaos(tmp_path / "scratch", 1, binary=alone / "tidemark")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[1] == "crashes are kill -9 only: no libTidemarkPowerCut.so beside the program"
    assert report(run)["of these power cuts"] == 0
    for cuts in ("half", "always"):
        refused = chaos(tmp_path / "other", 1, "--power-cuts", cuts, binary=alone / "tidemark")
        assert refused.returncode == 2 and "no power cuts without it" in refused.stderr, refused.stderr
        assert not (tmp_path / "other").exists()
