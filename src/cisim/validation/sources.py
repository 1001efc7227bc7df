"""Sources of what is told of the field, and how far each was read for it."""

from __future__ import annotations

from typing import Final, NamedTuple

#: How far a source was read for what is said of it; figures of one that was not read again may be remembered wrongly.
PASSAGE, ABSTRACT, RECALLED, LOST = "passage read", "abstract read", "not read again", "could not be read again"


class Source(NamedTuple):
    """Publication."""

    cited: str  #: as claims and facts name it.
    authors: str
    year: int
    title: str
    place: str  #: journal with volume and pages, or publisher.
    doi: str  #: "" if it has none.
    read: str  #: how far it was read.

    def __str__(self) -> str:
        """Write the source as an entry of a list."""
        doi = f" doi:{self.doi}." if self.doi else ""
        title = f" {self.title}." if self.title else ""
        return f"{self.authors} ({self.year}).{title} {self.place}.{doi} *{self.read[0].upper()}{self.read[1:]}.*"


SOURCES: Final = (
    Source(
        "Balliet 2010",
        "Balliet, D.",
        2010,
        "Communication and cooperation in social dilemmas: a meta-analytic review",
        "*Journal of Conflict Resolution* 54, 39-57",
        "10.1177/0022002709352443",
        RECALLED,
    ),
    Source(
        "Bitterman & Koliba 2020",
        "Bitterman, P. & Koliba, C. J.",
        2020,
        "Modeling alternative collaborative governance network designs: an agent-based model of water governance in the Lake Champlain Basin, "
        "Vermont",
        "*Journal of Public Administration Research and Theory* 30, 636-655",
        "10.1093/jopart/muaa013",
        ABSTRACT,
    ),
    Source(
        "Brown et al. 2014",
        "Brown, E. C., Hawkins, J. D., Rhew, I. C., Shapiro, V. B., Abbott, R. D., Oesterle, S., Arthur, M. W., Briney, J. S. & Catalano, R. F.",
        2014,
        "Prevention system mediation of Communities That Care effects on youth outcomes",
        "*Prevention Science* 15, 623-632",
        "10.1007/s11121-013-0413-7",
        ABSTRACT,
    ),
    Source(
        "Chaudhuri 2011",
        "Chaudhuri, A.",
        2011,
        "Sustaining cooperation in laboratory public goods experiments: a selective survey of the literature",
        "*Experimental Economics* 14, 47-83",
        "10.1007/s10683-010-9257-1",
        RECALLED,
    ),
    Source(
        "Feinberg, Bontempo & Greenberg 2008",
        "Feinberg, M. E., Bontempo, D. E. & Greenberg, M. T.",
        2008,
        "Predictors and level of sustainability of community prevention coalitions",
        "*American Journal of Preventive Medicine* 34, 495-501",
        "10.1016/j.amepre.2008.01.030",
        ABSTRACT,
    ),
    Source(
        "Fischbacher, Gächter & Fehr 2001",
        "Fischbacher, U., Gächter, S. & Fehr, E.",
        2001,
        "Are people conditionally cooperative? Evidence from a public goods experiment",
        "*Economics Letters* 71, 397-404",
        "10.1016/S0165-1765(01)00394-9",
        RECALLED,
    ),
    Source(
        "Hawkins et al. 2014",
        "Hawkins, J. D., Oesterle, S., Brown, E. C., Abbott, R. D. & Catalano, R. F.",
        2014,
        "Youth problem behaviors 8 years after implementing the Communities That Care prevention system: a community-randomized trial",
        "*JAMA Pediatrics* 168, 122-129",
        "10.1001/jamapediatrics.2013.4009",
        RECALLED,
    ),
    Source(
        "Kania & Kramer 2011",
        "Kania, J. & Kramer, M.",
        2011,
        "Collective impact",
        "*Stanford Social Innovation Review* 9(1), 36-41",
        "",
        PASSAGE,
    ),
    Source(
        "Kuklinski et al. 2015",
        "Kuklinski, M. R., Fagan, A. A., Hawkins, J. D., Briney, J. S. & Catalano, R. F.",
        2015,
        "Benefit-cost analysis of a randomized evaluation of Communities That Care: monetizing intervention effects on the initiation of "
        "delinquency and substance use through grade 12",
        "*Journal of Experimental Criminology* 11, 165-192",
        "10.1007/s11292-014-9226-3",
        ABSTRACT,
    ),
    Source(
        "McCullough, Eisen-Cohen & Salas 2016",
        "McCullough, J. M., Eisen-Cohen, E. & Salas, S. B.",
        2016,
        "Partnership capacity for community health improvement plan implementation: findings from a social network analysis",
        "*BMC Public Health* 16",
        "10.1186/s12889-016-3194-7",
        ABSTRACT,
    ),
    Source(
        "NORC 2012",
        "NORC at the University of Chicago, for the US Office of the Assistant Secretary for Planning and Evaluation (ASPE)",
        2012,
        "An assessment of the sustainability and impact of community coalitions once federal funding has expired",
        "A study of the Healthy Communities Access Program",
        "",
        "summary of its findings read",
    ),
    Source(
        "Oesterle et al. 2013",
        "Oesterle, S. et al.",
        2013,
        "",
        "Abstract of a talk, annual meeting of the Society for Prevention Research, on the trial of Communities That Care",
        "",
        RECALLED,
    ),
    Source(
        "O'Gorman et al. 2009",
        "O'Gorman, R., Henrich, J. & Van Vugt, M.",
        2009,
        "Constraining free riding in public goods games: designated solitary punishers can sustain human cooperation",
        "*Proceedings of the Royal Society B* 276, 323-329",
        "10.1098/rspb.2008.1082",
        RECALLED,
    ),
    Source(
        "ORS Impact & Spark Policy Institute 2018",
        "ORS Impact & Spark Policy Institute",
        2018,
        "When collective impact has an impact: a cross-site study of 25 collective impact initiatives",
        "ORS Impact and Spark Policy Institute",
        "",
        LOST,
    ),
    Source(
        "Panjwani et al. 2023",
        "Panjwani, S., Graves-Boswell, T., Garney, W. R., Muraleetharan, D., Spadine, M. N. & Flores, S. A.",
        2023,
        "Evaluating collective impact initiatives: a systematic scoping review",
        "*American Journal of Evaluation* 44, 406-423",
        "10.1177/10982140221130266",
        ABSTRACT,
    ),
    Source(
        "Provan & Kenis 2008",
        "Provan, K. G. & Kenis, P.",
        2008,
        "Modes of network governance: structure, management, and effectiveness",
        "*Journal of Public Administration Research and Theory* 18, 229-252",
        "10.1093/jopart/mum015",
        LOST,
    ),
    Source(
        "Provan & Milward 1995",
        "Provan, K. G. & Milward, H. B.",
        1995,
        "A preliminary theory of interorganizational network effectiveness: a comparative study of four community mental health systems",
        "*Administrative Science Quarterly* 40, 1-33",
        "10.2307/2393698",
        RECALLED,
    ),
    Source(
        "Spoth et al. 2013",
        "Spoth, R., Redmond, C., Shin, C., Greenberg, M., Feinberg, M. & Schainker, L.",
        2013,
        "PROSPER community-university partnership delivery system effects on substance misuse through 6 1/2 years past baseline from a cluster "
        "randomized controlled intervention trial",
        "*Preventive Medicine* 56, 190-196",
        "10.1016/j.ypmed.2012.12.013",
        ABSTRACT,
    ),
)
