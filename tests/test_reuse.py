"""A run that begins with the steps of an earlier session."""

import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers import Asked, Reply, Site, action

from webagent import ConfigurationError, Session, StepRecord, read_session
from webagent.demo.shop import Shop
from webagent.job import Job
from webagent.session.format import PageRecord, SessionInfo
from webagent.session.reuse import acts_before_answer, plan, same_page
from webagent.task import as_task

Ask = Callable[..., Asked]
TASK = "What does the first thing in the men's sale cost?"
SHOP: list[Reply] = [
    action("print(close_popups())"),
    action("click(Link('Men'))"),
    action("click('No such thing')"),
    action("click_at(793, 238)"),
    action("print(close_popups())"),
    action("click('Marin Merino Sweater')"),
    action("final_answer('an old price')"),
]


@pytest.fixture(scope="module")
def fresh() -> Iterator[Shop]:
    with Shop() as shop:
        yield shop


def folder(asked: Asked) -> Path:
    assert asked.result.session is not None
    return asked.result.session


@pytest.mark.slow
def test_on_the_unchanged_shop_the_model_is_asked_once(ask: Ask, fresh: Shop) -> None:
    recorded = ask(SHOP, TASK, url=fresh.url)
    assert (recorded.result.outcome, recorded.result.reused) == ("answered", None)
    again = ask([action("final_answer('$72.00')")], TASK, url=fresh.url, reuse=folder(recorded))
    assert (again.result.outcome, again.result.answer) == ("answered", "$72.00")
    (request,) = again.requests
    assert "$72.00" in str(again.result.steps[-2].text)
    assert "an old price" not in request.text
    assert "No such thing" not in request.text  # it failed, and is left out
    assert "repeated from an earlier run" in request.text
    assert len(request.pictures) == 1
    assert [step.reused for step in again.result.steps] == [True] * 5 + [False]
    assert [step.step for step in again.result.steps] == [1, 2, 3, 4, 5, 6]
    assert [step.url for step in again.result.steps[:5]] == [
        step.url for step in recorded.result.steps[:6] if step.error is None
    ]
    reused = again.result.reused
    assert reused is not None
    assert (reused.session, reused.steps) == (folder(recorded).name, 5)
    assert reused.usage.input_tokens == 1000 + 1001 + 1003 + 1004 + 1005
    assert again.result.usage.input_tokens == 1000
    session = read_session(folder(again))
    assert session.info.reused == reused
    assert session.steps == again.result.steps
    once_more = ask([action("final_answer(1)")], TASK, reuse=folder(again))  # a reused run can be reused
    assert (once_more.result.answer, len(once_more.requests)) == (1, 1)


class Copy(dict[str, Any]):
    """The pages of a shop, with some words of a page changed."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.changed: dict[str, tuple[str, str]] = {}

    def get(self, path: str, otherwise: Any = None) -> Any:
        """Return the shop's page, as a `Site` asks for it."""
        try:
            with urllib.request.urlopen(self.shop.url.rstrip("/") + path) as reply:  # noqa: S310 - the shop on loopback
                kind, body = reply.headers["Content-Type"], reply.read()
        except urllib.error.HTTPError as error:
            error.close()
            return otherwise
        old, new = self.changed.get(path, ("", ""))
        return 200, {"Content-Type": kind}, body.replace(old.encode(), new.encode()) if old else body


@pytest.mark.slow
def test_on_a_changed_shop_the_model_finds_the_way(ask: Ask, fresh: Shop) -> None:
    steps = [action("close_popups()"), action("click(Link('Knitwear'))"), action("click('Marin Merino Sweater')")]
    copy = Copy(fresh)
    with Site(copy) as site:
        recorded = ask([*steps, action("final_answer('old')")], TASK, url=site.url + "/men")
        copy.changed["/men/knitwear"] = ("Marin Merino Sweater", "Striped Jumper")
        replies = [action("click('Striped Jumper')"), action("final_answer('$72.00')")]
        again = ask(replies, TASK, url=site.url + "/men", reuse=folder(recorded))
    assert (recorded.result.outcome, again.result.answer, len(again.requests)) == ("answered", "$72.00", 2)
    assert "$72.00" in str(again.result.steps[-1].text)
    assert [(step.reused, step.error is None) for step in again.result.steps] == [
        (True, True), (True, True), (True, False), (False, True), (False, True),
    ]  # fmt: skip


