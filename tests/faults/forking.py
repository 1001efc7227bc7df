"""A process that loads and compiles everything once, and then forks a child for each fault.

A child runs a study as `cisim.study.run` does and is killed, finds its disk full, and so on; so a kill costs a fraction of a second
and no start of Python. This process itself never has a second thread: what it forks is sound.

It reads one request a line (JSON) and answers one line: {"start": CHILD} gives the child's process id, {"end": ID} waits for it and
gives how it ended. See `conftest.Forks` for the other side.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet

from cisim.errors import InputError
from cisim.study import designs, executors, read
from cisim.study import run as run_study
from cisim.study.identity import Span, read_job
from cisim.study.store import Store
from cisim.study.task import do_task
from faults.studies import ALL, written

#: What can be written to a folder, as Python's audit events name it.
WRITING = {"open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.truncate"}
CAPABILITIES_VERSION, CAP_DAC_OVERRIDE = 0x20080522, 1 << 1
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18


# --- faults -------------------------------------------------------------------------------------------


class Strike:
    """Something that happens at the Nth thing that is done to a folder.

    Args:
        folder: what is done elsewhere does not count.
        at: 0 for the first; None only counts.
        how: "kill" ends the process at once, "full" lets the disk be full from then on.
    """

    def __init__(self, folder: Path, at: int | None, how: str) -> None:
        self.folder, self.at, self.how = str(folder), at, how
        self.seen: list[str] = []
        sys.addaudithook(self._heard)
        os.fsync = self._sync

    def _sync(self, descriptor: Any) -> None:
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        self._heard("os.fsync", (Path(f"/proc/self/fd/{number}").readlink(),))

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in WRITING and event != "os.fsync":
            return
        if event == "open" and not (args[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            return
        if not isinstance(args[0], (str, bytes, os.PathLike)):
            return
        place = os.fsdecode(args[0])
        if not place.startswith(self.folder) or place.endswith(".lock"):
            return
        goal = f" {os.fsdecode(args[1])}" if event == "os.rename" else ""
        self.seen.append(f"{event} {place}{goal}")
        if self.at is None or len(self.seen) <= self.at:
            return
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif event not in {"os.remove", "os.rmdir"}:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), place)


def obey_permissions() -> None:
    """Give up root's right to write where permissions forbid it; others never have it."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, for the first 32 capabilities and the others
    done = libc.capget(header, sets)
    sets[0] &= ~CAP_DAC_OVERRIDE
    if done != 0 or libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount_small(folder: Path, size: int) -> None:
    """A disk of so many bytes at a folder, seen by this process alone."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name: str, *args: Any) -> None:
        if getattr(libc, name)(*args) != 0:
            raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")

    user, group = os.geteuid(), os.getegid()
    if user == 0:
        call("unshare", CLONE_NEWNS)
    else:
        call("unshare", CLONE_NEWNS | CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    call("mount", b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(0), f"size={size}".encode())


def full_beyond(folder: Path, size: int) -> Callable[[Any], None]:
    """An fsync that finds the disk full when a folder holds more than so many bytes."""

    def sync(_: Any) -> None:
        if sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) > size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return sync


def jumping_clock() -> Callable[[], float]:
    """A clock that is set to and fro by years whenever it is read."""
    turns = iter(range(10**9))
    return lambda: (0.0, 4e9, 1e9, 2.5e9)[next(turns) % 4]


def cut_tasks(seconds: float) -> None:
    """Let all tasks be of so many estimated seconds, whatever the study, points cut among them."""
    estimate: Any = importlib.import_module("cisim.study.estimate")
    estimate.SHORTEST = estimate.LONGEST = estimate.LONGEST_POINT = seconds


# --- children -----------------------------------------------------------------------------------------


def watched(log: Path) -> None:
    """Write down which runs are begun and which are kept, a line each, in one piece."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    begin, keep = executors.do_task, Store.commit

    def note(word: str, runs: Any) -> None:
        os.write(descriptor, (json.dumps([os.getpid(), word, runs]) + "\n").encode())

    def work(job: Any, spans: Any, *rest: Any) -> Any:
        note("begun", [[span.point, span.first, span.last] for span in spans])
        return begin(job, spans, *rest)

    def commit(self: Store, task: int, tables: Any) -> None:
        keep(self, task, tables)
        note("kept", [list(span) for span in self.spans(task)])

    executors.do_task, Store.commit = work, commit


