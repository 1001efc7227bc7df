"""Dials: one or two settings of a scenario to turn in a notebook, and a picture of what turning them changes."""

from __future__ import annotations

import asyncio
import base64
import html
import io
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from importlib.util import find_spec
from typing import Any, NamedTuple, TypeVar

from matplotlib.figure import Figure

from cisim.comparison import Comparison
from cisim.ensemble import Ensemble, concatenate, run
from cisim.errors import InputError
from cisim.plot import describe, difference, fan
from cisim.report.documents import changes
from cisim.report.format import duration, number, plural
from cisim.scenario import Scenario, load
from cisim.scenario.problems import Notes
from cisim.seeds import check as check_seeds
from cisim.seeds import run_seeds_of
from cisim.study.factors import Factor, Role, Value, read_factors, spread

#: A range has so many positions; one of whole numbers has a position for each, up to so many.
POSITIONS, MOST_WHOLE = 21, 41
#: Runs between two looks at whether a dial was turned on. The first picture shows so many, the last one all.
SLICE = 50
#: Sections of what surrounds a coalition, as against what it decides.
WORLD = ("coalition.", "commitment.", "community.", "practice.", "scenario.")

T = TypeVar("T")
Setting = tuple[Value, ...]
Source = Scenario | str | os.PathLike[str]


class Request(NamedTuple):
    """A picture that is wanted: where the dials stand, of which measure, beside what."""

    setting: Setting
    measure: str
    pinned: Scenario
    pinned_at: Setting | None  #: where the dials stood; None of another scenario


