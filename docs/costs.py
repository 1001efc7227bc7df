"""Table of what things cost by default, with sources; the site's build puts it where a page says so."""

from __future__ import annotations

from cisim.plan.costs import fields_of_costs


def text() -> str:
    """Write the fields of [costs] as a Markdown table."""
    lines = [("field", "default", "unit", "plausible", "what it is", "source of the default"), ("---",) * 6]
    for info in fields_of_costs():
        default = "not given" if info.default is None else info.default
        plausible = "" if info.low is None else f"{info.low:,g} to {info.high:,g}"
        shown = f"{default:,g}" if isinstance(default, float) else default
        source = info.source if info.default is not None else ""
        lines.append((f"`{info.name}`", shown, info.unit, plausible, info.meaning, source))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


if __name__ == "__main__":
    print(text(), end="")
