"""Pages of the Python reference: which public names stand on which page; `python docs/api.py` prints them.

What is said about a name is its docstring, which Sphinx puts in.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module

import cisim


@dataclass(frozen=True)
class Part:
    """A page of the reference.

    Attributes:
        module: where the names are imported from.
        title: what they are for.
        names: those shown; all that the module declares public, by default.
    """

    module: str
    title: str
    names: tuple[str, ...] = ()

    def shown(self) -> list[str]:
        """List the names that this page documents; what `cisim` itself gives has its place there."""
        names = self.names or tuple(import_module(self.module).__all__)
        above = () if self.module == "cisim" else cisim.__all__
        return [
            name for name in names if name not in above and name not in ("__version__", "notebook", "plot", "study")
        ]


PARTS = (
    Part("cisim", "what most work needs"),
    Part("cisim.scenario", "scenarios, their fields and events"),
    Part("cisim.coalition", "who takes part"),
    Part("cisim.plot", "pictures"),
    Part("cisim.study", "many settings with many runs each, in a store that survives a stop"),
    Part("cisim.analysis", "what a finished study means"),
    Part("cisim.notebook", "a dial to turn, and answers to exercises"),
    Part("cisim.dynamics.measures", "what is recorded", ("measures_of",)),
    Part("cisim.report.sentences", "a comparison in words", ("sentences",)),
    Part("cisim.report.export", "results in files", ("write",)),
    Part("cisim.mesa_model", "one run, organisation by organisation", ("Partner",)),
    Part("cisim.engine", "many runs, as an array", ("simulate", "CompiledScenario")),
    Part("cisim.dynamics.state", "what a stage changes", ("State",)),
    Part(
        "cisim.dynamics.luck",
        "chance for stages of your own",
        ("Luck", "key", "slot_of", "slot_of_pair", "slot_of_direction", "stream", "streams", "uniform", "normal"),
    ),
    Part(
        "cisim.validation.claims",
        "what can be checked, and how it is judged",
        ("Claim", "Case", "Finding", "Effort", "Estimate", "Picture", "close", "near", "ordered", "judged", "not_run", "quoted"),
    ),
    Part("cisim.validation.facts", "the facts the model must show", ("check_facts", "FactResult")),
)  # fmt: skip


def page(part: Part) -> str:
    """Write a page that Sphinx fills."""
    module = import_module(part.module)
    lines = [f"# `{part.module}`: {part.title}\n", "```{eval-rst}", f".. automodule:: {part.module}", ""]
    for name in part.shown():
        directive = "autoclass" if inspect.isclass(getattr(module, name)) else "autofunction"
        lines += [f".. {directive}:: {part.module}.{name}"]
        lines += ["   :members:", "   :show-inheritance:"] if directive == "autoclass" else []
        lines.append("")
    return "\n".join([*lines, "```", ""])


def pages() -> dict[str, str]:
    """Write all pages, by the names of their files."""
    return {f"{part.module}.md": page(part) for part in PARTS}


def text() -> str:
    """Write what docs/api.md shows: the pages, and the navigation to them."""
    rows = [
        f"| [`{part.module}`](/_generated/api/{part.module}.md) | {part.title} | "
        + ", ".join(f"`{name}`" for name in part.shown()) + " |"
        for part in PARTS
    ]  # fmt: skip
    tree = [
        "```{toctree}",
        ":hidden:",
        ":maxdepth: 1",
        "",
        *(f"/_generated/api/{part.module}" for part in PARTS),
        "```",
        "",
    ]
    return "\n".join(["| module | what it is for | names |", "|---|---|---|", *rows, "", *tree])


if __name__ == "__main__":
    print("\n".join(pages().values()))