class Dial:
    """A scenario with one or two dials that shows itself in a notebook; see `dial`.

    JupyterLab may deliver messages in several threads. So the request is replaced as a whole, under `_lock`, and whoever
    runs and draws holds `_working`, takes the request once, and uses nothing else.
    """

    text: str  #: Description of the picture, in words.

    def __init__(
        self, base: Scenario, factors: list[Factor], measures: list[str], pinned: Scenario | None, runs: int, seed: int
    ) -> None:
        self._base, self._factors, self._measures, self._runs, self._seed = base, factors, measures, runs, seed
        self._lock, self._working = threading.RLock(), threading.RLock()
        self._kept: dict[Scenario, Ensemble] = {}
        self._task: asyncio.Task[None] | None = None
        self._sliders: list[Any] = []
        self._output: Any = None  # the widget's picture, if there is a widget
        setting = tuple(map(_start, factors))
        beside = (self._turned(setting), setting) if pinned is None else (pinned, None)
        self._request = Request(setting, measures[0], *beside)
        for measure in measures:
            self._compare(self._request, runs).first.quantity(measure)
        self._show(runs)

    @property
    def setting(self) -> dict[str, Value]:
        """Positions of the dials."""
        return dict(zip((factor.name for factor in self._factors), self._request.setting, strict=True))

    @property
    def scenario(self) -> Scenario:
        """The scenario as the dials stand."""
        return self._turned(self._request.setting)

    @property
    def comparison(self) -> Comparison:
        """All runs as the dials stand, paired with the pinned ones."""
        with self._working:
            return self._compare(self._request, self._runs)

    def turn(self, setting: Mapping[str, Value]) -> Dial:
        """Turn the dials that are named to their values, and wait for the picture.

        Raises:
            InputError: there is no such dial, or it has no such position.
        """
        values = self.setting | dict(setting)
        if unknown := sorted(set(values) - set(self.setting)):
            raise InputError(f"no dial is called {unknown[0]!r}: there are {', '.join(self.setting)}")
        for factor in self._factors:
            if values[factor.name] not in (positions := _positions(factor)):
                allowed = ", ".join(map(str, positions))
                raise InputError(f"{factor.name} = {values[factor.name]!r}: must be one of {allowed}")
        self._change(setting=tuple(values.values()))
        self._show(self._runs)
        for slider, value in zip(self._sliders, values.values(), strict=False):
            slider.value = value
        return self

    def pin(self) -> Dial:
        """Pin the present setting: from now on all is compared with it."""
        with self._working:
            setting = self._request.setting
            self._change(pinned=self._turned(setting), pinned_at=setting)
            self._show(self._runs)
        return self

    def __repr__(self) -> str:
        """Description of the picture, in words."""
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget, and for where no widget can be shown the picture and its text."""
        shown = self.widget._repr_mimebundle_()
        data = dict(shown[0] if isinstance(shown, tuple) else shown or {})
        with self._working:
            return data | {"text/plain": self.text, "text/html": self._picture}, {}

    def _turned(self, setting: Setting, pinned: Scenario | None = None) -> Scenario:
        """The scenario as the dials stand, or what is pinned as those stand that move both sides."""
        turned = zip(self._factors, setting, strict=True)
        levels = [factor.settings(value) for factor, value in turned if pinned is None or factor.role == "uncertainty"]
        return (pinned or self._base).replace(**{path: value for level in levels for path, value in level.items()})

    def _ensemble(self, scenario: Scenario, runs: int) -> Ensemble:
        """Run a scenario so often; runs that are kept are not done again."""
        kept = self._kept.pop(scenario, None)
        done = 0 if kept is None else len(kept)
        if kept is None or done < runs:
            more = run(scenario, run_seeds=run_seeds_of(self._seed, runs)[done:])
            kept = more if kept is None else concatenate([kept, more])
        self._kept[scenario] = kept
        if len(self._kept) > 64:
            del self._kept[next(iter(self._kept))]
        return replace(kept, values=kept.values[:runs], seeds=kept.seeds[:runs])

    def _compare(self, request: Request, runs: int) -> Comparison:
        sides = {"pinned": self._turned(request.setting, request.pinned), "now": self._turned(request.setting)}
        return Comparison({name: self._ensemble(scenario, runs) for name, scenario in sides.items()})

    def _show(self, more: int) -> tuple[Request, int]:
        """Show what is requested with up to so many runs more than are kept; return it, and how many runs it has."""
        with self._working:
            request = self._request
            kept = len(self._kept.get(self._turned(request.setting), ()))
            runs = min(self._runs, kept + more)
            comparison = self._compare(request, runs)
            if kept == 0 or runs == self._runs:
                self._draw(request, comparison)
                if self._output is not None:
                    self._output.value = self._picture
            return request, runs

    def _draw(self, request: Request, comparison: Comparison) -> None:
        # Margins that are fixed, and titles that nobody looks for a place for: half of the time of drawing is saved.
        figure = Figure(figsize=(8, 6.4), facecolor="white")
        figure.subplots_adjust(left=0.14, right=0.77, bottom=0.09, top=0.92, hspace=0.32)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        fan(comparison, request.measure, ax=upper)
        difference(comparison, request.measure, ax=lower)
        upper.set_xlabel("")
        for ax in (upper, lower):
            ax.set_title(ax.get_title(loc="left"), loc="left", y=1.0, fontsize=10, fontweight="bold", pad=20)
        image = io.BytesIO()
        figure.savefig(image, format="png", dpi=80, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
        last = comparison.first.months[-1]
        columns = comparison.statistics(request.measure, "now", [last])
        row = {name: number(column[0]) for name, column in columns.items()}
        both = self._in_words(request.setting, "uncertainty")
        self.text = (
            f"Pinned: {self._pinned_in_words(request, comparison)}. Now: {self._in_words(request.setting) or 'as given'}. "
            f"{f'Both: {both}. ' if both else ''}{request.measure} after {duration(last)}: "
            f"{row['reference_mean']} pinned, {row['mean']} now, difference {row['difference']} "
            f"(95 % interval {row['low']} to {row['high']}, {plural(len(comparison.first), 'paired run')})."
        )
        words = html.escape(f"{describe(upper)} {describe(lower)}", quote=True)
        data = base64.b64encode(image.getvalue()).decode()
        self._picture = (
            f'<p role="status" aria-live="polite">{html.escape(self.text)}</p>'
            f'<img alt="{words}" style="max-width: 100%" src="data:image/png;base64,{data}">'
        )

    def _in_words(self, setting: Setting, role: Role = "lever") -> str:
        """Tell where the dials stand that move one side, or both ("uncertainty")."""
        return ", ".join(
            f"{factor.name} = {_label(value)}{f' {factor.unit}' if factor.unit and not isinstance(value, str) else ''}"
            for factor, value in zip(self._factors, setting, strict=True)
            if factor.role == role
        )

    def _pinned_in_words(self, request: Request, comparison: Comparison) -> str:
        """Tell what is pinned; of another scenario also the fields in which it differs from what is shown now."""
        if request.pinned_at is not None:
            return self._in_words(request.pinned_at)
        fields = changes(comparison.first.scenario, comparison.ensemble("now").scenario)
        differs = [f"{path} = {_label(value)}" for path, value in fields.items()]
        more = [f"{len(differs) - 5} more"] if len(differs) > 5 else []
        words = f" (with {', '.join(differs[:5] + more)})" if differs else ""
        return f"{request.pinned.name or 'another scenario'}{words}"

    @cached_property
    def widget(self) -> Any:
        """The widget, an `ipywidgets.VBox`."""
        import ipywidgets as widgets

        self._sliders = [
            widgets.SelectionSlider(
                options=[(_label(position), position) for position in _positions(factor)],
                value=value,
                description=f"{factor.name} ({factor.unit})" if factor.unit else factor.name,
                tooltip=f"{factor.name}: arrow keys turn it",
                style={"description_width": "initial"},
                layout={"width": "46em", "max_width": "100%"},
            )
            for factor, value in zip(self._factors, self._request.setting, strict=True)
        ]
        self._output = widgets.HTML(self._picture)
        pin, tooltip = "Pin this setting", "Compare with this from now on"
        button = widgets.Button(description=pin, tooltip=tooltip, icon="thumb-tack")
        button.on_click(lambda _: self._attempt(self.pin))
        for index, slider in enumerate(self._sliders):
            slider.observe(partial(self._on_slider, index), "value")
        controls = [*self._sliders, button]
        if len(self._measures) > 1:
            menu = widgets.Dropdown(options=self._measures, value=self._request.measure, description="measure")
            menu.observe(lambda _: self._follow(measure=menu.value), "value")
            controls.append(menu)
        return widgets.VBox([*controls, self._output])

    def _change(self, **changes: Any) -> None:
        with self._lock:
            self._request = self._request._replace(**changes)

    def _on_slider(self, index: int, _: object) -> None:
        with self._lock:
            setting = self._request.setting
            value = self._sliders[index].value  # by now: another thread may have moved it on
            if setting[index] == value:
                return
            self._change(setting=(*setting[:index], value, *setting[index + 1 :]))
        self._follow()

    def _follow(self, **changes: Any) -> None:
        """Show what is requested: in the kernel's loop, in slices between which dials may be turned on, or else at once."""
        self._change(**changes)
        with self._lock:
            if self._task is not None and self._task.get_loop().is_running():
                return  # it looks at the request before it ends
            try:
                self._task = asyncio.get_running_loop().create_task(self._catch_up())
                return
            except RuntimeError:  # there is no loop
                self._task = None
        self._attempt(lambda: self._show(self._runs))

    async def _catch_up(self) -> None:
        """Show a first picture of a few runs at once and the last one of all, of what is requested by then."""
        shown: tuple[Request, int] | None = None
        try:
            while True:
                with self._lock:  # so that no request falls between the look at it and the end
                    request = self._request
                    if shown == (request, self._runs):
                        self._task = None
                        return
                shown = self._attempt(lambda: self._show(SLICE)) or (request, self._runs)
                await asyncio.sleep(0.002)  # in which the kernel takes in messages that came during runs
        except BaseException:
            self._task = None
            raise

    def _attempt(self, action: Callable[[], T]) -> T | None:
        """Do something in answer to the widget; show an error in the place of the picture."""
        try:
            return action()
        except InputError as error:
            self._output.value = f'<p role="alert">{html.escape(str(error))}</p>'
            return None


