"""Manifest of a study store: the study, what decides its results, and the runs that were asked for, cut into tasks."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from cisim.errors import InputError, printable
from cisim.files import read_text

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "manifest.json"
#: The name of a part, with its task and its hash.
PART = re.compile(r"task-(\d{7,12})-([0-9a-f]{16})\.parquet")
#: Raised by 1 when the meaning of a manifest or the layout of a table changes.
FORMAT_VERSION = 3
#: Largest manifest, in bytes, and most tasks of a batch.
LARGEST, MOST_TASKS = 100_000_000, 10**8

Shard = tuple[int, int]
Runs = tuple[int, int, int]
Kind = Literal["runs", "failures", "trajectories", "bands", "bands_source", "organisations", "ties"]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Positive = Annotated[int, Field(ge=1, lt=2**53)]


class Strict(BaseModel):
    """Values from a store, which may be a stranger's."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Batch(Strict):
    """Rectangle of points and replications that was asked for at once, cut into tasks."""

    first_point: Count  #: number of its first design point.
    points: Positive  #: how many there are.
    first_replication: Count  #: number of the first replication of each.
    replications: Positive  #: how many there are.
    first_task: Count  #: number of its first task, through all batches.
    sizes: tuple[tuple[Positive, Positive], ...]  #: of its tasks, as pairs: how many tasks, of how many runs.

    @model_validator(mode="after")
    def _add_up(self) -> Batch:
        if sum(count * size for count, size in self.sizes) != self.runs or self.tasks > MOST_TASKS:
            raise ValueError("the tasks do not add up to the runs")
        return self

    @property
    def runs(self) -> int:
        """Number of its runs."""
        return self.points * self.replications

    @property
    def tasks(self) -> int:
        """Number of its tasks."""
        return sum(count for count, _ in self.sizes)

    @property
    def end(self) -> int:
        """Number after that of its last task, through all batches."""
        return self.first_task + self.tasks

    @property
    def end_point(self) -> int:
        """Number after that of its last point."""
        return self.first_point + self.points

    @cached_property
    def bounds(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """First run of each task, counted within the batch, and the number of runs."""
        counts, sizes = np.array(self.sizes, np.int64).T
        return np.concatenate(([0], np.cumsum(np.repeat(sizes, counts))))

    def meets(self, other: Batch) -> bool:
        """Return whether any run is in both."""
        first = max(self.first_replication, other.first_replication)
        last = min(each.first_replication + each.replications for each in (self, other))
        return first < last and max(self.first_point, other.first_point) < min(self.end_point, other.end_point)

    def spans(self, task: int) -> list[Runs]:
        """List the runs of a task: point, first replication, the one after the last."""
        run, end = map(int, self.bounds[task - self.first_task : task - self.first_task + 2])
        spans = []
        while run < end:
            point, first = divmod(run, self.replications)
            last = min(self.replications, first + end - run)
            spans.append((self.first_point + point, self.first_replication + first, self.first_replication + last))
            run += last - first
        return spans


class Column(Strict):
    """Column of a table, with its type in Arrow's words, and unit and meaning in `about`."""

    name: str
    type: str
    nullable: bool
    about: dict[str, str]

    @classmethod
    def of(cls, field: pa.Field) -> Column:
        """Describe a field of a schema."""
        about = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        return cls(name=field.name, type=str(field.type), nullable=field.nullable, about=about)

    def field(self) -> pa.Field:
        """Return the field that this describes; ValueError if there is no such type."""
        import pyarrow as pa

        return pa.field(self.name, pa.type_for_alias(self.type), self.nullable, self.about or None)


class Manifest(Strict):
    """Contents of manifest.json."""

    format: Literal["cisim study"] = "cisim study"
    format_version: Literal[3] = 3
    digest: str = ""  #: tells one study from another, on any machine; every part carries it.
    name: str  #: of the study.
    question: str  #: of the study.
    begun: str  #: the study as it was begun, without name and question; it decides the identity.
    toml: str  #: the study as it is now, as a file.
    scenario: str  #: the base scenario, as a file.
    scenario_folder: str | None = None  #: of its coalition files, from the store; None if it has none.
    coalition: str = ""  #: digest of what these files say; "" if there are none.
    version: str  #: of cisim, when the store was begun.
    model: str  #: digest of the model then.
    code: dict[str, JsonValue]  #: the user's own.
    packages: dict[str, str]  #: versions of those that results depend on.
    points: Count = 0  #: number of design points.
    points_hash: str = ""  #: of their file.
    schemas: dict[Kind, tuple[Column, ...]]  #: columns of each table.
    batches: tuple[Batch, ...] = ()  #: runs that were asked for, in order.
    shard: tuple[Positive, Positive] | None = None  #: (3, 40) for the third of forty parts of the study.

    @model_validator(mode="after")
    def _fit(self) -> Manifest:
        types = {"point": "int64", "replication": "int64", "month": "int64", "status": "string"}
        if not types.keys() <= {column.name for column in self.schemas.get("runs", ())}:
            raise ValueError("there is no table of runs")
        if self.shard is not None and self.shard[0] > self.shard[1]:
            raise ValueError(f"there is no shard {self.shard[0]} of {self.shard[1]}")
        end = 0
        for number, batch in enumerate(self.batches):
            if batch.first_task != end:
                raise ValueError(f"batch {number} begins with task {batch.first_task}, not {end}")
            if any(batch.meets(other) for other in self.batches[:number]):
                raise ValueError(f"batch {number} has runs that are in the study already")
            end = batch.end
        for kind, columns in self.schemas.items():
            self.schema_of(kind)
            named = {column.name: column.type for column in columns}
            wrong = [name for name, kind in named.items() if types.get(name, kind) != kind]
            if wrong or len(named) < len(columns) or "point" not in named:
                raise ValueError(f"the columns of {kind} are not those of a study")
        return self

    def schema_of(self, kind: str) -> pa.Schema:
        """Return the columns of a kind of table."""
        import pyarrow as pa

        return pa.schema([column.field() for column in self.schemas[kind]])  # type: ignore[index]

    def changed(self, **changes: Any) -> Manifest:
        """Return a manifest with other values, checked."""
        return Manifest.model_validate({**dict(self), **changes})

    def with_digest(self, points: pa.Table) -> Manifest:
        """Return the manifest with the digest of its study, which was begun with these points."""
        columns = {name: points.column(name).to_pylist() for name in points.column_names}
        names = {kind: [(column.name, column.type) for column in schema] for kind, schema in self.schemas.items()}
        text = json.dumps([self.begun, self.coalition, self.code, columns, names], sort_keys=True)
        return self.changed(digest=digest_of(text))

    def to_text(self) -> str:
        """Write the manifest as JSON with sorted keys and a checksum of itself."""
        values = {**self.model_dump(mode="json"), "checksum": self._checksum()}
        return json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"

    def _checksum(self) -> str:
        return digest_of(json.dumps(self.model_dump(mode="json"), sort_keys=True))


def digest_of(*texts: str) -> str:
    """Hash texts, one a line, to 32 hexadecimal digits of BLAKE2b."""
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=16).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a store; InputError if there is none, it is broken, or it is of another kind or version."""
    path = folder / MANIFEST
    if not path.exists():
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
        if not has_parts(folder):
            raise InputError(f"{folder}: holds no study: it has no {MANIFEST}")
        raise InputError(
            f"{path}: is missing though parts of a study are there: cisim study run with the study's file writes it again"
        )
    broken = f"{path}: is broken: {{}}: delete it; then cisim study run with the study's file writes it again"
    text = read_text(path, LARGEST, what="manifest")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(broken.format("it is no JSON")) from None
    if not isinstance(values, dict) or values.get("format") != "cisim study":
        raise InputError(f"{path}: is not the manifest of a study")
    if values.get("format_version") != FORMAT_VERSION:
        revision = {"1": "6f07ec1", "2": "8d03a0c"}.get(str(values.get("format_version")))
        early = f"0.1.0 before December 2026 (revision {revision}), which reads it"
        version = early if revision else "of a later version"
        raise InputError(f"{path}: was written by cisim {version}; this version does not")
    checksum = values.pop("checksum", None)
    try:
        manifest = Manifest.model_validate_json(json.dumps(values))
        same = manifest._checksum() == checksum
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = printable(".".join(map(str, first["loc"]))[:200])
        words = printable(first["msg"].removeprefix("Value error, ")[:200])
        raise InputError(broken.format(f"{place}: {words}" if place else words)) from None
    except (ValueError, RecursionError):
        raise InputError(broken.format("it is no JSON that can be read")) from None
    if not same:
        raise InputError(broken.format("its checksum is another one"))
    return manifest


def has_parts(folder: Path) -> bool:
    """Return whether a folder holds parts of a study."""
    return any(PART.fullmatch(path.name) for path in (folder / "runs").glob("task-*.parquet"))
