"""Words that reports, pages and commands use, each explained once: what a planner or a board needs to read a result."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A word with its meaning in one or two sentences."""

    name: str
    meaning: str
    see: str = ""  #: what `cisim explain` knows of it besides: a field, section or measure.


#: In the order in which a reader meets them.
WORDS = (
    Word(
        "plan",
        "One way to launch or run the coalition: who is in, from when, with which staff, meetings and money. "
        "Plans differ only in what they name; partners, outcomes and all else are the same.",
        "plans",
    ),
    Word(
        "nothing new",
        "The plan without a coalition: every partner goes on alone, as before. What a plan adds is what it has more than this.",
        "coalition.start",
    ),
    Word(
        "gap",
        "What is missing between where an outcome stood at the start and the best that it could be: if 42 % of pupils read well, "
        "the gap is the other 58 %. Progress is the share of it that is closed, the mean over the outcomes by their weights.",
        "progress",
    ),
    Word(
        "point",
        "A percentage point: from 8 % of the gap closed to 10 % are 2 points. "
        "Points of an outcome are in its own unit, such as pupils in a hundred, and then it is named.",
    ),
    Word(
        "FTE",
        "Full-time equivalent, the work of one full-time post: two people at half time are 1 FTE. "
        "Whatever takes part in a run is counted in it: what partners have, what meetings take, the staff of the backbone.",
        "resources",
    ),
    Word(
        "backbone",
        "The staff whose work is the coalition itself: they prepare meetings, keep the data together and raise money. "
        "One coordinator is a backbone of 1 FTE.",
        "backbone.staff",
    ),
    Word(
        "budget",
        "The cash that there is to spend in a year. Plans that take more are named; a run itself knows no money, only posts and hours.",
        "costs.budget",
    ),
    Word(
        "cost",
        "What a plan takes: cash for posts and data, and time of the partners' own staff in meetings and on reports, "
        "which is paid already and goes into services otherwise. "
        "A cost per added point counts only points that doing nothing new would not have brought.",
        "costs",
    ),
    Word(
        "meetings",
        "All contacts that the coalition arranges between partners. In them partners learn, come to agree and to trust one another, "
        "and each contact takes time that does not go into services.",
        "communication.frequency",
    ),
    Word(
        "dial",
        "A number of a scenario that is read every month and that you can turn, such as the posts of the backbone. "
        "Turn one, leave all else, and what differs is what it does.",
        "sections",
    ),
    Word(
        "luck",
        "What differs between two runs of the same plan: which leaders leave, whose budget is cut, who meets whom. "
        "All plans meet the same luck, so that none is ahead because it had more of it; one real county is one run.",
    ),
    Word(
        "guess",
        "A number that nobody knows, given as a range instead: how fast effort shows, how many leaders leave.",
        "community.threshold",
    ),
    Word(
        "world",
        "One possible truth: a value for every guess, drawn from its range. All plans run in the same worlds, "
        "and a plan that is ahead in nearly all of them does not hang on the guesses.",
    ),
    Word(
        "regret",
        "How many points a plan is, in a world, behind the plan that is best there. The largest one says how wrong a choice can be.",
    ),
    Word(
        "interval",
        "Where the mean of endless runs probably lies, seen from as many as there are: more runs narrow it. "
        "It says how well the model is known, not how sure anyone can be about a real coalition.",
    ),
)  # fmt: skip
#: Other forms of words, and what people say instead.
_OTHERS = {
    "strategy": "plan", "isolated impact": "nothing new", "percentage point": "point", "full-time post": "FTE",
    "post": "FTE", "posts": "FTE", "coordinator": "backbone", "money": "cost", "meeting": "meetings", "guesses": "guess",
    "95 % interval": "interval",
}  # fmt: skip


def find_word(name: str) -> Word | None:
    """Find a word, whatever its capitals, in the plural too; None if there is none of the name."""
    wanted = " ".join(name.casefold().split())
    wanted = _OTHERS.get(wanted, wanted).casefold()
    return next((word for word in WORDS if wanted in (word.name.casefold(), f"{word.name.casefold()}s")), None)