def dial(
    scenario: Source,
    dials: Mapping[str, Any],
    measure: str | Sequence[str] = "progress",
    *,
    pinned: Source | None = None,
    both: Sequence[str] | None = None,
    runs: int = 200,
    seed: int = 1,
) -> Dial:
    """Turn one or two dials of a scenario by mouse or arrow keys, and see what that changes on the same luck.

    A picture shows the fan of a measure beside a pinned setting, and under it the paired difference with its interval.
    The first picture after a turn has 50 runs, and is redrawn when all are there.

    Args:
        scenario: a scenario, the name of a shipped one, or the path of a file.
        dials: one or two, by name: `{"backbone.staff": (0, 8)}` a range, `{"coalition.start": [1, 13, "never"]}`
            a list, `{"meetings": {"none": {"communication.frequency": 0}, "weekly": {"communication.frequency": 4}}}`
            settings with names: what a study file takes as a lever.
        measure: what is shown; several can be chosen from.
        pinned: what is compared with; by default the scenario as the dials stand first.
        both: dials that move the pinned side too; by default those of fields of the world, such as `practice.ruggedness`,
            which no strategy chooses. A dial that is alone moves one side, unless another scenario is pinned.
        runs: how many in the end.
        seed: the first run's seed.

    Returns:
        What shows itself as the last line of a cell; `turn`, `pin`, `setting`, `scenario`, `comparison` and `text` do by
        code what is done by hand.

    Raises:
        InputError: the scenario, a dial, a measure or runs are wrong, or ipywidgets is not installed.

    Example:
        >>> dial("all-five", {"communication.frequency": (0, 8)})  # doctest: +SKIP
    """
    if find_spec("ipywidgets") is None:
        install = "python -m uv sync --inexact --extra notebooks, in the copy of cisim, installs it"
        raise InputError(f"a dial needs ipywidgets: {install}")
    check_seeds(seed, runs)
    if runs < 2:
        raise InputError(f"runs = {runs}: a dial needs at least 2, for an interval")
    base = scenario if isinstance(scenario, Scenario) else load(scenario)
    beside = pinned if pinned is None or isinstance(pinned, Scenario) else load(pinned)
    measures = [measure] if isinstance(measure, str) else list(measure)
    if not measures:
        raise InputError("measure: at least one must be named")
    factors = _factors(base, dials)
    if unknown := sorted(set(both or ()) - set(dials)):
        raise InputError(f"both: no dial is called {unknown[0]!r}: there are {', '.join(dials)}")
    if both is None:
        both = [factor.name for factor in factors if _of_the_world(factor)]
        both = both if beside is not None or len(both) < len(factors) else []
    factors = [replace(factor, role="uncertainty" if factor.name in both else "lever") for factor in factors]
    return Dial(base, factors, measures, beside, runs, seed)


