"""Numbers in pictures: what is drawn is read back, and compared with what numpy and scipy make of the runs anew."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text
from scipy import stats

from cisim import plot
from cisim.coalition import Coalition
from cisim.comparison import Comparison
from cisim.ensemble import Ensemble
from plot.pictures import texts
from synthetic import ensemble, scenario

MONTHS, RUNS = 36, 25
#: What is drawn outermost, inside and in the middle: five bounds, from the lowest.
FAN, WITHIN = (0.05, 0.25, 0.5, 0.75, 0.95), 1e-12


def runs(seed: int, shift: float = 0.0) -> Ensemble:
    """Runs whose values are skewed and differ from month to month, so that no bound is another one by accident."""
    luck = np.random.default_rng(seed)
    plain = ensemble(np.zeros(RUNS), months=MONTHS)
    values = shift + luck.gamma(1.5, 0.1, plain.values.shape) - 0.12
    return Ensemble(values, plain.seeds, plain.measures, plain.scenario)


def compared(strategies: int, reference: str = "b") -> Comparison:
    """Strategies a, b, c ..., compared with the second."""
    names = "abcdefg"[:strategies]
    return Comparison({name: runs(place, 0.03 * place) for place, name in enumerate(names)}, reference)


def samples(comparison: Comparison, name: str, measure: str = "progress") -> np.ndarray:
    """Progress of one strategy in the runs, straight from the table of values."""
    whole = comparison.ensembles[name]
    return whole.values[:, :, [one.name for one in whole.measures].index(measure)]


def paired(comparison: Comparison, name: str, measure: str = "progress") -> np.ndarray:
    return samples(comparison, name, measure) - samples(comparison, comparison.reference, measure)


def mean_and_interval(differences: np.ndarray) -> list[np.ndarray]:
    """Bounds of a picture of differences: nine runs in ten, and within them Student's interval and the mean."""
    interval = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    low, high = np.quantile(differences, [0.05, 0.95], axis=0)
    return [low, interval.low, differences.mean(axis=0), interval.high, high]


def colour_of(ax: Axes, name: str) -> str:
    """The colour of the piece of line that stands before a name."""
    ax.figure.canvas.draw()
    (text,) = [text for text in ax.texts if text.get_text().replace("\n", " ") == name]
    pieces = [
        line
        for line in ax.lines
        if line.get_transform() == ax.transAxes and line.get_ydata()[-1] == pytest.approx(text.get_position()[1])
    ]
    (piece,) = pieces
    return piece.get_color()


def curves(ax: Axes, colour: str) -> list[np.ndarray]:
    """Curves over the months in a colour, the thinnest first."""
    lines = [line for line in ax.lines if line.get_color() == colour and line.get_transform() == ax.transData]
    lines.sort(key=Line2D.get_linewidth)
    assert all(np.array_equal(line.get_xdata(), np.arange(MONTHS + 1)) for line in lines)
    return [line.get_ydata() for line in lines]


