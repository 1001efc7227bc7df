"""Timelines: what is in force when, and the events."""

from __future__ import annotations

from cisim import plot
from cisim.plot.calendar import dial_courses
from plot.pictures import texts
from synthetic import scenario


def test_a_timeline_shows_what_is_in_force_when():
    plan = scenario(
        **{
            "coalition.start": 4,
            "backbone.start": 7,
            "events": [{"month": 13, "set": {"backbone.staff": 1.0}}, {"month": 20, "set": {"coalition.end": 30}}],
        }
    )
    courses = dial_courses(plan)
    expected = [0.0] * 6 + [3.0] * 6 + [1.0] * 18 + [0.0] * 6
    assert courses["backbone.staff"].tolist() == expected
    assert courses["agenda.process"].tolist() == [0.0] * 3 + [0.8] * 27 + [0.0] * 6
    described = plot.describe(plot.timeline(plan))
    assert "backbone: off from month 1 to 6; 3 from month 7 to 12; 1 from month 13 to 30; off" in described


def test_a_timeline_tells_its_events_and_why():
    plan = scenario(
        events=[
            {"month": 12, "set": {"backbone.staff": 1.0}, "why": "half the grant ends"},
            {"month": 20, "organisation": "Organisation 1", "set": {"member": False}},
            {"when": {"measure": "members", "below": 12, "after": 24}, "set": {"backbone.staff": 5.0}},
        ]
    )
    ax = plot.timeline(plan)
    for text in (
        "1  month 12: backbone.staff = 1 (half the grant ends)",
        "2  month 20: Organisation 1: member = no",
        "3  when members is below 12 after month 24: backbone.staff = 5",
    ):
        assert text in texts(ax)
        assert text in plot.describe(ax)


def test_isolated_impact_is_off_throughout():
    described = plot.describe(plot.timeline(scenario(**{"coalition.start": "never"})))
    assert described.count("off from month 1 to 36") == 6
