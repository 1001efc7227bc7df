"""A user's own code: found by name, refused with words, and known by its source."""

from __future__ import annotations

import itertools
import linecache
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import pytest

from cisim.dynamics.commitment import commit
from cisim.dynamics.luck import Luck
from cisim.dynamics.stages import STAGE_NAMES
from cisim.dynamics.state import State
from cisim.engine import simulate
from cisim.errors import InputError
from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import Scenario
from cisim.study import file
from cisim.study.identity import Job, Span, read_job
from cisim.study.spec import Record, Study
from cisim.study.task import do_task, prepare
from cisim.study.user_code import Code, load

BASE = Scenario().replace(**{"scenario.months": 6, "coalition.organisations": 5, "coalition.degree": 2})
numbers = itertools.count()

MINE = """
from cisim import CollectiveImpactModel


class Rival(CollectiveImpactModel):
    def commit(self):
        self.state.organisations["commitment"] = 0.5


class Awkward(CollectiveImpactModel):
    def __init__(self, config):
        super().__init__(config)


class Stranger:
    pass


def rival(state, dials, luck):
    for organisation in state.organisations:
        organisation.commitment = 0.5


def short(state, dials):
    pass


def reach(state, month):
    return float(state.organisations["commitment"].sum())


def tired(state, dials, luck):
    for organisation in state.organisations:
        organisation.fatigue += 0.1


def slow(state, dials, luck):
    undefined_name.commitment = 0.5


number = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Writes a module of a name that no other test uses into the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place])
    made: list[str] = []

    def write(text: str = MINE) -> str:
        name = f"mine_{next(numbers)}"
        (tmp_path / f"{name}.py").write_text(text)
        made.append(name)
        return name

    yield write
    for name in made:
        sys.modules.pop(name, None)


def problems_of(code: Code) -> list[str]:
    with pytest.raises(InputError) as refused:
        load(code)
    return list(refused.value.problems)


def job_of(code: Code) -> Job:
    study = Study(name="s", base=BASE, record=Record(months=(6,)), seed=1)
    return read_job(study, code)


def half(state: State, dials: np.ndarray, luck: Luck) -> None:
    """A rival stage."""
    commit(state, dials, luck)
    for organisation in state.organisations:
        organisation.commitment *= 0.5


def reach(state: State, _: int) -> float:
    """Sum of commitment."""
    return float(state.organisations["commitment"].sum())


class Half(CollectiveImpactModel):
    """The same as a model."""

    def commit(self) -> None:
        super().commit()
        self.state.organisations["commitment"] *= 0.5


# --- code that works ------------------------------------------------------------------------------------


def test_a_stage_of_the_users_replaces_the_engines() -> None:
    tables = do_task(job_of(Code(stages=(("commit", half),))), [Span(0, (), 0, 3)])
    expected = simulate(BASE, [1, 2, 3], stages={"commit": half})
    names = [field.name for field in tables["runs"].schema][7:]
    found = np.stack([tables["runs"].column(name).to_numpy() for name in names], axis=1)
    assert found.tobytes() == np.ascontiguousarray(expected[:, 6]).tobytes()


def test_a_model_in_python_gives_the_bits_of_the_same_stage_in_the_engine() -> None:
    compiled = do_task(job_of(Code(stages=(("commit", half),))), [Span(0, (), 0, 3)])["runs"]
    python = do_task(job_of(Code(model=Half)), [Span(0, (), 0, 3)])["runs"]
    assert python.drop_columns("identity") == compiled.drop_columns("identity")
    assert not set(python.column("identity").to_pylist()) & set(compiled.column("identity").to_pylist())


def test_code_is_found_by_its_name_in_the_current_folder(module: Callable[[str], str]) -> None:
    name = module(MINE)
    found = load(Code(stages=(("commit", f"{name}:rival"),), reporters=(("reach", f"{name}:reach"),)))
    assert list(found.stages) == ["commit"]
    assert found.reporters["reach"].__name__ == "reach"
    assert load(Code(model=f"{name}:Rival")).model.__name__ == "Rival"
    runs = do_task(job_of(Code(model=f"{name}:Rival", reporters=(("reach", f"{name}:reach"),))), [Span(0, (), 0, 2)])
    assert runs["runs"].column("reach").to_pylist() == [2.5, 2.5]
    assert runs["runs"].column("commitment").to_pylist() == [0.5, 0.5]


def test_modules_of_the_users_do_not_hide_those_that_python_needs_later(module: Callable[[str], str]) -> None:
    name = module(MINE)
    Path("colorsys.py").write_text("raise RuntimeError")
    load(Code(model=f"{name}:Rival"))
    sys.modules.pop("colorsys", None)
    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)


def test_what_a_manifest_says_of_code_names_it_again(module: Callable[[str], str]) -> None:
    name = module(MINE)
    code = Code(stages=(("commit", f"{name}:rival"), ("act", f"{name}:rival")), reporters=(("r", f"{name}:reach"),))
    about = code.about()
    assert about["model"] is None
    assert about["stages"] == [f"act={name}:rival", f"commit={name}:rival"]
    assert about["reporters"] == [f"r={name}:reach"]
    assert Code(model=Half).about()["model"].endswith(":Half")
    assert Code().about() == {
        "model": None,
        "stages": [],
        "reporters": [],
        "parameters": [],
        "fields": [],
        "digest": "",
    }


def test_a_reporter_may_see_the_model_of_the_user() -> None:
    def depth(_: State, month: int, model: Half) -> float:
        return float(model.month == month) + len(model.agents)

    runs = do_task(job_of(Code(model=Half, reporters=(("depth", depth), ("reach", reach)))), [Span(0, (), 0, 1)])[
        "runs"
    ]
    assert runs.column("depth").to_pylist() == [6.0]
    expected = runs.column("commitment").to_numpy() * runs.column("members").to_numpy()
    assert runs.column("reach").to_numpy() == pytest.approx(expected)
    (problem,) = problems_of(Code(reporters=(("depth", depth),)))
    assert "must be a function of (state, month), or of (state, month, model) beside a model, takes" in problem


# --- parameters -----------------------------------------------------------------------------------------


def halved(state: State, dials: np.ndarray, luck: Luck, share: float) -> None:
    """A rival stage with a parameter."""
    commit(state, dials, luck)
    for organisation in state.organisations:
        organisation.commitment *= share


class Halved(CollectiveImpactModel):
    """The same as a model."""

    def __init__(self, config: Scenario, *, seed: int, share: float) -> None:
        super().__init__(config, seed=seed)
        self.share = share

    def commit(self) -> None:
        super().commit()
        self.state.organisations["commitment"] *= self.share


def varied(*values: float, **code: Any) -> Job:
    text = f"""
        study = {{ name = "s", replications = 2 }}
        uncertainties = {{ "param.share" = {list(values)} }}
        design = {{ kind = "factorial" }}
        record = {{ measures = ["commitment", "progress"] }}
        base = {{ scenario = {{ months = 6 }}, coalition = {{ organisations = 5, degree = 2 }} }}
    """
    study = file.parse(text)
    assert file.parse(file.to_text(study)) == study
    return read_job(study, Code(**code))


@pytest.mark.parametrize("code", [{"stages": (("commit", halved),)}, {"model": Halved}], ids=["stage", "model"])
def test_a_parameter_is_given_once_or_is_a_factor_of_the_study_with_the_same_results(code: dict[str, Any]) -> None:
    def kept(job: Job, *spans: Span) -> Any:
        return do_task(job, spans)["runs"].select(["commitment", "progress"])

    job = varied(0.5, 0.25, **code)
    for point, share in enumerate((0.5, 0.25)):
        same = job_of(Code(**code, parameters=(("share", share),)))
        assert kept(job, Span(point, (share,), 0, 2)) == kept(same, Span(0, (), 0, 2))
    same = kept(job_of(Code(stages=(("commit", half),))), Span(0, (), 0, 2))
    assert kept(job, Span(0, (0.5,), 0, 2)) == same


def test_a_parameters_value_is_part_of_a_runs_identity_and_of_what_a_manifest_says() -> None:
    code: dict[str, Any] = {"stages": (("commit", halved),)}
    one, other = (Code(**code, parameters=(("share", share),)) for share in (0.5, 0.25))
    assert one.about()["parameters"] == ["share=0.5"]
    assert one.about()["digest"] != other.about()["digest"]
    job = varied(0.5, 0.25, **code)
    tables = do_task(job, [Span(point, (share,), 0, 2) for point, share in enumerate((0.5, 0.25))])
    assert len(set(tables["runs"].column("identity").to_pylist())) == 4


def test_parameters_that_do_not_fit_the_code_are_refused() -> None:
    code: dict[str, Any] = {"stages": (("commit", halved),)}
    for parameters, says in (
        ((), "stage commit takes share, which is no parameter: declare it"),
        ((("shar", 1.0),), "stage commit takes share, which is no parameter: did you mean shar?"),
        ((("share", 1.0), ("share", 1.0)), "parameter share: is given twice"),
        ((("share", float("nan")),), "parameters: share = nan: must be a finite number"),
    ):
        assert problems_of(Code(**code, parameters=parameters))[0].startswith(says)
    twice = varied(0.5, **code, parameters=(("share", 1.0),))
    assert problems_of(twice.code) == ["parameter share: is given twice, as a factor (param.share) too"]
    assert problems_of(varied(0.5).code)[0].startswith("parameter share: no stage takes it")
    (problem,) = problems_of(Code(model=Halved))
    assert problem.endswith(
        "must be made with (config, *, seed), takes (self, config: 'Scenario', *, seed: 'int', share: 'float') -> 'None'"
    )
    (problem,) = problems_of(Code(model=Half, parameters=(("depth", 1.0),)))
    assert "must be made with (config, *, seed, depth), takes " in problem
    with pytest.raises(InputError, match=r'"param\.a rate": must be param\. and a name of letters'):
        file.parse('[levers]\n"param.a rate" = [1]')
    with pytest.raises(InputError, match=r'"param\.share", item 1 = "much": must be a number'):
        file.parse('[levers]\n"param.share" = ["much"]')


def tiring(state: State, dials: np.ndarray, luck: Luck) -> None:
    """A rival stage with a field."""
    commit(state, dials, luck)
    for organisation in state.organisations:
        organisation.fatigue += organisation.commitment


def test_a_field_of_ones_own_is_seen_by_reporters_and_part_of_what_the_code_does() -> None:
    def fatigue(state: State, _: int) -> float:
        return float(state.organisations["fatigue"].min())

    code = [
        Code(stages=(("commit", tiring),), fields=(("fatigue", value),), reporters=(("fatigue", fatigue),))
        for value in (0.25, 1.25)
    ]
    (low,), (high,) = (
        do_task(job_of(each), [Span(0, (), 0, 1)])["runs"].column("fatigue").to_pylist() for each in code
    )
    assert low > 0.25
    assert high == pytest.approx(low + 1.0)
    assert code[0].about()["fields"] == ["fatigue=0.25"]
    assert len({each.about()["digest"] for each in code}) == 2
    assert problems_of(Code(model=Half, fields=(("fatigue", 0.0),)))[0].startswith("fields: a model declares its own")


# --- known by its source --------------------------------------------------------------------------------


def test_the_digest_is_of_what_the_code_does_and_of_what_it_is_used_for(module: Callable[[str], str]) -> None:
    one, same = module(MINE), module(MINE)

    def digest(stage: str, name: str) -> str:
        return load(Code(stages=((stage, f"{name}:rival"),))).digest

    before = digest("commit", one)
    assert len({before, digest("commit", same), digest("act", one)}) == 3  # the name of the module counts too
    changed = MINE.replace("commitment = 0.5", "commitment = 0.6")
    Path(f"{one}.py").write_text(changed)
    # What was imported still runs, so it is still what the results are known by.
    assert digest("commit", one) == before
    sys.modules.pop(one)
    assert digest("commit", one) != before
    sys.modules.pop(one)
    Path(f"{one}.py").write_text("# A remark on something else.\n" + MINE + "\nnumber = 4\n")
    assert digest("commit", one) == before


def test_what_a_stage_reads_from_a_users_helper_counts(module: Callable[[str], str]) -> None:
    digests = []
    helper, unrelated = module("RATE = 0.1\n"), module("RATE = 0.1\n")
    mine = module(f"import {helper}\nimport {unrelated}\n\ndef rival(state, dials, luck):\n    x = {helper}.RATE\n")
    for changed in (None, helper, unrelated):
        if changed:
            Path(f"{changed}.py").write_text("RATE = 0.2\n")
        for name in (helper, unrelated, mine):
            sys.modules.pop(name, None)
        digests.append(load(Code(stages=(("commit", f"{mine}:rival"),))).digest)
    assert digests[0] != digests[1] == digests[2]


def test_a_function_that_was_handed_over_is_known_by_its_text_and_what_it_closes_over() -> None:
    def made(share: float) -> Any:
        def stage(state: State, _: np.ndarray, __: Luck) -> None:
            state.organisations[0].commitment = share

        return stage

    digests = [load(Code(stages=(("commit", made(share)),))).digest for share in (0.1, 0.2, 0.1)]
    assert digests[0] == digests[2] != digests[1]


def test_code_whose_source_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # As Python 3.13 does with the text of `python -c`.
    monkeypatch.setitem(linecache.cache, "<string>", (9, None, ["def other(): ...\n"], "<string>"))
    names: dict[str, Any] = {}
    exec("def stage(state, dials, luck): pass", names)
    (problem,) = problems_of(Code(stages=(("commit", names["stage"]),)))
    assert problem.endswith("its source cannot be read: put it into a module's file")


def test_code_that_depends_on_what_cannot_be_hashed_is_refused_with_a_way_out() -> None:
    lock = RLock()

    def reach(_: State, __: int) -> float:
        with lock:
            return 1.0

    (problem,) = problems_of(Code(reporters=(("reach", reach),)))
    assert "lock, which reach closes over, is of type RLock, whose content cannot be hashed: use numbers" in problem


# --- code that is refused -------------------------------------------------------------------------------


def test_all_that_is_wrong_with_code_is_told_at_once(module: Callable[[str], str]) -> None:
    name = module(MINE)
    found = problems_of(
        Code(
            model=f"{name}:Stranger",
            stages=(("comit", f"{name}:rival"), ("act", f"{name}:short"), ("act", f"{name}:rivall")),
            reporters=(
                ("seed", f"{name}:reach"),
                ("reach", f"{name}:number"),
                ("reach", "nowhere_at_all:f"),
                (" ", "x"),
            ),
        )
    )
    expected = [
        f"model {name}:Stranger: must be a subclass of cisim.CollectiveImpactModel, is the class Stranger",
        f"model {name}:Stranger: has stages of its own: leave stage comit away, or put it into the model",
        f"stage act={name}:short: must be a function of (state, dials, luck), takes (state, dials)",
        f"stage act={name}:rivall: the stage act is replaced twice",
        f"stage act={name}:rivall: {name} has no rivall; did you mean rival?",
        f"stage comit={name}:rival: 'comit' is not a stage; did you mean commit?",
        f"reporter seed={name}:reach: there is a measure or a column of this name: choose another one",
        f"reporter reach={name}:number: must be a function of (state, month), or of (state, month, model) beside a model, is something of type int",
        "reporter reach=nowhere_at_all:f: there are two reporters called reach",
        "reporter reach=nowhere_at_all:f: no module is called nowhere_at_all: there is none in the current folder, "
        "and none is installed",
        "reporter  =x: must be a name: not blank",
        "reporter  =x: must be MODULE:NAME, such as mine:rival",
    ]
    assert found == expected


def test_a_stage_that_is_like_none_is_told_all_of_them() -> None:
    (problem,) = problems_of(Code(stages=(("zzz", half),)))
    assert problem.endswith(f"the stages are {', '.join(STAGE_NAMES)}")


def test_a_model_that_takes_other_arguments_is_refused(module: Callable[[str], str]) -> None:
    (problem,) = problems_of(Code(model=f"{module(MINE)}:Awkward"))
    assert "must be made with (config, *, seed), takes (self, config)" in problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: "),
    ],
)
def test_a_module_that_cannot_be_imported_says_why(module: Callable[[str], str], text: str, says: str) -> None:
    name = module(text)
    (problem,) = problems_of(Code(model=f"{name}:Rival"))
    assert f"importing {name} failed: {says}" in problem


def test_a_module_that_ends_the_program_does_so(module: Callable[[str], str]) -> None:
    name = module("raise SystemExit(3)")
    with pytest.raises(SystemExit):
        load(Code(model=f"{name}:Rival"))


def test_a_stage_that_numba_cannot_compile_is_refused_before_any_run(module: Callable[[str], str]) -> None:
    job = job_of(Code(stages=(("commit", f"{module(MINE)}:slow"),)))
    with pytest.raises(InputError, match=r"stage commit: Numba cannot compile it: TypingError: .*undefined_name"):
        prepare(job)
    with pytest.raises(InputError, match="Numba cannot compile it"):
        do_task(job, [Span(0, (), 0, 1)])
    with pytest.raises(
        InputError, match="stage commit: it uses fatigue, which no part of the state has as a field: declare"
    ):
        prepare(job_of(Code(stages=(("commit", f"{module(MINE)}:tired"),))))