def run(
    study: str,
    store: str,
    *,
    log: str | None = None,
    threads: int = 2,
    shard: tuple[int, int] | None = None,
    cut: float | None = None,
    strike: tuple[int | None, str] | None = None,
    largest_file: int | None = None,
    small_disk: int | None = None,
    obedient: bool = False,
    clock: bool = False,
) -> dict[str, Any]:
    """What a child does: run a study amid a fault, and tell how it went."""
    folder = Path(store)
    # A killed process loses nothing that it wrote, only a power cut does; and waiting for disks is slow.
    os.fsync = lambda _: None
    if cut:
        cut_tasks(cut)
    if log:
        watched(Path(log))
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    if obedient:
        obey_permissions()
    if clock:
        time.time = jumping_clock()
        time.time_ns = lambda clock=time.time: int(1e9 * clock())
    blow = Strike(folder, *strike) if strike else None
    told: dict[str, Any] = {"error": None, "counts": None}
    try:
        if small_disk:
            try:
                mount_small(folder.parent, small_disk)
            except PermissionError:  # neither root nor a user namespace: count instead
                os.fsync = full_beyond(folder, small_disk)
        done = run_study(read(Path(study)), folder, threads=threads, shard=shard)
        told["counts"] = done.counts()._asdict()
    except BaseException as error:
        told["error"] = [type(error).__name__, str(error)]
        if not isinstance(error, InputError):
            import traceback

            told["error"].append("".join(traceback.format_exception(error))[-20_000:])
    told["seen"] = [line.replace(f"{folder}/", "") for line in blow.seen] if blow else []
    if small_disk and folder.exists():
        import shutil

        shutil.copytree(folder, f"{folder.parent}-kept", ignore_dangling_symlinks=True)
    return told


class Children:
    """The children that were started and not yet waited for."""

    def __init__(self) -> None:
        self._pipes: dict[int, int] = {}

    def start(self, wanted: dict[str, Any]) -> int:
        """Fork a child; its process id."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            with suppress(BaseException):
                os.close(reading)
                told = json.dumps(run(**wanted)).encode()
                code = 0
                with os.fdopen(writing, "wb") as pipe:
                    pipe.write(told)
            os._exit(code)
        os.close(writing)
        self._pipes[child] = reading
        return child

    def end(self, child: int) -> dict[str, Any]:
        """Wait for a child: the signal that ended it, or what it tells."""
        with os.fdopen(self._pipes.pop(child), "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return {"signal": os.WTERMSIG(status)}
        if os.WEXITSTATUS(status) != 0:
            return {"signal": None, "error": ["Broken", "the child could not tell how it went"]}
        return {"signal": None, **json.loads(said)}


def warm_up() -> None:
    """Load and compile what children need, in this thread: they would each do it again."""
    with tempfile.TemporaryDirectory() as folder:
        study = read(written(Path(folder), points=1, replications=1, record=ALL))
        (values,) = designs.points_of(study.design, study.factors, study.seed)
        for table in do_task(read_job(study), [Span(0, values, 0, 1)]).values():
            pyarrow.parquet.write_table(table, pyarrow.BufferOutputStream())


def main() -> None:
    """Answer requests until there are no more."""
    cut_tasks(float(sys.argv[1]))
    warm_up()
    children = Children()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        ((word, wanted),) = json.loads(line).items()
        print(json.dumps(getattr(children, word)(wanted)), flush=True)


if __name__ == "__main__":
    main()
