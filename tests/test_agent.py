"""`WebAgent` from start to end: runs, memory between runs, many at once, what is left behind."""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest
from servers import Asked, Request, ScriptedModel, Site, action

from webagent import ConfigurationError, Settings, Task, WebAgent, read_session
from webagent.prompts import browsing_prompts

Ask = Callable[..., Asked]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {
        "/": "<title>Start</title><h1>Start</h1><a href=/item>Blue lamp</a>",
        "/item": "<title>Lamp</title><body style='background:#05f'><h1>Blue lamp</h1><p>Price: 42 EUR</p>",
        "/red": "<title>Red</title><body style='background:#f00'><h1>Red</h1>",
    }
    with Site(pages) as site:  # type: ignore[arg-type]
        yield site


def colour(request: Request) -> object:
    """Return the colour in the corner of the only picture of a request."""
    (picture,) = request.pictures
    return picture.getpixel((5, 5))


def in_group(group: int) -> set[int]:
    """Return what runs in a process group. Other browsers of this process come and go by themselves."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
    return found


def watchdogs() -> set[int]:
    """Return the watchdogs of this process: one for each browser that was started and not closed."""
    return {child.pid for child in psutil.Process().children() if "watchdog.py" in " ".join(child.cmdline())}


def test_a_run_tells_the_answer_its_steps_its_usage_and_its_session(ask: Ask, site: Site) -> None:
    asked = ask([action('click("Blue lamp")'), action('final_answer("42 EUR")')], "What does it cost?", url=site.url)
    result = asked.result
    assert (result.answer, result.outcome, result.reason, result.error) == ("42 EUR", "answered", None, None)
    assert [(step.step, step.final, step.code) for step in result.steps] == [
        (1, False, 'click("Blue lamp")'),
        (2, True, 'final_answer("42 EUR")'),
    ]
    assert (result.steps[0].url, result.steps[0].title) == (site.url + "/item", "Lamp")
    assert "Price: 42 EUR" in (result.steps[0].text or "")
    assert result.usage.model_dump() == {"input_tokens": 2001, "output_tokens": 20}
    assert 0 < result.seconds < 60
    assert asked.agent.result is result
    assert result.session is not None
    session = read_session(result.session)
    assert session.steps == result.steps
    assert (session.info.task, session.info.answer, session.info.model) == (
        "What does it cost?", "42 EUR", "openai/scripted",
    )  # fmt: skip
    assert session.info.opened is not None
    assert (result.session / "screenshots" / "0000.png").is_file()
    assert session.steps[0].screenshot == session.steps[1].screenshot == "screenshots/0001.png"
    assert [len(step.acts) for step in session.steps] == [1, 0]
    told = asked.agent.settings
    try:
        asked.agent.settings = told.model_copy(update={"record": False})
        unrecorded = ask([action('click("Blue lamp")'), action("final_answer(1)")], url=site.url).result
    finally:
        asked.agent.settings = told
    assert (unrecorded.session, len(unrecorded.steps)) == (None, 2)


def test_a_second_run_sees_the_page_of_the_first_and_none_of_its_words(ask: Ask, site: Site) -> None:
    ask([action("final_answer('secret of the first')")], "The first task.", url=site.url + "/item")
    (request,) = ask([action("final_answer(2)")], "The second task.").requests
    assert colour(request) == (0, 85, 255)
    assert ">Lamp, " in request.text
    assert "The second task." in request.text
    assert "The first task" not in request.text
    assert "secret" not in request.text
    assert [message["role"] for message in request.body["messages"]] == ["system", "user"]


def test_a_run_without_reset_remembers(ask: Ask, site: Site) -> None:
    first = ask([action("final_answer('lamp')")], "The first task.", url=site.url + "/item").requests
    asked = ask([action("print(1)"), action("final_answer(2)")], "And the second?", reset=False)
    request = asked.requests[0]
    assert request.body["messages"][:2] == first[0].body["messages"]
    assert request.text.index("The first task.") < request.text.index("And the second?")
    assert "Nothing visible has changed" in request.text
    assert colour(request) == colour(asked.requests[1]) == (0, 85, 255)


def test_two_agents_at_once_see_each_their_own_page(settings: Settings, site: Site) -> None:
    both = threading.Barrier(2, timeout=60)

    def do(path: str) -> tuple[object, list[object]]:
        def answer(_: Request) -> str:
            both.wait()  # neither goes on before the other has come as far
            return action("final_answer((S('h1').web_element.text, search_item_ctrl_f('e')))")

        with ScriptedModel([lambda _: (both.wait(), action("print(1)"))[1], answer]) as model:
            mine = settings.model_copy(update={"model": "openai/x", "api_base": model.api_base})
            with WebAgent(settings=mine) as agent:
                result = agent.run("What is its heading?", url=site.url + path)
            return result.answer, [colour(request) for request in model.requests]

    with ThreadPoolExecutor(2) as threads:
        lamp, red = threads.map(do, ["/item", "/red"])
    assert lamp[0][0] == "Blue lamp"  # type: ignore[index]
    assert red[0][0] == "Red"  # type: ignore[index]
    assert lamp[1] == [(0, 85, 255)] * 2
    assert red[1] == [(255, 0, 0)] * 2


def test_agents_in_sequence_without_with_leave_no_process(
    settings: Settings, site: Site, scripted: Callable[..., ScriptedModel]
) -> None:
    for number in range(2):
        model = scripted(action(f"final_answer({number})"))
        agent = WebAgent("openai/x", settings=settings, api_base=model.api_base)
        assert agent.run("Count.", url=site.url).answer == number
        group = agent.browser.process_group
        assert len(in_group(group)) > 3
        agent.close()
        agent.close()
        deadline = time.monotonic() + 5
        while (left := in_group(group)) and time.monotonic() < deadline:  # what was killed takes a moment to be gone
            time.sleep(0.05)
        assert left == set()


def test_a_closed_agent_starts_anew(settings: Settings, site: Site, scripted: Callable[..., ScriptedModel]) -> None:
    model = scripted(*[action("final_answer(search_item_ctrl_f('lamp'))")] * 2)
    with WebAgent("openai/x", settings=settings, api_base=model.api_base) as agent:
        first = agent.run("Look.", url=site.url).answer
        agent.close()
        assert agent.run("Look.", url=site.url).answer == first


def test_instructions_templates_and_imports_of_the_user_are_used(
    settings: Settings, scripted: Callable[..., ScriptedModel]
) -> None:
    templates = browsing_prompts()
    templates["system_prompt"] = "You are terse. {{custom_instructions}} Imports: {{authorized_imports}}"
    model = scripted(action("import json\nfinal_answer(json.loads('[1]'))"))
    mine = settings.model_copy(update={"model": "openai/x", "api_base": model.api_base})
    with WebAgent(
        settings=mine,
        prompt_templates=templates,  # type: ignore[arg-type]
        instructions="Answer in French.",
        imports=["json"],
    ) as agent:
        assert agent.run("Go.").answer == [1]
    system = json.dumps(model.requests[0].body["messages"][0])
    assert re.search("You are terse. Text between <page [0-9a-f]{8}> .*Answer in French. Imports:", system)
    assert "'helium'" in system
    assert "'json'" in system


def test_a_model_of_smolagents_is_taken_as_it_is(settings: Settings, scripted: Callable[..., ScriptedModel]) -> None:
    from smolagents import OpenAIModel

    server = scripted(action("final_answer(1)"))
    with WebAgent(OpenAIModel("mine", api_base=server.api_base, api_key="k"), settings=settings) as agent:
        result = agent.run("Go.")
    assert result.answer == 1
    assert read_session(result.session).info.model == "mine"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("task", "how", "says"),
    [
        ("  ", {}, "the task is empty"),
        ("Go.", {"url": "file:///etc/passwd"}, "no address of a page"),
        ("Go.", {"images": ["/no/such.png"]}, "no picture /no/such.png"),
        (Task(text="Go.", url="not an address"), {}, "no address of a page"),
    ],
)
def test_a_task_that_cannot_be_used_is_refused_before_anything_starts(
    settings: Settings, task: str | Task, how: dict[str, object], says: str
) -> None:
    before = watchdogs()
    agent = WebAgent("openai/x", settings=settings, api_base="http://127.0.0.1:9/v1")
    with pytest.raises(ConfigurationError, match=says):
        agent.run(task, **how)  # type: ignore[arg-type]
    assert watchdogs() == before
    assert not settings.session_dir.exists()


def test_a_setting_that_is_wrong_or_a_model_that_is_missing_is_refused(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="max_step"):
        WebAgent("openai/x", settings=settings, max_step=3)
    with pytest.raises(ConfigurationError, match="no model is named"):
        WebAgent(settings=settings, discover=False)
