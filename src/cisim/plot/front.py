"""The front of plans: what money adds, and nothing adds more for less."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cisim.plan.advise import Advice, Option
from cisim.plot import canvas
from cisim.report.format import duration, hundredths, interval, money, plural


def front(advice: Advice, *, ax: Axes | None = None) -> Axes:
    """Draw what each option takes and adds, with the error of the average, beside all combinations that the search tried.

    Args:
        advice: of `cisim.plan.advise.advise`.
        ax: where to draw; a new figure by default.
    """
    ax = canvas.axes_or_new(ax)
    currency, colour = advice.results.plans.costs.currency, canvas.COLOURS[0]
    for within, shape in ((True, "o"), (False, "x")):
        some = [each for each in advice.tried if (each.beyond <= 0) == within]
        points = [each.cash for each in some], [100 * each.added for each in some]
        ax.scatter(*points, s=16, marker=shape, color=canvas.GREY, alpha=0.6, linewidths=0.8)
    cash = [option.spent.total for option in advice.options]
    middle = [100 * option.added.mean for option in advice.options]
    ends = [
        [100 * (option.added.mean - option.added.mean_low) for option in advice.options],
        [100 * (option.added.mean_high - option.added.mean) for option in advice.options],
    ]
    ax.errorbar(cash, middle, yerr=ends, fmt="o-", color=colour, linewidth=1.4, markersize=6, capsize=3)
    ax.plot(cash, [100 * option.floor for option in advice.options], "v--", color=canvas.COLOURS[1], linewidth=1)
    for place, option in enumerate(advice.options):
        ax.annotate(
            canvas.plain(option.plan.name), (cash[place], middle[place] + ends[1][place]), (0, 4),
            textcoords="offset points", ha="center", fontsize=9, color=canvas.INK,
            fontweight="bold" if place == advice.best else "normal",
        )  # fmt: skip
    ax.axhline(0, color=canvas.GREY, linewidth=0.8)
    canvas.dress(ax)
    ax.margins(y=0.12)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda amount, _: canvas.plain(money(amount, currency))))
    ax.set_xlabel(f"cash in {duration(advice.results.months)}")
    ax.set_ylabel("percentage points of the gap added\nto doing nothing new")
    note = "Circles: average, 90 % interval. Triangles: at least, in 9 of 10 worlds. Small: the search; ×: over budget."
    canvas.headline(ax, "What more money adds", note)
    about = f"Options by their cash and what they add, of {plural(len(advice.tried), 'combination')} that were tried."
    canvas.add_description(ax, about, *(_in_words(option, currency) for option in advice.options))
    return ax


def _in_words(option: Option, currency: str) -> str:
    added = option.added
    ends = interval(added.mean_low, added.mean_high, "share")
    return (
        f"{option.plan.name} takes {money(option.spent.total, currency)} and adds {hundredths(added.mean)} percentage points ({ends}), "
        f"at least {hundredths(option.floor)} in nine of ten worlds."
    )
