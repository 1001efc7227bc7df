"""A dial or two of a scenario, and what turning them changes: the fan of a measure beside a pinned one, and their difference."""

from __future__ import annotations

import asyncio
import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from cisim.comparison import Comparison
from cisim.ensemble import MONTHS_A_YEAR, Ensemble, run
from cisim.errors import InputError
from cisim.plot import describe, difference, fan
from cisim.report.format import number
from cisim.scenario import Scenario, load
from cisim.seeds import check as check_seeds
from cisim.seeds import plural
from cisim.study.asked_factors import factors_of
from cisim.study.factors import Factor, Value, spread

if TYPE_CHECKING:
    import os

    from cisim.scenario.problems import Problem

#: How many positions a range has.
POSITIONS = 21
#: A range of whole numbers has a position for each, up to so many.
MOST_WHOLE = 41
MOST_DIALS = 2
#: Runs between two looks at whether the dial was turned on. The first picture shows so many, the last one all.
SLICE = 50
PINNED, NOW = "pinned", "now"
MOST_KEPT = 64
#: Seconds in which a kernel takes in what came while runs were made.
PAUSE = 0.002
DPI = 80
#: Of the picture, in parts of its width and height: room for names at the right, and for a title over each half.
MARGINS = {"left": 0.14, "right": 0.77, "bottom": 0.09, "top": 0.92, "hspace": 0.32}

Setting = tuple[Value, ...]


