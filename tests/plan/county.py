"""An invented county: a dozen partners, their ties, and a file of plans."""

from __future__ import annotations

from pathlib import Path

PARTNERS = """\
name,sector,resources
Big District,schools,14
Small District,schools,3
County Health,public,5
City Library,public,1.5
Workforce Board,public,3
First Steps,nonprofit,4
Youth Club,nonprofit,3
Mentors,nonprofit,1.5
Parents' Voice,nonprofit,0.5
Community Fund,funder,2
Mill Works,business,0.5
Credit Union,business,0.25
"""
TIES = """\
source,target,strength
Big District,Small District,0.8
Big District,County Health,0.5
Big District,First Steps,0.7
Big District,Workforce Board,0.4
Small District,City Library,0.5
County Health,First Steps,0.6
City Library,Mentors,0.4
Workforce Board,Mill Works,0.5
Workforce Board,Credit Union,0.3
First Steps,Parents' Voice,0.6
Youth Club,Mentors,0.7
Youth Club,Parents' Voice,0.4
Community Fund,First Steps,0.5
Community Fund,Youth Club,0.5
"""
HEAD = """\
[scenario]
name = "Reading in the county"
months = 24

[coalition]
file = "partners.csv"
ties = "ties.csv"

[[community.outcomes]]
name = "reading"
unit = "% of pupils"
zero = 0
one = 100
history = { 2016 = 42, 2020 = 42, 2025 = 42 }
people = 4000

[[community.outcomes]]
name = "jobs"
unit = "% out of work"
zero = 30
one = 0
baseline = 0.5

[backbone]
staff = 0
member_share = 0

[costs]
backbone_post = 120000
service_post = 120000
overhead = 0
"""
PLANS = """\
[plans.one]
backbone.staff = 1

[plans.three]
backbone.staff = 3
"""


def county(folder: Path, plans: str = PLANS, head: str = HEAD) -> Path:
    """Write the county's files, and return that of the plans."""
    (folder / "partners.csv").write_text(PARTNERS)
    (folder / "ties.csv").write_text(TIES)
    file = folder / "plan.toml"
    file.write_text(f"{head}\n{plans}")
    return file
