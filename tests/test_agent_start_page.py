"""The page a task begins on."""

import re
from collections.abc import Callable, Iterator

import pytest
from pdfs import pdf
from servers import Asked, Site, action

from webagent import PageNotOpened, Task

Ask = Callable[..., Asked]
DONE = [action("final_answer(S('h1').web_element.text)")]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {
        "/": "<title>Home</title><h1>Home</h1>",
        "/other": "<title>Other</title><h1>Other</h1>",
        "/alert": "<title>Loud</title><h1>Loud</h1><script>alert('Hello there')</script>",
    }
    with Site(pages) as site:  # type: ignore[arg-type]
        yield site


@pytest.mark.parametrize("how", ["url", "task's url", "named", "named without scheme"])
def test_the_page_is_open_before_the_first_request_which_shows_it(ask: Ask, site: Site, how: str) -> None:
    asked = {
        "url": lambda: ask(DONE, "What is its heading?", url=site.url),
        "task's url": lambda: ask(DONE, Task(text="What is its heading?", url=site.url)),
        "named": lambda: ask(DONE, f"What is the heading of {site.url}/?"),
        "named without scheme": lambda: ask(DONE, f"Go to 127.0.0.1:{site.port}/ and say its heading."),
    }[how]()
    (request,) = asked.requests
    assert [picture.size for picture in request.pictures] == [(1120, 896)]
    assert f">Home, {site.url}/</page " in request.text
    assert "Steps left: 8." in request.text
    assert asked.result.answer == "Home"
    assert len(asked.result.steps) == 1  # opening it was no step


def test_a_given_url_goes_before_a_named_one(ask: Ask, site: Site) -> None:
    asked = ask(DONE, f"Compare with {site.url}/other", url=site.url)
    assert asked.result.answer == "Home"


def test_a_task_that_names_two_pages_or_none_opens_none(ask: Ask, site: Site) -> None:
    for text in (f"Compare {site.url}/ with {site.url}/other", "What is the heading?"):
        site.seen.clear()
        (request,) = ask([action("final_answer(1)")], text).requests
        assert request.pictures == []
        assert site.seen == []


def test_a_named_page_that_does_not_open_is_told_and_the_run_goes_on(ask: Ask, site: Site) -> None:
    asked = ask([action(f"go_to('{site.url}')"), *DONE], "What is on http://127.0.0.1:9/ ?")
    assert asked.result.answer == "Home"
    assert "http://127.0.0.1:9/ was not opened:" in asked.requests[0].text


def test_a_given_page_that_does_not_open_fails_the_run(ask: Ask) -> None:
    asked = ask([], "What is there?", url="http://127.0.0.1:9/")
    assert asked.result.outcome == "failed"
    assert isinstance(asked.result.error, PageNotOpened)
    assert asked.requests == []


def test_a_pdf_is_shown_and_can_be_read(ask: Ask, site: Site) -> None:
    site.pages["/report.pdf"] = (200, {"Content-Type": "application/pdf"}, pdf(["Rainfall", "It rained 812 mm."]))
    asked = ask([action("print(read_page())"), action("final_answer(1)")], url=site.url + "/report.pdf")
    assert "This page is a PDF: read_page() gives its text" in asked.requests[0].text
    assert [picture.size for picture in asked.requests[0].pictures] == [(1120, 896)]
    assert "It rained 812 mm." in asked.requests[1].text


def test_a_page_that_greets_with_a_dialog_is_a_page(ask: Ask, site: Site) -> None:
    asked = ask([action("Alert().accept()"), *DONE], url=site.url + "/alert")
    assert "A dialog is open" in asked.requests[0].text
    assert "Hello there" in asked.requests[0].text
    assert asked.requests[0].pictures == []
    assert len(asked.requests[1].pictures) == 1
    assert asked.result.answer == "Loud"


@pytest.mark.parametrize("path", ["/", None])
def test_a_dialog_that_an_earlier_run_left_open_is_dismissed_and_told(ask: Ask, site: Site, path: str | None) -> None:
    ask([action(f"go_to('{site.url}/alert')"), action("final_answer(1)")])
    asked = ask(DONE, url=site.url + path if path else None)
    assert asked.result.answer == ("Home" if path else "Loud")
    said = asked.requests[0].text
    assert re.search('The dialog "<page \\w+>Hello there</page \\w+>" was left open before this task', said)
    assert len(asked.requests[0].pictures) == 1