ROOMS = {
    "/": "<title>Start</title><a href=/list>The list</a> <a href=/other>Other</a>",
    "/list": "<title>List</title><p><a href=/item?id=1>Blue lamp</a></p>",
    "/other": "<title>List</title><p><a href=/item?id=1>Blue lamp</a></p>",
    "/item": "<title>Blue lamp</title><p>42 EUR</p><button onclick='price.hidden=false'>Show</button>"
    "<p id=price hidden>40 EUR with the voucher</p>",
}
LAMP = [action("click('The list')"), action("click('Blue lamp')"), action("final_answer('42 EUR')")]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(dict(ROOMS)) as site:
        yield site


def test_where_a_link_was_renamed_the_model_takes_over(ask: Ask, site: Site) -> None:
    recorded = ask(LAMP, "What does the lamp cost?", url=site.url)
    site.pages["/list"] = "<title>List</title><p><a href=/item?id=1>Azure light</a></p>"
    site.pages["/item"] = "<title>Blue lamp</title><p>39 EUR</p>"
    replies = [action("click('Azure light')"), action("final_answer('39 EUR')")]
    again = ask(replies, "What does the lamp cost?", url=site.url, reuse=folder(recorded))
    assert (again.result.answer, len(again.requests)) == ("39 EUR", 2)
    assert "Blue lamp" in again.requests[0].text  # what was tried, and that it failed, is remembered
    assert "39 EUR" in str(again.result.steps[-1].text)
    assert [(step.reused, step.error is None) for step in again.result.steps] == [
        (True, True), (True, False), (False, True), (False, True),
    ]  # fmt: skip
    assert again.result.reused is not None
    assert again.result.reused.steps == 1


@pytest.mark.slow
def test_where_a_link_leads_elsewhere_the_model_takes_over(ask: Ask, site: Site) -> None:
    recorded = ask(LAMP, "What does the lamp cost?", url=site.url)
    site.pages["/"] = "<title>Start</title><a href=/other>The list</a>"
    replies = [action("click('Blue lamp')"), action("final_answer('42 EUR')")]
    again = ask(replies, "What does the lamp cost?", url=site.url, reuse=folder(recorded))
    assert (again.result.answer, len(again.requests)) == ("42 EUR", 2)
    assert [step.reused for step in again.result.steps] == [True, False, False]
    # What was planned and not reused is none of the model's budget.
    left = [re.findall("Steps left: [0-9]+", request.text) for request in again.requests]
    assert left == [["Steps left: 8"] * 2, ["Steps left: 8"] * 2 + ["Steps left: 7"]]


def test_another_start_page_reuses_nothing(ask: Ask, site: Site) -> None:
    recorded = ask(LAMP, "What does the lamp cost?", url=site.url)
    again = ask([action("final_answer(1)")], "What?", url=site.url + "/other", reuse=folder(recorded))
    assert again.result.reused is not None
    assert (again.result.reused.steps, len(again.requests)) == (0, 1)


def test_recorded_steps_do_not_count(ask: Ask, site: Site) -> None:
    recorded = ask([action("print(1)")] * 9, "Look.", url=site.url)
    assert (recorded.result.outcome, len(recorded.result.steps)) == ("max_steps", 8)
    again = ask([action("print(2)")] * 7 + [action("final_answer(1)")], "Look.", url=site.url, reuse=folder(recorded))
    assert (again.result.answer, len(again.requests), len(again.result.steps)) == (1, 8, 16)


@pytest.mark.slow
def test_what_a_final_step_did_before_it_answered_is_done(ask: Ask, site: Site) -> None:
    final = action("click('Show')\nprice = Text('40 EUR with the voucher').value\nfinal_answer(price)")
    recorded = ask([final], "What does it cost?", url=site.url + "/item")
    assert recorded.result.answer == "40 EUR with the voucher"
    again = ask(
        [action("final_answer('40 EUR')")], "What does it cost?", url=site.url + "/item", reuse=folder(recorded)
    )
    (request,) = again.requests
    assert "click('Show')" in request.text
    assert "final_answer(price)" not in request.text
    assert "voucher" in str(again.result.steps[0].text)
    assert [step.reused for step in again.result.steps] == [True, False]


def session(*steps: StepRecord) -> Session:
    info = SessionInfo(task="t", model="openai/x", started=datetime.now(UTC), opened=PageRecord(url="https://a/"))
    return Session(Path("recorded"), info, list(steps))


