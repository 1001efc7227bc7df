"""cisim: a simulator of collective impact.

Five names are all that most work needs::

    scenario = cisim.load("all-five")
    ensemble = cisim.run(scenario, runs=200, seed=1)
    comparison = cisim.compare({"alone": "isolated-impact", "together": scenario})
    cisim.plot.fan(comparison)
    model = cisim.CollectiveImpactModel(scenario)

Whatever is heavy is imported when its name is first used, so that `import cisim` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisim import notebook, plot, study
    from cisim.comparison import Comparison, compare
    from cisim.dynamics.measures import Measure
    from cisim.ensemble import Ensemble, concatenate, run
    from cisim.errors import InputError
    from cisim.mesa_model import CollectiveImpactModel, Organization
    from cisim.plausible import Plausible, compare_plausible
    from cisim.report.export import load_results
    from cisim.scenario import Scenario, load

__version__ = "0.1.0"

__all__ = ["CollectiveImpactModel", "Comparison", "Ensemble", "InputError", "Measure", "Organization", "Scenario"]
__all__ += ["Plausible", "__version__", "compare", "compare_plausible", "concatenate", "load", "load_results"]
__all__ += ["notebook", "plot", "run", "study"]

#: What lives where. No module of the package may be called like one of them, but for `notebook`, `plot` and
#: `study`, which are modules: importing a submodule sets the package's attribute of its name.
_HOMES = {
    "cisim.comparison": ("Comparison", "compare"),
    "cisim.dynamics.measures": ("Measure",),
    "cisim.ensemble": ("Ensemble", "concatenate", "run"),
    "cisim.errors": ("InputError",),
    "cisim.mesa_model": ("CollectiveImpactModel", "Organization"),
    "cisim.plausible": ("Plausible", "compare_plausible"),
    "cisim.report.export": ("load_results",),
    "cisim.scenario": ("Scenario", "load"),
}


def __getattr__(name: str) -> object:
    """Import the home of a name when it is first asked for."""
    if name in {"notebook", "plot", "study"}:
        return import_module(f"cisim.{name}")
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'cisim' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All public names, imported or not."""
    return sorted({*globals(), *__all__})