def bands(ax: Axes, colour: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """The lower and the upper edge of the bands in a colour, month by month, the widest first."""
    found = []
    for area in ax.collections:
        if to_rgb(area.get_facecolor()[0][:3]) == to_rgb(colour):
            corners = area.get_paths()[0].vertices
            edges = [corners[corners[:, 0] == month, 1] for month in range(MONTHS + 1)]
            found.append((np.array([edge.min() for edge in edges]), np.array([edge.max() for edge in edges])))
    return sorted(found, key=lambda edges: -float((edges[1] - edges[0]).sum()))


def bars(ax: Axes, colour: str) -> list[tuple[float, float]]:
    """The upright bars beside the last month in a colour, the thinnest first."""
    lines = [
        line
        for line in ax.lines
        if line.get_color() == colour and line.get_transform() not in (ax.transAxes, ax.transData)
    ]
    return [tuple(line.get_ydata()) for line in sorted(lines, key=Line2D.get_linewidth)]


def written(numbers: np.ndarray) -> list[str]:
    """Numbers as a picture writes them."""
    return [f"{number:.3g}".replace("-", "\u2212") for number in numbers]


def test_a_fan_draws_its_quantiles_in_every_month_in_the_colour_of_the_name():
    comparison = compared(3)
    ax = plot.fan(comparison)
    for name in comparison.strategies:
        levels = np.quantile(samples(comparison, name), FAN, axis=0)
        colour = colour_of(ax, name)
        *thin, median = curves(ax, colour)
        np.testing.assert_allclose(median, levels[2], atol=WITHIN)
        np.testing.assert_allclose(np.sort(thin, axis=0), levels[[0, 4]], atol=WITHIN)
        outer, inner = bands(ax, colour)
        np.testing.assert_allclose(outer, levels[[0, 4]], atol=WITHIN)
        np.testing.assert_allclose(inner, levels[[1, 3]], atol=WITHIN)


def test_a_difference_draws_strategy_less_reference_with_students_interval_and_nine_runs_in_ten():
    comparison = compared(3)
    ax = plot.difference(comparison)
    for name in ("a", "c"):
        low, from_, mean, to, high = mean_and_interval(paired(comparison, name))
        colour = colour_of(ax, name)
        *thin, line = curves(ax, colour)
        np.testing.assert_allclose(line, mean, atol=WITHIN)
        np.testing.assert_allclose(np.sort(thin, axis=0), [low, high], atol=WITHIN)
        (band,) = bands(ax, colour)
        np.testing.assert_allclose(band, [from_, to], atol=WITHIN)
    assert [line.get_ydata()[0] for line in ax.lines if line.get_transform() == ax.get_yaxis_transform()] == [0.0]
    assert colour_of(ax, "b (reference)") == plot.canvas.GREY


@pytest.mark.parametrize("draw", [plot.fan, plot.difference])
def test_bars_beside_many_curves_hold_the_same_bounds_as_bands(draw):
    comparison = compared(6)
    ax = draw(comparison)
    for name in comparison.others:
        if draw is plot.fan:
            low, from_, middle, to, high = np.quantile(samples(comparison, name)[:, -1], FAN)
        else:
            low, from_, middle, to, high = (bound[-1] for bound in mean_and_interval(paired(comparison, name)))
        colour = colour_of(ax, name)
        outer, inner = bars(ax, colour)
        assert outer == pytest.approx((low, high))
        assert inner == pytest.approx((from_, to))
        (line,) = curves(ax, colour)
        assert line[-1] == pytest.approx(middle)


def test_the_description_of_a_fan_holds_the_numbers_of_its_runs():
    comparison = compared(2)
    described = plot.describe(plot.fan(comparison))
    for name in comparison.strategies:
        whole = samples(comparison, name)
        start, (q05, q25, q50, q75, q95) = (
            written(np.median(whole, axis=0)[:1])[0],
            written(np.quantile(whole[:, -1], FAN)),
        )
        assert (
            f"{name}: the median goes from {start} in month 0 to {q50} in month 36, where half of the 25 runs lie "
            f"between {q25} and {q75}, nine in ten between {q05} and {q95}."
        ) in described


def test_the_description_of_a_difference_holds_its_sign_its_interval_and_nine_runs_in_ten():
    comparison = compared(3)
    described = plot.describe(plot.difference(comparison))
    assert described.startswith("Difference in progress from b over 36 months, 25 paired runs.")
    signs = []
    for name in ("a", "c"):
        bounds = [bound[-1] for bound in mean_and_interval(paired(comparison, name))]
        low, from_, mean, to, high = written(bounds)
        assert (
            f"{name}: in month 36 the mean difference is {mean} (95 % interval {from_} to {to}); nine in ten of the runs "
            f"lie between {low} and {high}."
        ) in described
        signs += list(np.sign(bounds))
    assert set(signs) == {-1, 1}


@pytest.mark.parametrize(
    ("outcome", "zero", "one", "target"), [("reading", 0, 100, 70.0), ("out of work", 30, 0, None)]
)
def test_an_outcome_is_drawn_in_its_own_unit_with_its_target(outcome, zero, one, target):
    whole = runs(1)
    indicator = whole.values[:, :, [measure.name for measure in whole.measures].index(f"indicator.{outcome}")]
    ax = plot.fan({"a": whole}, f"outcome.{outcome}")
    levels = np.quantile(zero + (one - zero) * indicator, FAN, axis=0)
    colour = colour_of(ax, "a")
    np.testing.assert_allclose(curves(ax, colour)[-1], levels[2], atol=1e-9)
    np.testing.assert_allclose(bands(ax, colour)[0], levels[[0, 4]], atol=1e-9)
    level = [line.get_ydata()[0] for line in ax.lines if line.get_transform() == ax.get_yaxis_transform()]
    assert level == ([] if target is None else [pytest.approx(target)])
    assert ("The target is 70." in plot.describe(ax)) == (target is not None)


def test_axes_write_shares_in_per_cent_and_differences_in_points_with_their_sign():
    comparison = compared(2)
    assert plot.fan(comparison).yaxis.get_major_formatter()(0.25) == "25 %"
    assert plot.difference(comparison).yaxis.get_major_formatter()(-0.05) == "\u22125"
    months = plot.fan(comparison).xaxis.get_major_formatter()
    assert [months(month) for month in (0, 12, 36)] == ["0", "1", "3"]


def test_the_bars_of_a_timeline_stand_over_their_months_as_high_as_their_values():
    plan = scenario(
        **{
            "coalition.start": 4,
            "backbone.start": 7,
            "events": [{"month": 13, "set": {"backbone.staff": 1.5}}, {"month": 20, "set": {"coalition.end": 30}}],
        }
    )
    ax = plot.timeline(plan)
    expected = [(3, 30, 1.0)]  # the coalition, from the beginning of month 4 to the end of month 30
    expected += [(6, 12, 1.0), (12, 30, 0.5)]  # staff: 3.0, then 1.5
    rows = [label.get_text().replace("\n", " ").strip() for label in ax.get_yticklabels()]
    places = dict(zip(rows, ax.get_yticks() - 0.35, strict=True))
    drawn = {row: [] for row in rows}
    for bar in ax.patches:
        (row,) = [name for name, bottom in places.items() if bottom == pytest.approx(bar.get_y())]
        drawn[row].append((bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height()))
    largest = max(height for bars_of_row in drawn.values() for _, _, height in bars_of_row)
    shares = {row: [(left, right, height / largest) for left, right, height in each] for row, each in drawn.items()}
    (staff,) = [row for row in rows if "backbone" in row.casefold()]
    assert shares["coalition"] + shares[staff] == [pytest.approx(bar) for bar in expected]
    assert all(each == [pytest.approx((3, 30, 1.0))] for row, each in shares.items() if row not in ("coalition", staff))
    upright = [line.get_xdata()[0] for line in ax.lines if line.get_transform() == ax.get_xaxis_transform()]
    assert upright == [12, 19]  # the beginning of the events' months
    described = plot.describe(ax)
    assert "coalition: off from month 1 to 3; on from month 4 to 30; off from month 31 to 36." in described
    assert "off from month 1 to 6; 3 from month 7 to 12; 1.5 from month 13 to 30; off from month 31 to 36." in described


def coalition() -> Coalition:
    """Five organisations of known size, three working ties and a latent one."""
    from cisim.coalition import draw, roster

    plan = scenario(**{"coalition.organisations": 5, "coalition.sectors": ["public", "arts"]})
    drawn = draw(plan, roster(plan), 1)
    changed = {
        "resources": np.array([4.0, 1.0, 9.0, 2.0, 2.5]),
        "sector": np.array([0, 1, 1, 0, 1], dtype=drawn.sector.dtype),
        "first": np.array([0, 0, 2, 1], dtype=drawn.first.dtype),
        "second": np.array([1, 2, 3, 4], dtype=drawn.second.dtype),
        "strength": np.array([0.2, 0.9, 0.5, 0.0]),
    }
    return replace(drawn, **changed)


def test_a_network_joins_who_works_together_with_lines_as_wide_as_their_ties_are_strong():
    members = coalition()
    ax = plot.network(members, names=True)
    at = {text.get_text(): np.array(text.xy) for text in ax.texts if text.get_text() in members.names}
    places = np.array([at[name] for name in members.names])
    latent, working = (area for area in ax.collections if hasattr(area, "get_segments"))
    (dotted,) = latent.get_segments()
    np.testing.assert_allclose(dotted, places[[1, 4]])
    np.testing.assert_allclose(working.get_segments(), [places[[0, 1]], places[[0, 2]], places[[2, 3]]])
    thin, thick, middle = working.get_linewidths()
    assert thin < middle < thick
    assert (thick - middle) / (middle - thin) == pytest.approx((0.9 - 0.5) / (0.5 - 0.2))
    legend = {handle.get_label(): handle for handle in ax.get_legend().legend_handles}
    marks = [area for area in ax.collections if not hasattr(area, "get_segments")]
    sizes = {}
    for area in marks:
        for place, size in zip(area.get_offsets(), area.get_sizes(), strict=True):
            organisation = int(np.abs(places - place).sum(axis=1).argmin())
            sizes[organisation] = size
            sector = members.sector_names[members.sector[organisation]]
            assert to_rgb(area.get_facecolor()[0][:3]) == to_rgb(legend[sector].get_color())
    areas = np.array([sizes[place] for place in range(5)])
    np.testing.assert_allclose(areas / areas[2], members.resources / 9.0)


def test_the_description_of_a_network_counts_and_names_as_its_arrays_do():
    members = coalition()
    described = plot.describe(plot.network(members))
    assert "Network of 5 organisations at the founding, by sector: public 2, arts 3." in described
    assert (
        f"3 working ties and 1 latent tie; an organisation has 1.2 working ties on average, {members.names[0]} has the "
        "most, 2."
    ) in described
    assert f"{members.names[2]} is the largest with 9 FTE, the median is 2.5 FTE." in described


def test_names_are_written_as_they_are_in_every_picture():
    name = r"$\alpha$"
    outcome = {"name": f"{name} o", "unit": f"{name} u", "zero": 0.0, "one": 100.0, "baseline": 0.4, "target": 0.7}
    changes = {
        "scenario.name": f"{name} s",
        "community.outcomes": [outcome],
        "coalition.sectors": [f"{name} 1", f"{name} 2"],
        "events": [{"month": 5, "set": {"backbone.staff": 1.0}, "why": f"{name} w"}],
    }
    plan = scenario(**changes)
    both = Comparison({f"{name} r": ensemble(**changes), f"{name} x": ensemble(**changes)})
    measures = ("progress", f"outcome.{outcome['name']}")
    pictures = [draw(both, measure) for draw in (plot.fan, plot.difference) for measure in measures]
    pictures += [plot.timeline(plan), plot.network(plan)]
    shown = []
    for ax in pictures:
        texts(ax)
        for text in ax.figure.findobj(Text):
            if "alpha" in text.get_text():
                words, mathematics = text._preprocess_math(text.get_text())
                assert not mathematics, words
                assert r"\$" not in words
                shown.append(words)
    for place in ("s", "o", "u", "1", "2", "w", "r", "x"):
        assert any(re.search(rf"\$\\alpha\$\s{place}\b", text) for text in shown), place
