"""The report for a board is one file that asks nothing of a network, in which no name acts, and which everybody can read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import python_calamine

from cisim.errors import InputError
from cisim.plan.answers import answer
from cisim.plan.deciding import spread
from cisim.plan.partners import Lasting, Partner
from cisim.report.answer_words import answer as sentences
from cisim.report.answers import answers_document
from cisim.report.board import check_report, html, write_report
from plan.county import HEAD, PLANS
from plan.made_up import results

FIXED = HEAD + '[guesses]\nothers = "fixed"\n'
FEW = FIXED + '"coalition.turnover" = "unknown"\n'
TAG = "<script>alert(1)</script>"
HOSTILE = f'[plans."{TAG}"]\nbackbone.staff = 1\nwhy = "<img src=x>"\n[plans."=1+1 --> ]]>"]\nbackbone.staff = 3\n'


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Answers about plans, partners and a question whose names are hostile, with all that a report may tell of."""
    from dataclasses import replace

    head = HEAD.replace('name = "Reading in the county"', 'name = "<b>Reading</b> & more"\ndescription = "<i>why</i>"')
    head = head.replace('name = "reading"', 'name = "<u>reading</u>"')
    found = results(tmp_path_factory.mktemp("county"), [0.01, 0.03, 0.08], plans=HOSTILE, head=head)
    of = spread(found.progress[:, 2] - found.progress[:, 0])
    partners = (Partner("<em>Partner</em>", "@sector", 2.0, of, 0.9, 0.1, 0.5, 0.02, 0.8),)
    return replace(answer(found, people=False), partners=partners, lasting=Lasting(36, of, of, of))


@pytest.fixture(scope="module")
def page(answers):
    return html(answers)