class Dial:
    """A scenario with a dial or two, which shows itself in a notebook; see `dial`."""

    def __init__(
        self,
        scenario: Scenario,
        factors: Sequence[Factor],
        measures: Sequence[str],
        runs: int,
        seed: int,
        pinned: Scenario | None,
    ) -> None:
        self._base, self._factors = scenario, tuple(factors)
        self._runs, self._seed = runs, seed
        self._kept: dict[Setting, Ensemble] = {}
        self._task: asyncio.Task[None] | None = None
        self._measure = measures[0]
        self._setting: Setting = tuple(_start(factor) for factor in self._factors)
        if pinned is None:
            self._pinned, self._pinned_as = self._ensemble(runs), self._in_words()
        else:
            self._pinned = run(pinned, runs=runs, seed=seed)
            self._pinned_as = pinned.name or "another scenario"
        for name in measures:
            self._pinned.quantity(name)
        self._comparison = self._compared(runs)
        self._draw()
        self._widget: Any = None
        self._measures = tuple(measures)

    # --- what a notebook asks for

    @property
    def setting(self) -> dict[str, Value]:
        """Where the dials stand."""
        return dict(zip((factor.name for factor in self._factors), self._setting, strict=True))

    @property
    def scenario(self) -> Scenario:
        """The scenario as the dials stand."""
        changes: dict[str, Any] = {}
        for factor, value in zip(self._factors, self._setting, strict=True):
            changes |= factor.settings(value)
        return self._base.replace(**changes)

    @property
    def comparison(self) -> Comparison:
        """All runs as the dials stand, paired with the pinned ones."""
        self._comparison = self._compared(self._runs)
        return self._comparison

    @property
    def text(self) -> str:
        """What the picture says, in words."""
        return self._text

    def turn(self, setting: Mapping[str, Value]) -> Dial:
        """Turn the dials, as by hand, and wait for the picture.

        Args:
            setting: value by name of the dial; those not named stay.

        Raises:
            InputError: there is no such dial, or it has no such position.
        """
        wanted = self.setting | dict(setting)
        if unknown := sorted(set(wanted) - set(self.setting)):
            raise InputError(f"no dial is called {unknown[0]!r}: there are {', '.join(self.setting)}")
        for factor in self._factors:
            if wanted[factor.name] not in (positions := _positions(factor)):
                there = ", ".join(map(str, positions))
                raise InputError(f"{factor.name} = {wanted[factor.name]!r}: must be one of {there}")
        self._setting = tuple(wanted[factor.name] for factor in self._factors)
        self._finish()
        if self._widget is not None:
            for slider, value in zip(self._sliders, self._setting, strict=True):
                slider.value = value
        return self

    def pin(self) -> Dial:
        """Pin what the dials stand for: from now on all is compared with it."""
        self._pinned, self._pinned_as = self._ensemble(self._runs), self._in_words()
        self._finish()
        return self

    @property
    def widget(self) -> Any:
        """The widget, an `ipywidgets.VBox`."""
        if self._widget is None:
            self._widget = self._made()
        return self._widget

    def __repr__(self) -> str:
        """What the picture says."""
        return self._text

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget, and for where no widget can be shown the picture and its text."""
        shown = self.widget._repr_mimebundle_()
        data = dict(shown[0] if isinstance(shown, tuple) else shown or {})
        data |= {"text/plain": self._text, "text/html": self._picture}
        return data, {}

    # --- runs

    def _ensemble(self, runs: int) -> Ensemble:
        """So many runs as the dials stand, those that are there already not done again."""
        kept = self._kept.pop(self._setting, None)
        there = 0 if kept is None else len(kept)
        if there < runs:
            more = run(self.scenario, runs=runs - there, seed=self._seed + there)
            kept = more if kept is None else _joined(kept, more)
        assert kept is not None
        self._kept[self._setting] = kept
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept if len(kept) == runs else _first(kept, runs)

    def _compared(self, runs: int) -> Comparison:
        return Comparison({PINNED: _first(self._pinned, runs), NOW: self._ensemble(runs)})

    # --- the picture

    def _draw(self) -> None:
        # Margins that are fixed, and titles that nobody looks for a place for: half of the time of drawing is saved.
        figure = Figure(figsize=(8, 6.4), facecolor="white")
        figure.subplots_adjust(**MARGINS)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        fan(self._comparison, self._measure, ax=upper)
        difference(self._comparison, self._measure, ax=lower)
        upper.set_xlabel("")
        for ax in (upper, lower):
            ax.set_title(ax.get_title(loc="left"), loc="left", y=1.0, fontsize=10, fontweight="bold", pad=20)
        image = io.BytesIO()
        figure.savefig(
            image, format="png", dpi=DPI, metadata={"Software": None}, pil_kwargs={"compress_level": 1}
        )
        self._text = self._said()
        words = html.escape(" ".join((describe(upper), describe(lower))), quote=True)
        data = base64.b64encode(image.getvalue()).decode()
        self._picture = (
            f'<p role="status" aria-live="polite">{html.escape(self._text)}</p>'
            f'<img alt="{words}" style="max-width: 100%" src="data:image/png;base64,{data}">'
        )

    def _said(self) -> str:
        """The difference at the end, in a sentence or two."""
        last = self._comparison.first.months[-1]
        row = self._comparison.table(self._measure, months=[last]).iloc[0]
        when = (
            f"after {plural(last // MONTHS_A_YEAR, 'year')}"
            if last % MONTHS_A_YEAR == 0 and last
            else f"in month {last}"
        )
        return (
            f"Pinned: {self._pinned_as}. Now: {self._in_words()}. {self._measure} {when}: "
            f"{number(row['reference_mean'])} pinned, {number(row['mean'])} now, "
            f"difference {number(row['difference'])} (95 % interval {number(row['low'])} to "
            f"{number(row['high'])}, {plural(len(self._comparison.first), 'paired run')})."
        )

    def _in_words(self) -> str:
        return ", ".join(
            f"{factor.name} = {_label(value)}"
            f"{f' {factor.unit}' if factor.unit and not isinstance(value, str) else ''}"
            for factor, value in zip(self._factors, self._setting, strict=True)
        )

    # --- the widget

    def _made(self) -> Any:
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
            for factor, value in zip(self._factors, self._setting, strict=True)
        ]
        self._shown = widgets.HTML(self._picture)
        button = widgets.Button(
            description="Pin this setting", tooltip="Compare with this from now on", icon="thumb-tack"
        )
        button.on_click(lambda _: self._act(self.pin))
        controls = [*self._sliders, button]
        for slider in self._sliders:
            slider.observe(lambda _: self._turned(), "value")
        if len(self._measures) > 1:
            chosen = widgets.Dropdown(options=self._measures, value=self._measure, description="measure")
            chosen.observe(lambda change: self._choose(change["new"]), "value")
            controls.append(chosen)
        return widgets.VBox([*controls, self._shown])

    def _turned(self) -> None:
        """A slider was moved: follow it, in slices between which it may be moved on."""
        self._setting = tuple(slider.value for slider in self._sliders)
        self._follow()

    def _choose(self, measure: str) -> None:
        self._measure = measure
        self._follow()

    def _follow(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nobody else can turn it meanwhile
            self._act(self._finish)
            return
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        """A first picture of a few runs at once, the last one of all, and a look for what is wanted now in between."""
        shown: tuple[Any, ...] | None = None
        while shown != (self._setting, self._measure, self._pinned_as, self._runs):
            there = len(self._kept.get(self._setting, ()))
            runs = min(self._runs, there + SLICE)
            draw = there == 0 or runs == self._runs
            if not self._act(partial(self._show, runs, draw=draw)):
                return
            shown = (self._setting, self._measure, self._pinned_as, runs)
            # Let the kernel take in what came meanwhile.
            await asyncio.sleep(PAUSE)

    def _show(self, runs: int, *, draw: bool) -> None:
        self._comparison = self._compared(runs)
        if draw:
            self._draw()
            if self._widget is not None:
                self._shown.value = self._picture

    def _finish(self) -> None:
        self._show(self._runs, draw=True)

    def _act(self, what: Callable[[], object]) -> bool:
        """Do something, and whether it could be done; what is wrong is told where the picture is."""
        try:
            what()
        except InputError as error:
            self._shown.value = f'<p role="alert">{html.escape(str(error))}</p>'
            return False
        return True


def dial(
    scenario: Scenario | str | os.PathLike[str],
    dials: Mapping[str, Any],
    measure: str | Sequence[str] = "progress",
    *,
    pinned: Scenario | str | os.PathLike[str] | None = None,
    runs: int = 200,
    seed: int = 1,
) -> Dial:
    """A dial or two of a scenario to turn by mouse or arrow keys, and what that changes on the same luck.

    A picture shows the fan of a measure beside a pinned setting, and under it the paired difference with its
    interval. The first picture after a turn has 50 runs, and is redrawn when all are there.

    Args:
        scenario: a scenario, the name of a shipped one, or the path of a file.
        dials: one or two, by name: `{"backbone.staff": (0, 8)}` a range, `{"coalition.start": [1, 13, "never"]}`
            a list, `{"meetings": {"none": {"communication.frequency": 0}, "weekly": {"communication.frequency": 4}}}`
            settings with names: what a study file takes as a lever.
        measure: what is shown; several can be chosen from.
        pinned: what is compared with; by default the scenario as the dials stand first.
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
    try:
        import ipywidgets  # noqa: F401
    except ImportError:
        raise InputError(
            'a dial needs ipywidgets, which is not installed: pip install "cisim[notebooks]"'
        ) from None
    check_seeds(seed, runs)
    if runs < 2:
        raise InputError(f"runs = {runs}: a dial needs at least 2, for an interval")
    base = _scenario(scenario)
    measures = [measure] if isinstance(measure, str) else list(measure)
    if not measures:
        raise InputError("measure: at least one must be named")
    return Dial(
        base, _factors(base, dials), measures, runs, seed, None if pinned is None else _scenario(pinned)
    )


