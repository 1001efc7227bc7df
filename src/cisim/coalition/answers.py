"""A dozen questions about a coalition, in the manner of the Wilder Collaboration Factors Inventory and of PARTNER, and the dials they set.

Mattessich and Johnson, Collaboration: What Makes It Work (2018), ask how far statements hold, PARTNER how partners work together;
the questions here are neither's, and say for each answer what it looks like in practice.
"""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """A question that sets a dial."""

    dial: str  #: path of the field that it sets
    text: str
    looks_like: tuple[str, str, str, str, str]  #: what answers 1 to 5 look like in practice
    values: tuple[float, float, float, float, float]  #: of the dial, by answer


_ALL = (
    Question(
        "backbone.staff", "Who has the time to hold the effort together?",
        ("nobody", "somebody on the side, a day a week", "half a post", "one full-time post", "a team of three"),
        (0, 0.2, 0.5, 1, 3),
    ),
    Question(
        "backbone.member_share", "Who pays for that time?",
        ("the partners, all of it", "the partners, most of it", "half and half", "funders, most of it", "funders, all of it"),
        (1, 0.75, 0.5, 0.25, 0),
    ),
    Question(
        "agenda.process", "Do partners plan together what they want to reach?",
        ("each has its own plan", "a statement that few know", "a plan some wrote for all", "a plan most had a say in",
         "a plan all had a say in and use"),
        (0, 0.2, 0.4, 0.6, 0.8),
    ),
    Question(
        "agenda.cadence", "How often is that plan looked at again?",
        ("every five years or never", "every three years", "every other year", "every year", "twice a year"),
        (60, 36, 24, 12, 6),
    ),
    Question(
        "agenda.voice", "Whose word counts when priorities are set?",
        ("that of the largest alone", "mostly that of the large", "the larger, the more", "nearly the same for all",
         "one partner, one vote"),
        (2, 1.5, 1, 0.5, 0),
    ),
    Question(
        "agenda.residents", "Do the people concerned have a say?",
        ("no", "they are informed", "a few are asked", "they have some of the seats", "they have half of the seats"),
        (0, 0.05, 0.15, 0.3, 0.5),
    ),
    Question(
        "measurement.sharing", "Do partners share data on the same results?",
        ("none does", "one in five reports", "two in five report", "three in five report", "nearly all report each month"),
        (0, 0.2, 0.4, 0.6, 0.8),
    ),
    Question(
        "activities.coordination", "Do partners divide the work by a common plan?",
        ("each does what it always did", "they avoid the worst doubles", "some have changed what they do", "most have",
         "each does what the others do not"),
        (0, 0.2, 0.4, 0.6, 0.8),
    ),
    Question(
        "communication.frequency", "How often do partners who work together meet for this effort?",
        ("never for this", "every quarter", "every month", "twice a month", "every week"),
        (0, 0.33, 1, 2, 4),
    ),
    Question(
        "coalition.trust", "Have partners worked together well before?",
        ("there are old quarrels", "little, and with care", "some have", "most have", "long and well"),
        (0.2, 0.3, 0.4, 0.5, 0.6),
    ),
    Question(
        "commitment.initial", "Do partners see their own interest in it?",
        ("they come because they must", "they wait and see", "about half do", "most do", "it is their own cause"),
        (0.2, 0.35, 0.5, 0.6, 0.7),
    ),
    Question(
        "coalition.turnover", "How long do the partners' leaders stay?",
        ("two to three years", "four years", "six to seven years", "ten years", "twenty years"),
        (0.4, 0.25, 0.15, 0.1, 0.05),
    ),
)  # fmt: skip
#: The questions, by the dial that each sets.
QUESTIONS = {question.dial: question for question in _ALL}
