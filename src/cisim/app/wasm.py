"""The model as WebAssembly: the very code that Numba compiles, for the processor that browsers have.

`python -m cisim.app.wasm` compiles it anew into `page/model.wasm`. Numba hands over what it made for LLVM before any
optimisation; LLVM, which comes with Numba, optimises that for wasm32; the linker of `ziglang` (dependency group `app`) adds the
elementary functions. The module says of itself what it was made from, which arguments it takes and how its tables lie in memory.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import binding
from numpy.typing import NDArray

from cisim.coalition.generate import found
from cisim.coalition.given import ROOM_SIZES, Given, Room, room_sizes
from cisim.coalition.networks import lay_ties
from cisim.dynamics import state as layout
from cisim.dynamics.compiled import compiled_unkept
from cisim.dynamics.digest import model_digest
from cisim.dynamics.disturbance import change_organisation
from cisim.dynamics.founding import Sizes, empty_state
from cisim.dynamics.luck import FIELD, Luck, key, uniform
from cisim.dynamics.month import advance
from cisim.dynamics.residents import level
from cisim.dynamics.state import State
from cisim.files import replace_file

#: They leave optimising to us, since Numba would optimise for this machine's processor; read when Numba is imported.
SETTINGS = {"NUMBA_OPT": "0", "NUMBA_LOOP_VECTORIZE": "0", "NUMBA_SLP_VECTORIZE": "0"}

MODULE = Path(__file__).parent / "page" / "model.wasm"
COMMAND = "python -m uv run --group app python -m cisim.app.wasm"
#: What all browsers of the last years have.
FEATURES = "+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals"
TRIPLE = "wasm32-unknown-wasi"
#: The section of the module that says what it is.
SECTION = "cisim"
#: In place of Numba's counted memory: arrays come from the page, the few that code makes itself from a heap that a call begins anew.
MEMORY = """
@heap = internal global [4194304 x i8] zeroinitializer, align 64
@heap.top = internal global i64 0
define internal void @NRT_incref(ptr %p) alwaysinline { ret void }
define internal void @NRT_decref(ptr %p) alwaysinline { ret void }
define internal ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align) {
  %top = load i64, ptr @heap.top
  %info = getelementptr i8, ptr @heap, i64 %top
  %data = getelementptr i8, ptr %info, i64 64
  %field = getelementptr { i64, ptr, ptr, ptr, i64 }, ptr %info, i32 0, i32 3
  store ptr %data, ptr %field
  %padded = add i64 %size, 127
  %length = and i64 %padded, -64
  %next = add i64 %top, %length
  store i64 %next, ptr @heap.top
  %full = icmp ugt i64 %next, 4194304
  br i1 %full, label %bad, label %good
bad:
  call void @llvm.trap()
  unreachable
good:
  ret ptr %info
}
declare void @llvm.trap()
; A table is looked at as one row: its items follow each other, so that each is its own size after the one before.
define internal i32 @numba_attempt_nocopy_reshape(i64 %axes, ptr %shape, ptr %strides, i64 %new.axes, ptr %new.shape, ptr %new.strides,
                                                  i64 %size, i32 %order) {
  %one = icmp eq i64 %new.axes, 1
  br i1 %one, label %good, label %bad
bad:
  call void @llvm.trap()
  unreachable
good:
  store i64 %size, ptr %new.strides
  ret i32 1
}
"""


#: Sizes of what is drawn from, and of the memory that it takes: ties from a file, rows for ties, and so on.
DRAWING = ("pairs", "distributions", *ROOM_SIZES)
#: All that decides the shapes of arrays.
SIZES = (*Sizes._fields, "dials", "actions", "months", "measures", *DRAWING)


class Entry(NamedTuple):
    """A function of the module."""

    name: str
    function: Any  #: Numba's
    arguments: Callable[[Mapping[str, int]], dict[str, Any]]  #: of such sizes

    def flat(self, sizes: Mapping[str, int] | None = None) -> dict[str, NDArray[Any]]:
        """Name its arguments, the parts of a named tuple one by one, numbers without dimensions."""
        flat: dict[str, NDArray[Any]] = {}
        for name, value in self.arguments(sizes or dict.fromkeys(SIZES, 1)).items():
            parts = value._asdict() if hasattr(value, "_asdict") else {name: value}
            flat |= {part: np.asarray(of) for part, of in parts.items()}
        return flat


@compiled_unkept
def draw_shares(seed: np.uint64, slots: NDArray[np.uint64], shares: NDArray[np.float64]) -> None:
    """Draw where in their distributions the fields of a run lie, as `cisim.scenario.draws` does; their slots come from their paths."""
    field_key = key(Luck(seed, np.int64(0)), FIELD)
    for field in range(slots.shape[0]):
        shares[field] = uniform(field_key, slots[field], 0)


@compiled_unkept
def tell_levels(state: State, levels: NDArray[np.float64]) -> None:
    """Tell the indicators of each group of residents, weighted over outcomes."""
    for h in range(levels.shape[0]):
        levels[h] = level(state, h)


def entries() -> list[Entry]:
    """List what the page calls."""

    def months(sizes: Mapping[str, int]) -> dict[str, Any]:
        row = np.zeros(sizes["dials"])
        events, actions = np.zeros(sizes["events"], layout.EVENT), np.zeros(sizes["actions"], layout.ACTION)
        records = np.zeros((sizes["months"] + 1, sizes["measures"]))
        happens = {"state": state(sizes), "plan": row, "dials": row, "events": events, "actions": actions}
        return {**happens, "seed": np.uint64(0), "first": 0, "last": 0, "records": records}

    def change(sizes: Mapping[str, int]) -> dict[str, Any]:
        return {"state": state(sizes), "kind": 0, "index": 0, "value": 0.0}

    def lengths(sizes: Mapping[str, int]) -> dict[str, Any]:
        row = np.zeros(sizes["dials"])
        return {"given": given(sizes), "row": row, "sizes": np.zeros(len(ROOM_SIZES), np.int64)}

    def ties(sizes: Mapping[str, int]) -> dict[str, Any]:
        return {"given": given(sizes), "row": np.zeros(sizes["dials"]), "seed": np.uint64(0), "room": room(sizes)}

    def founding(sizes: Mapping[str, int]) -> dict[str, Any]:
        return {"state": state(sizes), **ties(sizes)}

    def shares(sizes: Mapping[str, int]) -> dict[str, Any]:
        number = sizes["distributions"]
        return {"seed": np.uint64(0), "slots": np.zeros(number, np.uint64), "shares": np.zeros(number)}

    def levels(sizes: Mapping[str, int]) -> dict[str, Any]:
        return {"state": state(sizes), "levels": np.zeros(sizes["groups"])}

    return [
        Entry("draw_shares", draw_shares, shares),
        Entry("tell_levels", tell_levels, levels),
        Entry("room_sizes", room_sizes, lengths),
        Entry("lay_ties", lay_ties, ties),
        Entry("found", found, founding),
        Entry("advance", advance, months),
        Entry("change", change_organisation, change),
    ]


def state(sizes: Mapping[str, int]) -> State:
    """Make the arrays of a run of such sizes."""
    return empty_state(Sizes(*(sizes[name] for name in Sizes._fields)))


def given(sizes: Mapping[str, int]) -> Given:
    """Make the arrays that a coalition is drawn from."""
    number, outcomes, roles, pairs = (sizes[name] for name in ("organisations", "outcomes", "roles", "pairs"))
    whole, real, each_role = np.zeros(number, np.int64), np.zeros(number), np.zeros((number, roles))
    return Given(
        network=0,
        identity=np.zeros(number, np.uint64),
        order=whole,
        place=whole,
        sector=whole,
        resources=real,
        size=real,
        commitment=real,
        founder=real,
        mission=np.zeros((number, outcomes)),
        competence=each_role,
        mix=each_role,
        pairs=np.zeros(pairs, np.int64),
        reports=np.zeros((pairs, 3)),
        baselines=np.zeros(outcomes),
        weights=np.zeros(outcomes),
        residents=np.zeros((sizes["groups"], 4)),
    )


def room(sizes: Mapping[str, int]) -> Room:
    """Make the memory that drawing a coalition takes on the way."""
    return Room(
        ends=np.zeros((sizes["ends"], 3), np.int64),
        grown=np.zeros((sizes["grown"], 2), np.int64),
        founded=np.zeros(sizes["grown"], np.int64),
        counts=np.zeros(sizes["organisations"], np.int64),
        weight=np.zeros(sizes["bits"], np.int64),
        low=np.zeros(sizes["low"], np.int64),
        high=np.zeros(sizes["high"], np.int64),
        components=np.zeros(sizes["components"]),
    )


def about() -> dict[str, Any]:
    """Say what the page must know of the module: its sources, the arguments of its functions, and where the fields of tables lie.

    An argument is a name, the lengths of its axes, bytes and kind of an item (NumPy's letter), and the fields of its items, each with the
    number of bytes before it, and its kind. A length is a sum over sizes: how many of each, and of "one".
    """

    def argument(entry: Entry, name: str) -> dict[str, Any]:
        array = entry.flat()[name]
        fields = {of: [place[1], place[0].kind] for of, place in (array.dtype.fields or {}).items()}
        described = {"name": name, "axes": axes(entry, name), "size": array.dtype.itemsize, "kind": array.dtype.kind}
        return described | ({"fields": fields} if fields else {})

    made = {entry.name: [argument(entry, name) for name in entry.flat()] for entry in entries()}
    return {"digest": model_digest(), "room": ROOM_SIZES, "entries": made}


def axes(entry: Entry, name: str) -> list[dict[str, int]]:
    """Find how the shape of an argument follows from sizes, by trying: each length is a constant plus a multiple of each size."""

    def shape(**larger: int) -> tuple[int, ...]:
        return entry.flat(dict.fromkeys(SIZES, 3) | larger)[name].shape

    sums = []
    for axis, length in enumerate(shape()):
        parts = {size: shape(**{size: 4})[axis] - length for size in SIZES}
        parts["one"] = length - 3 * sum(parts.values())
        sums.append({size: times for size, times in parts.items() if times})
    return sums


# --- LLVM ---------------------------------------------------------------------------------------------


def code_of(entry: Entry) -> str:
    """Compile an entry and give its code as text for LLVM, with a way in: one block of words holds all arguments."""
    signature = tuple(map(numba.typeof, entry.arguments(dict.fromkeys(SIZES, 1)).values()))
    entry.function.compile(signature)
    overload = entry.function.overloads[signature]
    code: str = overload.library.get_llvm_str()
    return code + way_in(entry, overload.fndesc.llvm_func_name)


def way_in(entry: Entry, inside: str) -> str:
    """Write the function that the page calls: it takes a block of 64-bit words, an array's address and shape or a number each.

    Numba's own convention is an array's owners (none here), number of items, bytes of one, address, shape and strides.
    """
    lines, passed = [], ["ptr %result", "ptr %failure"]
    words = 0

    def word() -> str:
        nonlocal words
        lines.append(f"  %at{words} = getelementptr i64, ptr %block, i32 {words}")
        lines.append(f"  %word{words} = load i64, ptr %at{words}")
        words += 1
        return f"%word{words - 1}"

    for number, array in enumerate(entry.flat().values()):
        if array.ndim == 0:
            given = word()
            if array.dtype.kind == "f":
                lines.append(f"  %real{number} = bitcast i64 {given} to double")
            passed.append(f"double %real{number}" if array.dtype.kind == "f" else f"i64 {given}")
            continue
        lines.append(f"  %address{number} = inttoptr i64 {word()} to ptr")
        shape = [word() for _ in range(array.ndim)]
        sizes = [str(array.dtype.itemsize)]  # of an item, of a row of items, ...
        for place, length in enumerate(reversed(shape)):
            lines.append(f"  %size{number}.{place} = mul i64 {sizes[-1]}, {length}")
            sizes.append(f"%size{number}.{place}")
        lines.append(f"  %items{number} = udiv i64 {sizes[-1]}, {sizes[0]}")
        owners = ["ptr null", "ptr null"]
        passed += [*owners, f"i64 %items{number}", f"i64 {sizes[0]}", f"ptr %address{number}"]
        passed += [f"i64 {length}" for length in (*shape, *reversed(sizes[:-1]))]
    return f"""
define i32 @{entry.name}(ptr %block) {{
  %result = alloca i64
  %failure = alloca ptr
  store i64 0, ptr %result
  store i64 0, ptr @heap.top
{chr(10).join(lines)}
  %status = call i32 @{inside}({", ".join(passed)})
  %with.result = icmp eq i32 %status, 0
  %without = icmp eq i32 %status, -2
  %fine = or i1 %with.result, %without
  br i1 %fine, label %good, label %bad
bad:
  call void @llvm.trap()
  unreachable
good:
  %whole = load i64, ptr %result
  %returned = trunc i64 %whole to i32
  ret i32 %returned
}}
"""


def for_wasm(code: str, data_layout: str) -> str:
    """Turn code that was made for this machine into code for wasm32."""
    code = re.sub(r'target datalayout = "[^"]*"', f'target datalayout = "{data_layout}"', code)
    code = re.sub(r'target triple = "[^"]*"', f'target triple = "{TRIPLE}"', code)
    code = re.sub(r'"target-(cpu|features)"="[^"]*"', "", code)
    code = code.replace("= common ", "= internal ")
    counted = r"(?:NRT_(?:incref|decref|MemInfo_alloc_aligned)|numba_attempt_nocopy_reshape)"
    code = re.sub(rf"^define [^\n]*@{counted}\(.*?^}}\n", "", code, flags=re.M | re.S)
    code = re.sub(rf"^declare [^\n]*@{counted}\([^\n]*\n", "", code, flags=re.M)
    return code + MEMORY


def object_code(made: list[Entry]) -> bytes:
    """Compile the entries into one object file for wasm32."""
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    machine = binding.Target.from_triple(TRIPLE).create_target_machine(opt=2, reloc="static", features=FEATURES)
    whole = None
    for entry in made:
        module = binding.parse_assembly(for_wasm(code_of(entry), str(machine.target_data)))
        if whole is None:
            whole = module
        else:
            whole.link_in(module)
    assert whole is not None
    whole.verify()
    names = {entry.name for entry in made}
    for function in whole.functions:
        if not function.is_declaration and function.name not in names:
            function.linkage = "internal"
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(whole, builder)
    return bytes(machine.emit_object(whole))


def link(code: bytes, made: list[Entry]) -> bytes:
    """Link an object file with the elementary functions that it calls."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.o").write_bytes(code)
        options = ["-Wl,--no-entry", "-Wl,--strip-all", "-Wl,--export=__heap_base", "-mexec-model=reactor", "-lm"]
        options += [f"-Wl,--export={entry.name}" for entry in made]
        command = [
            sys.executable,
            "-m",
            "ziglang",
            "cc",
            "-target",
            "wasm32-wasi",
            "-O2",
            "model.o",
            "-o",
            "model.wasm",
        ]
        subprocess.run([*command, *options], check=True, cwd=folder)
        return (Path(folder) / "model.wasm").read_bytes()


