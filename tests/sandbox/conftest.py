"""A worker on the module's browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servers import Site
from smolagents import FinalAnswerTool, Tool

from webagent.browser import Browser
from webagent.browser.candidates import nearest
from webagent.grid import Grid
from webagent.sandbox.box import choose_box
from webagent.sandbox.executor import WorkerExecutor

PAGE = """<!doctype html><title>Page</title><h1>Heading</h1>
<p><button onclick="document.title = 'saved ' + this.textContent">Save draft</button>
<button onclick="document.title = 'sent'">Save and send</button></p>
<p><label>Name <input id=name></label></p>
<p><a href="/two">Two</a> <a href="/three">Two</a></p>
<iframe srcdoc="<button onclick=&quot;parent.document.title='framed'&quot;>Inside</button>
<input placeholder='In the frame'>"></iframe>"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site({"/": PAGE, "/two": "<title>Two</title>two", "/three": "<title>Three</title>three"}) as site:
        yield site


@pytest.fixture(scope="module")
def workers(browser: Browser) -> Iterator[Callable[..., WorkerExecutor]]:
    """Start a worker on the module's browser: `workers(tool, ..., deadline=..., box=...)`."""
    started: list[WorkerExecutor] = []

    def start(*tools: Tool, deadline: float = 30, imports: list[str] | None = None, **how: Any) -> WorkerExecutor:
        gate = browser.gate
        executor = WorkerExecutor(
            box=how["box"] if "box" in how else choose_box(unsafe=False),
            folder=browser.temporary_folder(),
            group=browser.process_group,
            imports=imports or [],
            deadline=deadline,
            grid=Grid((1120, 896), (1120, 896)),
        )
        started.append(executor)
        executor.connect(
            run=lambda command, params, _: gate.execute(command, params, "worker"),
            nearest=lambda sought, _: nearest(browser.driver, sought),
            driver=gate.attach("tool"),
        )
        executor.send_tools({tool.name: tool for tool in (*tools, FinalAnswerTool())})
        return executor

    yield start
    for executor in started:
        executor.cleanup()


@pytest.fixture(scope="module")
def worker(workers: Callable[..., WorkerExecutor]) -> WorkerExecutor:
    return workers()


@pytest.fixture
def on_page(worker: WorkerExecutor, browser: Browser, site: Site) -> WorkerExecutor:
    """The module's worker, its browser on a fresh page."""
    if browser.dismiss_dialog() is not None:
        browser.look()
    for handle in browser.driver.window_handles[1:]:
        browser.driver.switch_to.window(handle)
        browser.driver.close()
    browser.driver.switch_to.window(browser.driver.window_handles[0])
    browser.driver.get(site.url)
    return worker
