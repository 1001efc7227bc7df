"""Folder of finished worlds: a part for each batch, so that an interrupted run goes on where it was."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from cisim.dynamics.digest import model_digest
from cisim.errors import InputError, writing
from cisim.files import check_folder, read_bytes, replace_file
from cisim.plan import BATCH
from cisim.plan.worlds import Task
from cisim.uncertainty import Floats

#: Sources besides the model's that decide what is kept.
DECIDING = ("plan/guesses.py", "plan/history.py", "plan/worlds.py", "plausible.py", "seeds.py")
#: Of a part: the largest file that is read.
LARGEST = 500_000_000
#: Bytes of a part that are no values, at most.
HEADERS = 10_000
MANIFEST = "plan-results.json"


def identity(task: Task) -> str:
    """Hash all that decides the values: 32 hexadecimal digits."""
    plans = task.plans
    said = {
        "model": model_digest(*DECIDING),
        "scenarios": {plan.name: plan.scenario.digest() for plan in task.strategies},
        "coalition": plans.roster.digest,
        "guesses": {guess.path: list(guess.range) for guess in plans.guesses},
        "histories": [[each.outcome.name, *each.years, *each.values] for each in plans.histories],
        "runs": task.runs,
        "seed": task.seed,
    }
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


class Store:
    """Folder of finished batches of worlds, all of one identity."""

    def __init__(self, folder: Path, named: str, *, overwrite: bool) -> None:
        self.folder, self.named = folder, named
        with writing(folder):
            if not folder.exists():
                check_folder(folder.parent)
                folder.mkdir()
            if not folder.is_dir():
                raise InputError(f"{folder}: is a file, not a folder")
        kept = self._manifest()
        if kept == named:
            return
        if kept is None and any(folder.iterdir()):
            raise InputError(f"{folder}: holds something else: choose another folder with --results")
        if kept is not None and not overwrite:
            words = "holds results of other plans, guesses or settings, or of another version of cisim"
            raise InputError(
                f"{folder}: {words}: cisim plan run --overwrite starts anew, --results chooses another folder"
            )
        with writing(folder):
            for part in folder.glob("worlds-*.npz"):
                part.unlink()
            text = json.dumps({"identity": named, "format": 1})
            replace_file(folder / MANIFEST, lambda file: file.write(text.encode()))

    def _manifest(self) -> str | None:
        """Return the identity of what the folder holds; None if it holds nothing of ours."""
        with suppress(InputError, ValueError, AttributeError, RecursionError):
            found = json.loads(read_bytes(self.folder / MANIFEST, 100_000)).get("identity")
            return found if isinstance(found, str) else ""
        return "" if (self.folder / MANIFEST).exists() else None

    def _path(self, batch: int) -> Path:
        return self.folder / f"worlds-{batch * BATCH:05d}.npz"

    def read(self, batch: int, shape: tuple[int, ...]) -> Floats | None:
        """Read a finished batch; None if it is not there, or is not whole: then it is made again."""
        # Whatever is wrong with a file that others may have changed: of the readers of zip and NumPy each has errors of its own.
        with suppress(Exception):
            content = io.BytesIO(read_bytes(self._path(batch), LARGEST))
            packed = zipfile.ZipFile(content)
            if sum(info.file_size for info in packed.infolist()) > 8 * int(np.prod(shape)) + HEADERS:
                return None  # it would unpack to more than there can be
            if packed.testzip() is not None:  # NumPy may end before the end, where checksums are compared
                return None
            content.seek(0)
            with np.load(content, allow_pickle=False) as part:
                values = part["values"]
                whole = str(part["identity"]) == self.named and int(part["batch"]) == batch
            if whole and values.shape == shape and values.dtype == np.float64:
                return np.asarray(values)
        return None

    def write(self, batch: int, values: Floats) -> None:
        """Keep a finished batch, unless it is there."""
        path = self._path(batch)
        with writing(path):
            replace_file(
                path,
                lambda file: np.savez_compressed(file, values=values, identity=self.named, batch=batch),
                sweep=False,
            )
