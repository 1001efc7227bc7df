"""Names on a command line and names of files give a terminal and a shell no orders."""

from __future__ import annotations

import shlex

import pytest

from cisim.scenario import Scenario

ORDERS = "\x1b]0;x\x07\x1b[31m"
SHOWN = r"\x1b]0;x\x07\x1b[31m"


@pytest.mark.parametrize("command", [["new"], ["study", "new"]])
def test_a_new_file_of_any_name_has_the_same_text_and_is_named_harmlessly(cisim, folder, command):
    assert cisim(*command, "plain.toml").code == 0
    said = cisim(*command, f"{ORDERS}.toml")
    assert (said.code, said.err) == (0, "")
    assert f"Wrote {SHOWN}.toml" in said.out
    assert all(sign.isprintable() or sign == "\n" for sign in said.out)
    assert (folder / f"{ORDERS}.toml").read_bytes() == (folder / "plain.toml").read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", f"{ORDERS}.toml"],
        ["run", f"{ORDERS}.toml"],
        ["run", "all-five", "--out", f"{ORDERS}.txt"],
        ["run", "all-five", "--set", f"{ORDERS}=1"],
        ["compare", "all-five", "crisis", "--name", ORDERS, "--name", ORDERS],
        ["compare", "all-five", "crisis", "--measure", ORDERS],
        ["explain", ORDERS],
        ["scenarios", ORDERS],
        ["validate", ORDERS],
        ["validate", "--case", ORDERS],
        ["study", "plan", f"{ORDERS}.toml"],
        ["study", "run", f"{ORDERS}.toml", "--shard", "1/2"],
        ["study", "status", ORDERS],
        ["study", "verify", ORDERS],
        [ORDERS],
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_told_without_the_orders_in_it(cisim, arguments):
    said = cisim(*arguments)
    assert said.code == 2
    assert SHOWN in said.err
    assert all(sign.isprintable() or sign == "\n" for sign in said.out + said.err)


def test_a_strategy_of_any_name_is_shown_harmlessly(cisim):
    arguments = ["compare", "all-five", "isolated-impact", "--runs", "2", "--set", "scenario.months=12"]
    said = cisim(*arguments, "--name", f"{ORDERS}1", "--name", f"{ORDERS}2")
    assert said.code == 0
    assert said.out.count(SHOWN) > 5
    assert all(sign.isprintable() or sign == "\n" for sign in said.out + said.err)
    assert cisim(*arguments, "--name", f"{ORDERS}1", "--name", f"{ORDERS}2", "--json").out.isascii()


def test_a_script_of_jobs_holds_the_name_of_a_study_as_one_word(cisim, folder):
    base = Scenario().replace(**{"scenario.months": 2, "coalition.organisations": 4, "coalition.degree": 2.0})
    (folder / "base.toml").write_text(base.to_toml(), encoding="utf-8")
    name = "a $(touch x); 'b.toml"
    text = (
        '[study]\nname = "small"\nscenario = "base.toml"\nreplications = 2\n'
        '[levers]\n"backbone.staff" = [0, 2]\n[design]\nkind = "factorial"\n'
    )
    (folder / name).write_text(text, encoding="utf-8")
    script = cisim("study", "plan", name, "--shards", "2").out
    (line,) = [line for line in script.splitlines() if line.startswith("cisim study run")]
    assert shlex.split(line)[:4] == ["cisim", "study", "run", name]
