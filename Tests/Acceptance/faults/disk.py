"""A disk that can lose its power: what was not synced when the machine goes off is gone.

kill -9 keeps the page cache and proves nothing about fsync. The shim (the product TidemarkPowerCut; its one source is compiled here,
so that any build of the server can be tested) records which bytes and which names were synced; `Disk.cut` makes the files what a
machine would find after a power cut. `tidemark chaos` has the same model in Swift (Sources/PowerCuts)."""

import mmap
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[3] / "Sources" / "CPowerCut" / "shim.c"
WRITE, SHORT_WRITE, SYNC, OPEN, RENAME, LIE_ON_SYNC = 1, 2, 4, 8, 16, 32
FOREVER = 0xFFFFFFFF
_library = None


def library():
    """The compiled shim, made once a process."""
    global _library
    if _library is None:
        _library = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-shim-")) / "shim.so"
        compiler = next(name for name in ("cc", "gcc", "clang") if shutil.which(name))
        subprocess.run([compiler, "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(_library), str(SOURCE), "-lpthread"], check=True)
    return _library


class Disk:
    """The directory `root` below `base`; all in it counts as durable when the disk is made."""

    def __init__(self, base):
        self.base = pathlib.Path(base)
        self.root, self.grave, self.events = self.base / "disk", self.base / "grave", self.base / "events"
        self.root.mkdir(parents=True, exist_ok=True)
        self.grave.mkdir(exist_ok=True)
        self.events.touch()
        control = self.base / "control"
        control.write_bytes(bytes(4096))
        self.words = mmap.mmap(os.open(control, os.O_RDWR), 4096)
        self.number = 0
        self._take_as_durable()

    @property
    def environment(self):
        return {
            "LD_PRELOAD": str(library()), "TIDEMARK_SHIM_ROOT": str(self.root), "TIDEMARK_SHIM_GRAVE": str(self.grave),
            "TIDEMARK_SHIM_EVENTS": str(self.events), "TIDEMARK_SHIM_CONTROL": str(self.base / "control"),
            "TIDEMARK_SHIM_FIRST": str(self.next_number()),
        }

    # The shim's words

    def _set(self, word, value):
        struct.pack_into("=I", self.words, 4 * word, value)

    def _get(self, word):
        return struct.unpack_from("=I", self.words, 4 * word)[0]

    def kill_in(self, moments):
        """SIGKILL at the so-manyth moment from now: before and after each sync, rename and removal, after each creation."""
        self._set(0, moments)

    def fail(self, kinds, number, after=0, count=1):
        """Lets `count` calls of these kinds fail with the errno, after `after` that succeed."""
        self._set(1, 0)
        self._set(2, number)
        self._set(3, after)
        self._set(4, count)
        self._set(1, kinds)

    def heal(self):
        self._set(1, 0)
        self._set(5, 0)

    def slow_syncs(self, microseconds):
        self._set(5, microseconds)

    @property
    def faults(self):
        return self._get(6)

    @property
    def moments(self):
        return self._get(7)

    # The model of what is durable

    def _take_as_durable(self):
        """Everything that is there now survives."""
        self.names, self.length, self.content = {}, {}, {}
        self.pending = {}
        for path, _, files in os.walk(self.root):
            entries = {}
            for entry in os.scandir(path):
                facts = entry.stat(follow_symlinks=False)
                entries[entry.name] = facts.st_ino
                if entry.is_file(follow_symlinks=False):
                    self.length[facts.st_ino] = facts.st_size
            self.names[os.stat(path).st_ino] = entries
        self.top = os.stat(self.root).st_ino

    def next_number(self):
        lines = self.events.read_text().splitlines()
        return int(lines[-1].split()[0]) + 1 if lines else self.number

    def _apply(self, line):
        number, kind, *rest = line.split(" ")
        number = int(number)
        if kind == "C":
            parent, name, inode = int(rest[0]), rest[1], int(rest[2])
            self.pending.setdefault(parent, []).append((number, [("add", name, inode)]))
            if rest[3] == "d":
                self.names[inode] = {}
                self.pending[inode] = []
            else:
                self.length.setdefault(inode, 0)
        elif kind == "R":
            source, old, target, new, inode = int(rest[0]), rest[1], int(rest[2]), rest[3], int(rest[4])
            if source == target:
                self.pending.setdefault(source, []).append((number, [("remove", old, 0), ("add", new, inode)]))
            else:
                self.pending.setdefault(target, []).append((number, [("add", new, inode)]))
                self.pending.setdefault(source, []).append((number, [("remove", old, 0)]))
        elif kind == "U":
            self.pending.setdefault(int(rest[0]), []).append((number, [("remove", rest[1], 0)]))
        elif kind == "T":
            inode, length = int(rest[0]), int(rest[1])
            self.length[inode] = min(self.length.get(inode, 0), length)
            self.content.pop(inode, None)
        elif kind == "F":
            self.length[int(rest[0])] = int(rest[1])
            self.content.pop(int(rest[0]), None)
        elif kind == "S":
            self.content[int(rest[0])] = bytes.fromhex(rest[1] if len(rest) > 1 else "")
        elif kind == "D":
            directory, upto = int(rest[0]), int(rest[1])
            waiting = self.pending.get(directory, [])
            self._commit(directory, [change for change in waiting if change[0] < upto])
            self.pending[directory] = [change for change in waiting if change[0] >= upto]
        elif kind == "X":
            raise AssertionError(f"the server does what the shim cannot follow: {' '.join(rest)}")

    def _commit(self, directory, changes):
        entries = self.names.setdefault(directory, {})
        for _, steps in changes:
            for what, name, inode in steps:
                if what == "add":
                    entries[name] = inode
                else:
                    entries.pop(name, None)

    def cut(self, rng=None):
        """The machine goes off; the server must be dead. Without `rng` all that was not synced is gone; with it each file
        and directory keeps some part of it, as write-back would have it. Answers what was lost, for messages."""
        with open(self.events) as lines:
            for line in lines:
                if line.endswith("\n"):
                    self._apply(line.rstrip("\n"))
        self.number = self.next_number()
        places = self._places()
        lost = {"names": 0, "bytes": 0}
        for directory, waiting in self.pending.items():
            kept = rng.randint(0, len(waiting)) if rng else 0
            self._commit(directory, waiting[:kept])
            lost["names"] += len(waiting) - kept
        fresh = self.base / "after"
        self._rebuild(self.top, fresh, places, rng, lost)
        shutil.rmtree(self.root)
        shutil.rmtree(self.grave)
        fresh.rename(self.root)
        self.grave.mkdir()
        self.events.write_text("")
        self._take_as_durable()
        return lost

    def _places(self):
        """A path for each file's inode."""
        places = {}
        for top in (self.grave, self.root):
            for path, _, files in os.walk(top):
                for name in files:
                    places[os.lstat(f"{path}/{name}").st_ino] = f"{path}/{name}"
        return places

    def _rebuild(self, directory, path, places, rng, lost):
        path.mkdir()
        for name, inode in self.names.get(directory, {}).items():
            if inode in self.names:
                self._rebuild(inode, path / name, places, rng, lost)
                continue
            assert inode in places, f"the shim lost track of {path / name}"
            target = path / name
            os.link(places[inode], target)
            self._cut_file(target, inode, rng, lost)

    def _cut_file(self, path, inode, rng, lost):
        size, durable = path.stat().st_size, self.length.get(inode, 0)
        synced = self.content.get(inode)
        if synced is not None and len(synced) == durable and (not rng or rng.random() < 0.5):
            # Overwritten in place since the sync: the old bytes are as likely as the new ones.
            path.write_bytes(synced)
            lost["bytes"] += max(0, size - durable)
            return
        if size <= durable:
            return
        kept = durable
        if rng:
            kept = rng.choice([durable, size, rng.randint(durable, size)])
        os.truncate(path, kept)
        lost["bytes"] += size - kept
        if rng and kept > durable and rng.random() < 0.3:
            # The length reached the disk, the last sectors did not.
            hole = rng.choice([durable, *range(durable // 512 * 512 + 512, kept, 512)])
            os.truncate(path, hole)
            os.truncate(path, kept)