def stamped(module: bytes, text: str) -> bytes:
    """Add a section of our own to a module."""
    content = text.encode()
    named = bytes([len(SECTION)]) + SECTION.encode() + content
    return module + b"\x00" + leb128(len(named)) + named


def stamp(module: bytes) -> dict[str, Any]:
    """Read what a module says of itself, as `about` made it."""
    at = 8  # after the magic number and the version
    while at < len(module):
        kind, length, at = module[at], 0, at + 1
        for place in range(0, 35, 7):
            byte, at = module[at], at + 1
            length |= (byte & 127) << place
            if byte < 128:
                break
        content, at = module[at : at + length], at + length
        named = bytes([len(SECTION)]) + SECTION.encode()
        if kind == 0 and content.startswith(named):
            return dict(json.loads(content.removeprefix(named)))
    return {}


def leb128(number: int) -> bytes:
    """Encode a length as WebAssembly does: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


def build() -> None:
    """Write the module anew; Numba must have been imported with `SETTINGS`, and find no code that was compiled otherwise."""
    made = entries()
    module = stamped(link(object_code(made), made), json.dumps(about(), separators=(",", ":")))
    replace_file(MODULE, lambda file: file.write(module))
    print(f"{MODULE.name}: {len(module) / 1000:.0f} kB")


def main() -> None:
    """Write the module anew, in a process of its own."""
    with tempfile.TemporaryDirectory() as empty:
        # Numba warns that it cannot keep functions of which others have been compiled in another way.
        command = [sys.executable, "-W", "ignore", "-c", f"from {__spec__.name} import build; build()"]
        subprocess.run(command, check=True, env={**os.environ, **SETTINGS, "CISIM_CACHE_DIR": empty})


if __name__ == "__main__":
    main()
