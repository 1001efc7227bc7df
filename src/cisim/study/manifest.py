"""The manifest of a store: what the study is, how it is cut, and which files are finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.errors import InputError
from cisim.files import replace_file
from cisim.study.layout import Batch

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST, POINTS, LOCK = "manifest.json", "points.parquet", "store.lock"
STUDY, SCENARIO = "study.toml", "scenario.toml"
FORMAT = "cisim study"
#: Raised by 1 when the meaning of a manifest or the layout of a table changes.
FORMAT_VERSION = 1
#: What of a manifest makes two studies the same one. The model's version is not in it: whoever goes on may allow another.
DECIDING = (("study", "toml"), ("scenario", "digest"), ("coalition_contents",), ("code",))
#: Keys that the store itself sets.
OWN = ("format", "format_version", "digest", "points", "schemas", "batches", "shard", "shelves", "checksum")


@contextmanager
def told(target: Path) -> Iterator[None]:
    """Tell a failure of the file system in a sentence."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from error


def digest_of(about: Mapping[str, Any], points: pa.Table, schemas: Mapping[str, Any]) -> str:
    """What tells one study from another, on any machine: 32 hex digits.

    Args:
        about: what decides the results of the study.
        points: the design it began with.
        schemas: its tables, as in a manifest.
    """
    deciding: list[Any] = []
    for path in DECIDING:
        value: Any = about
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        deciding.append(value)
    columns = {name: points.column(name).to_pylist() for name in points.column_names}
    names = {kind: [(one["name"], one["type"]) for one in schema] for kind, schema in schemas.items()}
    text = json.dumps([deciding, columns, names], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def text_of(manifest: Mapping[str, Any]) -> str:
    """A manifest as JSON with sorted keys and a checksum of itself."""
    plain = {key: value for key, value in manifest.items() if key != "checksum"}
    whole = {**plain, "checksum": _checksum(plain)}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _checksum(plain: Mapping[str, Any]) -> str:
    text = json.dumps(plain, sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def write(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Put a manifest in the place of the one that is there.

    Raises:
        InputError: it cannot be written.
    """
    path, data = folder / MANIFEST, text_of(manifest).encode()
    with told(path):
        replace_file(path, lambda file: file.write(data))


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a store.

    Raises:
        InputError: there is none, it is broken, or it is of another kind or a later version.
    """
    path = folder / MANIFEST
    again = (
        "cisim study run with the study's file makes it again from the parts, where nothing is left of it; "
        "or keep the folder and choose another one"
    )
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder") from None
        if has_parts(folder):
            raise InputError(f"{path}: is missing though parts of a study are there: {again}") from None
        raise InputError(f"{folder}: holds no study: it has no {MANIFEST}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        said = json.loads(text)
    except ValueError:
        raise InputError(f"{path}: is broken, it is no JSON: {again}") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise InputError(f"{path}: is not the manifest of a study")
    if said.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"{path}: has format version {said.get('format_version')}, this version of cisim knows {FORMAT_VERSION}"
        )
    plain = {key: value for key, value in said.items() if key != "checksum"}
    if said.get("checksum") != _checksum(plain):
        raise InputError(f"{path}: is broken, its checksum is another one: {again}")
    return said


def has_parts(folder: Path) -> bool:
    """Whether anything is in a folder that a study would have left there."""
    return any(folder.glob("*/part-*.parquet")) or any(folder.glob("open/task-*.parquet"))


def batches_of(manifest: Mapping[str, Any]) -> list[Batch]:
    """What was asked for, batch by batch."""
    return [Batch.from_json(one) for one in manifest["batches"]]


def shelves_of(manifest: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """The finished shelves by number."""
    return {one["shelf"]: one for one in manifest["shelves"]}


def shelf_paths(folder: Path, entry: Mapping[str, Any]) -> dict[Path, Mapping[str, Any]]:
    """Where the files of a finished shelf are, with rows, bytes and hash of each."""
    from cisim.study.parts import shelf_name

    return {folder / kind / shelf_name(entry["shelf"]): said for kind, said in entry["files"].items()}


def there(path: Path, said: Mapping[str, Any]) -> bool:
    """Whether a file is there in its full size."""
    try:
        return path.stat().st_size == int(said["bytes"])
    except OSError:
        return False


def file_said(data: bytes, rows: int) -> dict[str, Any]:
    """What a manifest says of a file."""
    return {"rows": rows, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
