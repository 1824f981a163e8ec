"""What the model is sent: pictures, observations, and how little of it changes from request to request."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from PIL import Image
from servers import Asked, Request, ScriptedModel, Site, action

from webagent import Settings, WebAgent

Ask = Callable[..., Asked]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {path: f"<title>{path}</title><h1>At {path}</h1>" for path in ("/a", "/b", "/c")}
    with Site(pages) as site:  # type: ignore[arg-type]
        yield site


def pictures_at(request: Request) -> list[int]:
    """Return the places of the messages that hold pictures."""
    return [
        place
        for place, message in enumerate(request.body["messages"])
        if any(part["type"] == "image_url" for part in message["content"])
    ]


def test_the_first_request_is_short(ask: Ask, site: Site) -> None:
    (request,) = ask([action("final_answer(1)")], "What does the blue lamp cost?", url=site.url + "/a").requests
    assert len(request.text) <= 7000


def test_only_the_latest_screenshot_is_sent(ask: Ask, site: Site) -> None:
    replies = [*[action(f"go_to('{site.url}/{one}')") for one in "abc"], action("final_answer(1)")]
    requests = ask(replies).requests
    assert [pictures_at(request) for request in requests] == [[], [3], [5], [7]]
    assert [[picture.size for picture in request.pictures] for request in requests] == [[], *[[(1120, 896)]] * 3]


@pytest.mark.slow
def test_two_screenshots_are_sent_where_two_are_kept(
    settings: Settings, site: Site, scripted: Callable[..., ScriptedModel]
) -> None:
    replies = [*[action(f"go_to('{site.url}/{one}')") for one in "bc"], action("final_answer(1)")]
    model = scripted(*replies)
    with WebAgent("openai/x", settings=settings, api_base=model.api_base, keep_screenshots=2) as agent:
        agent.run("Go.", url=site.url + "/a")
    assert [pictures_at(request) for request in model.requests] == [[1], [1, 3], [3, 5]]


def test_where_nothing_changes_the_picture_stays_and_the_requests_grow_at_their_end_alone(ask: Ask, site: Site) -> None:
    replies = [action("print(1)"), action("hover('At /a')"), action("print(2)"), action("final_answer(1)")]
    requests = ask(replies, url=site.url + "/a").requests
    for before, after in pairwise(requests):
        sent = before.body["messages"]
        assert after.body["messages"][: len(sent)] == sent
        assert pictures_at(after) == pictures_at(before) == [1]
        assert len(after.body["messages"]) == len(sent) + 2
        assert "Nothing visible has changed" in str(after.body["messages"][-1])
    assert "Nothing visible has changed" not in requests[0].text


def test_pictures_of_the_task_are_sent_once_in_every_request_beside_the_screenshot(ask: Ask, site: Site) -> None:
    shown = Image.new("RGB", (300, 200), "orange")
    replies = [action(f"go_to('{site.url}/b')"), action("print(1)"), action("final_answer(1)")]
    asked = ask(replies, "Find what looks like this.", url=site.url + "/a", images=[shown])
    for request in asked.requests:
        assert [picture.size for picture in request.pictures] == [(300, 200), (1120, 896)]
        assert request.pictures[0].getpixel((9, 9)) == (255, 165, 0)
        task = request.body["messages"][1]["content"]
        assert [part["type"] for part in task[:2]] == ["text", "image_url"]  # with the words, before any page
        assert task[0]["text"] == "New task:\nFind what looks like this."
    assert asked.result.session is not None
    with Image.open(asked.result.session / "image-1.png") as kept:
        assert kept.size == (300, 200)


def test_code_is_not_echoed(ask: Ask) -> None:
    asked = ask([action("x = 'a word like no other'"), action("final_answer(x)")])
    last = asked.requests[-1]
    assert last.text.count("a word like no other'\n</code>") == 1
    assert "Calling tools" not in last.text
    assert asked.result.answer == "a word like no other"


def test_an_observation_says_what_was_printed_what_came_of_it_and_where_the_browser_is(ask: Ask, site: Site) -> None:
    replies = [action("print('one')\nprint('two')"), action("1 + 1"), action("x = 3"), action("final_answer(1)")]
    asked = ask(replies, url=site.url + "/a")
    page = f"Page: <page>/a, {site.url}/a</page>\nNothing visible has changed: the last picture still shows the page."
    assert [step.observation for step in asked.result.steps[:3]] == [
        f"<page>\nPrinted:\none\ntwo\n</page>\n{page}\nSteps left: 7.",
        f"<page>Value: 2</page>\n{page}\nSteps left: 6.",
        f"<page>Value: 3</page>\n{page}\nSteps left: 5.",
    ]


def test_each_observation_says_how_many_steps_are_left_and_the_last_asks_for_the_answer(ask: Ask, site: Site) -> None:
    asked = ask([action("print(1)")] * 9, url=site.url + "/a")
    assert len(asked.requests) == 8
    assert "Steps left: 8." in asked.requests[0].text
    for number, request in enumerate(asked.requests[1:], 1):
        said = str(request.body["messages"][-1])
        assert f"Steps left: {8 - number}." in said
        assert ("Give your final_answer in it." in said) == (number == 7)
    assert (asked.result.outcome, asked.result.answer) == ("max_steps", None)
    assert "no answer after 8 steps" in (asked.result.reason or "")
    assert len(asked.result.steps) == 8


def test_a_failed_action_tells_the_error_and_the_page(ask: Ask, site: Site) -> None:
    asked = ask([action("print('so far')\n1 / 0"), action("final_answer(1)")], url=site.url + "/a")
    said = asked.requests[1].text
    assert "ZeroDivisionError" in said
    assert "Printed:\nso far" in said
    assert f">/a, {site.url}/a</page " in said
    assert "Traceback" not in said


def test_memory_holds_no_second_copy_of_the_requests(ask: Ask, site: Site) -> None:
    asked = ask([action("print(1)"), action("final_answer(1)")], url=site.url + "/a")
    steps = asked.agent.code_agent.memory.steps
    assert len(steps) == 4  # the task, the page it begins on, and two steps
    assert [getattr(step, "model_input_messages", None) for step in steps] == [None] * 4
