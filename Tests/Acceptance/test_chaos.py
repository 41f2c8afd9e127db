"""Guards the harness that users have: `tidemark chaos` finds nothing wrong with a sound server, and does find what is."""

import os
import subprocess
import threading

from harness import BINARY

CRASHES = int(os.environ.get("TIDEMARK_CHAOS", "4"))


def chaos(directory, crashes):
    command = [str(BINARY), "chaos", "--data-dir", str(directory), "--crashes", str(crashes), "--seed", "7"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60 + 20 * crashes)


def test_a_sound_server_keeps_its_promises(tmp_path):
    run = chaos(tmp_path / "scratch", CRASHES)
    assert run.returncode == 0, run.stdout + run.stderr
    facts = {line[:22].strip(): int(line[22:].split()[0].rstrip(",")) for line in run.stdout.splitlines()[-6:]}
    assert facts["crashes"] >= CRASHES and facts["violations"] == 0, run.stdout
    assert facts["records acknowledged"] > 0 and facts["tokens checked"] > 0 and facts["sink checks"] >= CRASHES, run.stdout
    used = chaos(tmp_path / "scratch", 1)
    assert used.returncode == 2 and "not empty" in used.stderr, used.stderr


def test_a_sink_that_forgets_is_found_out(tmp_path):
    """What tokens call complete must be in the sink's file: here somebody empties it all the time."""
    done = threading.Event()

    def forget():
        path = tmp_path / "scratch" / "out.json"
        while not done.wait(0.002):
            if path.exists():
                os.truncate(path, 0)

    thief = threading.Thread(target=forget)
    thief.start()
    run = chaos(tmp_path / "scratch", 2)
    done.set()
    thief.join()
    assert run.returncode == 1 and "VIOLATION" in run.stdout and "the sink has" in run.stdout, run.stdout + run.stderr
