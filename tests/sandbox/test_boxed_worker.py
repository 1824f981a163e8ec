"""The worker at work in each box, and in none."""

from collections.abc import Callable

import pytest
from processes import worker_of
from servers import Site

from webagent.browser import Browser
from webagent.sandbox import landlock
from webagent.sandbox.box import Box, Landlock
from webagent.sandbox.bubblewrap import Bubblewrap, Refused
from webagent.sandbox.executor import ActionFailed, WorkerExecutor

Workers = Callable[..., WorkerExecutor]


@pytest.fixture(scope="module", params=["bubblewrap", "landlock", "none"])
def boxed(request: pytest.FixtureRequest, workers: Workers) -> WorkerExecutor:
    box: Box | None = None
    if request.param == "bubblewrap":
        try:
            box = Bubblewrap.find()
        except Refused as refused:
            pytest.skip(str(refused))
    elif request.param == "landlock":
        if not landlock.abi():
            pytest.skip("this kernel has no Landlock")
        box = Landlock(landlock.abi())
    return workers(box=box, deadline=3, imports=["os", "ctypes"])


def test_it_drives_the_browser(boxed: WorkerExecutor, browser: Browser, site: Site) -> None:
    browser.driver.get(site.url)
    boxed("write('Ada', into='Name')\nclick(Button('Save draft'))")
    assert browser.driver.title == "saved Save draft"
    assert boxed("print(get_driver().title)").logs == "saved Save draft"


def test_it_is_stopped_at_its_deadline_and_replaced(boxed: WorkerExecutor) -> None:
    boxed("kept = 1")
    before = worker_of(boxed)
    with pytest.raises(ActionFailed, match="stopped after 3 seconds"):
        boxed("sum(range(10**12))")
    assert boxed("print(1)").logs == "1"
    assert worker_of(boxed) != before


def test_its_end_is_told(boxed: WorkerExecutor) -> None:
    with pytest.raises(ActionFailed, match=r"ended \(signal SIGSEGV\)"):
        boxed("import ctypes\nctypes.string_at(0)")
    with pytest.raises(ActionFailed, match=r"ended \(exit status 3\)"):
        boxed("import os\nos._exit(3)")
    assert boxed("print(1)").logs == "1"


@pytest.mark.parametrize("action", ["os.listdir('/etc')", "os.kill(0, 0)", "os.setpriority(0, 0, 1)"])
def test_what_it_may_not_do_is_an_error_for_its_code(boxed: WorkerExecutor, action: str) -> None:
    code = f"import os\ntry:\n    {action}\n    print('done')\nexcept OSError:\n    print('refused')"
    assert boxed(code).logs == ("done" if boxed._box is None else "refused")


def test_memory_is_limited(boxed: WorkerExecutor) -> None:
    if boxed._box is None:
        pytest.skip("it would be taken")
    with pytest.raises(ActionFailed, match="MemoryError"):
        boxed("x = 'x' * (3 * 2**30)")
    assert boxed("print(len('x' * 2**20))").logs == str(2**20)