def step(number: int, code: str | None = "click('A')", **what: object) -> StepRecord:
    usual = {"started": datetime.now(UTC), "seconds": 1, "reply": f"r{number}", "url": f"https://a/{number}"}
    return StepRecord.model_validate({"step": number, "code": code, **usual, **what})


def test_steps_that_failed_or_did_nothing_are_left_out_and_the_page_before_is_kept() -> None:
    planned = plan(
        session(
            step(1),
            step(2, error="no"),
            step(3, code=None),
            step(4, reply=" "),
            step(5),
            step(6, "final_answer(1)", final=True),
        )
    )
    assert [(one.reply, one.page and one.page.url) for one in planned] == [("r1", "https://a/"), ("r5", "https://a/4")]


@pytest.mark.parametrize("steps", [[], [step(1, error="no")], [step(1, "final_answer(1)", final=True)]])
def test_a_session_with_nothing_to_do_again_is_said(steps: list[StepRecord]) -> None:
    with pytest.raises(ConfigurationError, match="the session recorded holds no step that could be done again"):
        plan(session(*steps))


@pytest.mark.parametrize(
    ("text", "url", "told", "begins", "named"),
    [
        ("Look.", "https://mine/", {"url": "https://theirs/"}, "https://mine/", True),
        ("Look at b.com.", None, {"url": "https://theirs/"}, None, True),  # which the text names
        ("Look.", None, {"url": "theirs.example"}, "https://theirs.example", False),
        ("Look.", None, {"task": "Look at localhost:8000/x."}, "http://localhost:8000/x", False),
        ("Look.", None, {}, "https://a/", False),  # the page that was open
        ("Look.", None, {"opened": PageRecord(url="chrome-error://chromewebdata/")}, None, False),
        ("Look.", None, {"opened": None}, None, False),
    ],
)
def test_where_a_run_that_reuses_begins(
    text: str, url: str | None, told: dict[str, Any], begins: str | None, named: bool
) -> None:
    recorded = session(step(1))
    recorded = Session(recorded.folder, recorded.info.model_copy(update=told), recorded.steps)
    task = as_task(text, url, None)
    job = Job(task, task.url, [])
    job.reuse(recorded)
    assert (job.url, job.named) == (begins, named)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a/p", "https://a/p", True),
        ("https://a/p?id=1&q=2", "https://a/p?q=3&id=9", True),
        ("https://a/p?id=1", "https://a/p", False),
        ("https://a/p", "http://a/p", False),
        ("https://a/p", "https://b/p", False),
        ("https://a/p", "https://A/p", True),
        ("https://a:1/p", "https://a:2/p", False),
        ("https://a/p", "https://a/q", False),
        ("https://a/#/cart", "https://a/#/list", False),
        ("https://[", "https://[", True),
        ("https://[", "https://a/", False),
        (None, "about:blank", True),
        (None, "https://a/", False),
        ("https://a/", None, False),
    ],
)
def test_pages_are_the_same_by_where_they_are(one: str | None, other: str | None, same: bool) -> None:
    assert same_page(PageRecord(url=one, title="T"), PageRecord(url=other, title="T")) is same


def test_pages_are_the_same_by_title_and_dialog() -> None:
    page = PageRecord(url="https://a/", title="A  b", dialog=None)
    assert same_page(page, PageRecord(url="https://a/", title="A b"))
    assert not same_page(page, PageRecord(url="https://a/", title="A"))
    assert not same_page(page, PageRecord(url="https://a/", title="A b", dialog="Sure?"))
    assert same_page(None, PageRecord())


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("final_answer(1)", None),
        ("x = 1\nprint(x)\nfinal_answer(x)", None),
        ("click('A')\nfinal_answer(1)", "click('A')"),
        ("x = Text('A').value; final_answer(x)", "x = Text('A').value"),
        ("click('A')\nif x:\n    final_answer(1)\nclick('B')", "click('A')"),
        ("helium.click('A')\nanswer = final_answer(1)", "helium.click('A')"),
        ("this is no code", None),
        ("", None),
        (f"click(f{'()' * 900})\nfinal_answer(1)", None),
        (f"click({'-' * 50_000}1)\nfinal_answer(1)", None),
    ],
)
def test_what_comes_before_an_answer(code: str, before: str | None) -> None:
    assert acts_before_answer(code) == before