class Outline(HTMLParser):
    """Elements of a page in their order, with what they hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_first_page_has_question_answer_picture_money_what_it_hangs_on_and_what_to_find_out(page, answers):
    first = page.partition("</section>")[0]
    heads = re.findall(r"<h\d>(.*?)</h\d>", first)
    assert heads[1:] == ["The answer", "The money", "What it hangs on", "What to find out first"]
    assert first.count("<svg") == 1
    shown = Outline(first).text
    assert all(sentence in shown for sentence in sentences(answers))


def test_no_name_becomes_a_tag(page):
    outline = Outline(page)
    known = {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "main",
            "section",
            "h1",
            "h2",
            "p",
            "ol",
            "ul",
            "li",
            "figure",
            "div",
        ),
        *("table", "caption", "span", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd"),
        *("svg", "desc", "defs", "g", "path", "use", "clippath", "rect"),
    }
    assert {tag for tag, _ in outline.elements} <= known
    assert "<script" not in page
    for text in (TAG, "<b>Reading</b> & more", "<em>Partner</em>", "<u>reading</u>", "<i>why</i>", "=1+1 --> ]]>"):
        assert text in outline.text


def test_it_asks_nothing_of_any_network(page):
    outline = Outline(page)
    for _, attributes in outline.elements:
        assert not attributes.keys() & {"src", "href", "srcset", "action", "data"}
        assert (attributes.get("xlink:href") or "#").startswith("#")
    assert set(re.findall(r"https?://[^\"' )<]*", page)) == {"http://www.w3.org/1999/xlink"}  # a name, not asked for
    assert re.findall(r"url\((?!#)", page) == []
    policy = next(attributes["content"] for tag, attributes in outline.elements if "http-equiv" in attributes)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_it_can_be_read_by_everybody(page):
    outline = Outline(page)
    elements = outline.elements
    assert elements[0] == ("html", {"lang": "en-GB"})
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    counts = {tag: sum(tag == one for one, _ in elements) for tag in ("table", "caption", "svg")}
    assert counts["table"] == counts["caption"] > 8
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in elements if tag == "th")
    pictures = [attributes for tag, attributes in elements if tag == "svg"]
    assert len(pictures) == 2
    assert all(each["role"] == "img" and each["aria-label"] for each in pictures)
    identifiers = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_pictures_are_whole_svg_with_a_title_and_a_description(page):
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        root = ElementTree.fromstring(picture)
        assert [root.tag, root[0].tag, root[1].tag] == ["svg", "title", "desc"]
        assert root[1].text
        identifiers = {each.get("id") for each in root.iter()}
        for each in root.iter():
            link = each.get("{http://www.w3.org/1999/xlink}href")
            clip = re.fullmatch(r"url\(#(.*)\)", each.get("clip-path", ""))
            assert link is None or link[1:] in identifiers
            assert clip is None or clip[1] in identifiers


def test_the_same_answers_are_the_same_page(page, answers):
    assert html(answers) == page


def test_it_says_how_to_get_the_same_numbers_and_what_it_cannot_say(page):
    assert "cisim plan report PLAN.toml --worlds 60 --runs 4 --seed 1 --precision 0.5" in page
    assert "Nobody has yet shown that a real coalition follows it" in page
    assert page.count("<dt>") > 15


@pytest.mark.parametrize(
    ("added", "head"),
    [
        ([-0.05, -0.09, -0.06], HEAD),
        ([0.0, 0.0, 0.0], HEAD),
        ([0.01, 0.03, 0.08], HEAD + "[guesses]\nothers = 'fixed'\n"),
    ],
    ids=["harm", "nothing", "no guesses"],
)
def test_a_report_is_written_whatever_comes_out(tmp_path, added, head):
    found = answer(results(tmp_path, added, head=head), people=False)
    page, _ = write_report(found, tmp_path / "a.html")
    shown = Outline(page.read_text(encoding="utf-8")).text
    assert all(sentence in shown for sentence in sentences(found))


def test_files_are_written_together_or_refused(answers, tmp_path):
    assert [path.name for path in write_report(answers, tmp_path / "a.html")] == ["a.html", "a.xlsx"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.xlsx"]
    with pytest.raises(InputError) as caught:
        check_report(tmp_path / "a.html", overwrite=False)
    assert len(caught.value.problems) == 2
    check_report(tmp_path / "a.html", overwrite=True)
    (tmp_path / "a.html").unlink()
    with pytest.raises(InputError, match=r"a\.xlsx: is there already"):
        write_report(answers, tmp_path / "a.html")
    assert not (tmp_path / "a.html").exists()
    with pytest.raises(InputError, match="unknown ending"):
        check_report(tmp_path / "a.pdf", overwrite=False)


def test_the_workbook_has_every_table_of_the_report_and_its_words_do_not_act(answers, page, tmp_path):
    write_report(answers, tmp_path / "a.html")
    book = python_calamine.load_workbook(tmp_path / "a.xlsx")
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    captions = {sheet[0][0] for name, sheet in sheets.items() if name != "About"}
    shown = Outline(page).text
    assert sum(caption in shown for caption in captions) == page.count("<caption")
    assert len(sheets["Guesses"]) == 3 + len(answers.results.plans.guesses)  # of which the page says how many
    assert "=1+1 --> ]]>" in [row[0] for row in sheets["Plans"]]
    assert ["command", "cisim plan report PLAN.toml --worlds 60 --runs 4 --seed 1 --precision 0.5"] in sheets["About"]


def test_questions_of_the_file_are_answered_one_by_one(tmp_path):
    risk = '[plans."it grows"]\nbackbone.staff = 9\nwhat_if_of = "three"\n'
    text = PLANS.replace("backbone.staff = 3", 'backbone.staff = 3\nagainst = "one"') + risk
    found = answer(results(tmp_path, [0.01, 0.03, 0.08, 0.02], plans=text), people=False)
    page = html(found)
    told = page[page.index("Your questions") :]
    told = told[: told.index("What the plans are")]
    assert "Which of 2 plans" in page
    assert "if “it grows” happens" in told
    assert re.search(r"three.*one.*\+5\.0", told, re.DOTALL)
    assert "Your questions" not in html(answer(results(tmp_path, [0.01, 0.03, 0.08]), people=False))
    asked = answers_document(found)["questions"]
    assert [(each["name"], each["other"], each["risk"]) for each in asked] == [
        ("three", "one", False),
        ("it grows", "three", True),
    ]