def _of_the_world(factor: Factor) -> bool:
    fields = [path for level in factor.levels for path in level.settings] or [factor.name]
    return all(path.startswith(WORLD) and path not in ("coalition.start", "coalition.end") for path in fields)


def _factors(base: Scenario, dials: Mapping[str, Any]) -> list[Factor]:
    """Read dials as the levers of a study file."""
    if len(dials) not in (1, 2):
        raise InputError(f"{plural(len(dials), 'dial')}: must be 1 or 2; a study varies more")
    ranges = {name: value for name, value in dials.items() if isinstance(value, tuple) and len(value) == 2}
    levers = {name: {"low": low, "high": high} for name, (low, high) in ranges.items()}
    factors = read_factors({"levers": {**dials, **levers}}, base, notes := Notes())
    if own := [factor for factor in factors if factor.parameter]:
        raise InputError(f"dials.{own[0].name}: is a parameter of a stage of one's own, which a dial does not run")
    if notes:
        raise InputError([text.replace("levers", "dials", 1) for _, text in notes])
    return factors


def _positions(factor: Factor) -> tuple[Value, ...]:
    """The positions of a dial: its levels, or numbers spread over its range, the usual value among them."""
    if factor.levels or factor.low is None or factor.high is None:
        return factor.values
    if factor.whole and factor.high - factor.low < MOST_WHOLE:
        return tuple(range(int(factor.low), int(factor.high) + 1))
    positions = set(spread(factor.low, factor.high, POSITIONS, factor.scale, whole=factor.whole))
    if isinstance(factor.usual, int | float) and factor.low <= factor.usual <= factor.high:
        positions.add(int(factor.usual) if factor.whole else float(factor.usual))
    return tuple(sorted(positions))


def _start(factor: Factor) -> Value:
    """First position of a dial: the scenario's value, or the one next to it."""
    positions, usual = _positions(factor), factor.usual
    if usual in positions:
        return usual
    if factor.low is None or not isinstance(usual, int | float):
        return positions[0]
    return min(positions, key=lambda position: abs(float(position) - usual))


def _label(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)
