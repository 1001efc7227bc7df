"""`cisim warmup`: the model compiled beforehand."""

from __future__ import annotations

from typing import get_args

from cisim.cli.options import Json
from cisim.cli.terminal import announce_first_use, say, write_document


def warmup(json: Json = False) -> None:
    """Compile the model for this machine, once, and say where the code is kept."""
    import cisim
    from cisim import engine
    from cisim.dynamics.compiled import cache_folder
    from cisim.scenario.sections import Network

    was = engine.is_compiled()
    with announce_first_use():
        # Each kind of network is drawn by functions of its own.
        for network in get_args(Network):
            cisim.run(cisim.Scenario(scenario={"months": 1}, coalition={"network": network}), runs=1)
    kept, folder = engine.is_compiled(), cache_folder()
    if json:
        write_document("warmup", folder=str(folder), kept=kept, compiled=not was)
    elif kept:
        say(f"The model {'was compiled before' if was else 'is compiled'}; its code is kept in {folder}.")