def _scenario(given: Scenario | str | os.PathLike[str]) -> Scenario:
    return (
        given if isinstance(given, Scenario) else load(Path(given) if not isinstance(given, str) else given)
    )


def _factors(base: Scenario, dials: Mapping[str, Any]) -> list[Factor]:
    if not 1 <= len(dials) <= MOST_DIALS:
        raise InputError(f"{plural(len(dials), 'dial')}: must be 1 or {MOST_DIALS}; a study varies more")
    levers = {
        name: {"low": given[0], "high": given[1]} if isinstance(given, tuple) and len(given) == 2 else given
        for name, given in dials.items()
    }
    problems: list[Problem] = []
    factors = factors_of({"levers": levers}, base, problems)
    if problems:
        raise InputError([problem.says.replace("levers", "dials", 1) for problem in problems])
    return list(factors.values())


def _positions(factor: Factor) -> tuple[Value, ...]:
    """The positions of a dial: its levels, or numbers spread over its range, the usual value among them."""
    if factor.levels:
        return tuple(level.label for level in factor.levels)
    assert factor.low is not None
    assert factor.high is not None
    if factor.whole and factor.high - factor.low < MOST_WHOLE:
        return tuple(range(int(factor.low), int(factor.high) + 1))
    even = spread(factor.low, factor.high, POSITIONS, factor.scale, whole=factor.whole)
    usual = factor.usual
    if isinstance(usual, int | float) and not isinstance(usual, bool) and factor.low <= usual <= factor.high:
        even = (*even, int(usual) if factor.whole else float(usual))
    return tuple(sorted(set(even)))


def _start(factor: Factor) -> Value:
    """Where a dial stands first: where the scenario has it, or next to it."""
    positions = _positions(factor)
    if factor.usual in positions:
        return factor.usual
    if isinstance(factor.usual, int | float) and factor.low is not None:
        return min(positions, key=lambda position: abs(float(position) - float(factor.usual or 0)))
    return positions[0]


def _label(value: Value) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _first(ensemble: Ensemble, runs: int) -> Ensemble:
    return replace(ensemble, values=ensemble.values[:runs], seeds=ensemble.seeds[:runs])


def _joined(ensemble: Ensemble, more: Ensemble) -> Ensemble:
    return replace(
        ensemble,
        values=np.concatenate([ensemble.values, more.values]),
        seeds=np.concatenate([ensemble.seeds, more.seeds]),
    )
