"""What was tried on the stock setup, as the model's code: each attack fails, and the run goes on.

Those that the worker's box stops are run without it as well, where they must be seen to succeed: else they would prove
nothing here.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cases import first
from servers import Asked, ScriptedModel, Site, action
from smolagents import tool

from webagent import WebAgent, read_session
from webagent.settings import Settings

SECRET = "sk-the-key-that-must-not-leave"
ESCAPE = "g = (i for i in [1])\ng.gi_frame.f_locals['authorized_imports'].append('os')\nimport os\n"
"""Opens the whole of Python to the model's code; smolagents 1.26 does not stop it, and nothing here relies on that."""
COOKIE = "a-cookie-of-the-user"
PAGE = f"""<!doctype html><title>Shop</title>
<script>document.cookie = 'a={COOKIE}'; localStorage.a = '{COOKIE}'</script>
<h1>Alive</h1><p><label>Name <input id=name></label>
<p><label>Picture <input type=file id=file></label>
<script>document.querySelector('#file').onchange = (event) => {{
  event.target.files[0].text().then((text) => {{ document.title = 'took ' + text; }});
}};</script>"""


@dataclass
class Loot:
    """What an attack is after, and what shows that it got there."""

    folder: Path
    site: Site
    listening: socket.socket
    reached: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """A file of the user's, with a secret in it."""
        return self.folder / "secret.txt"

    @property
    def made(self) -> Path:
        """What an attack makes to show that it could."""
        return self.folder / "made"

    @property
    def port(self) -> int:
        """Where something on this machine listens that is no web server."""
        port: int = self.listening.getsockname()[1]
        return port


@pytest.fixture
def loot(tmp_path: Path) -> Iterator[Loot]:
    with (
        Site({"/": PAGE, "/inner": "<title>Inner</title>inner secret"}) as site,
        socket.create_server(("127.0.0.1", 0)) as one,
        subprocess.Popen(["sleep", "100"], env={"PATH": os.environ["PATH"], "THE_KEY": SECRET}) as holder,
    ):
        one.setblocking(False)
        loot = Loot(tmp_path / "loot", site, one)
        loot.folder.mkdir(mode=0o777)
        loot.file.write_text(SECRET)
        yield loot
        holder.kill()


Ask = Callable[..., Asked]


def _asker(unsafe: bool) -> Iterator[Ask]:
    with ScriptedModel([]) as model, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", SECRET)
        told = Settings(model="openai/x", api_base=model.api_base, api_key="none", action_timeout=5, max_steps=4)
        settings = told.model_copy(update={"unsafe_no_sandbox": unsafe})

        @tool
        def through_a_tool(what: str, params: dict[str, Any]) -> str:
            """Send a command to the browser, as a tool of the user's does that is led astray.

            Args:
                what: the command.
                params: its parameters.
            """
            return str(agent.driver.execute(what, params))

        @tool
        def give(path: str) -> str:
            """Type a path into the page's file input.

            Args:
                path: the path.
            """
            agent.driver.find_element("id", "file").send_keys(path)
            return "given"

        with WebAgent(settings=settings, tools=[through_a_tool, give]) as agent:

            def ask(loot: Loot, *codes: str) -> Asked:
                agent.settings = settings.model_copy(update={"session_dir": loot.folder / "sessions"})
                model.replies[:] = [action(code) for code in (*codes, "final_answer(Text('Alive').exists())")]
                model.requests.clear()
                return Asked(agent, agent.run("Look around.", url=loot.site.url + "/"), model.requests[:])

            yield ask


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Run these actions, and then one that answers whether the page is still there."""
    yield from _asker(unsafe=False)


@pytest.fixture(scope="module")
def ask_unboxed() -> Iterator[Ask]:
    yield from _asker(unsafe=True)


def observed(asked: Asked) -> str:
    """Return what the model was told after its first action."""
    return asked.requests[1].text.rpartition("</code>")[2]


def goes_on(asked: Asked) -> bool:
    return asked.result.outcome == "answered" and asked.result.answer is True


def was_reached(loot: Loot) -> bool:
    try:
        loot.listening.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True)
class Attack:
    """Code, and whether it had success."""

    code: str
    got_there: Callable[[Loot, str], bool]


def _made(loot: Loot, _: str) -> bool:
    return loot.made.exists()


def _told(_: Loot, said: str) -> bool:
    return SECRET in said


BOXED = {
    "a shell": Attack(ESCAPE + "os.popen('touch {made}').read()", _made),
    "a shell, without popen": Attack(
        ESCAPE + "pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'touch {made}'], {{}})\nos.waitpid(pid, 0)", _made
    ),
    "a fork": Attack(ESCAPE + "if os.fork() == 0:\n    os.mkdir('{made}')\n    os._exit(0)\nos.wait()", _made),
    "the parent's environment": Attack(
        ESCAPE + "f = os.open('/proc/' + str(os.getppid()) + '/environ', 0)\nprint(os.read(f, 100000))",
        lambda _, said: "PATH=" in said,
    ),
    "a key in the environment of any process": Attack(
        ESCAPE
        + "for p in [p for p in os.listdir('/proc') if p.isdigit()]:\n"
        + "    try:\n        d = os.read(os.open('/proc/' + p + '/environ', 0), 100000)\n"
        + "    except OSError:\n        continue\n    if b'sk-the' in d:\n        print(d)",
        _told,
    ),
    "a file": Attack(ESCAPE + "print(os.read(os.open('{file}', 0), 1000))", _told),
    "a file written": Attack(ESCAPE + "os.close(os.open('{made}', os.O_CREAT | os.O_WRONLY))", _made),
    "a picture written": Attack("get_driver().save_screenshot('{made}')", _made),
    "a folder": Attack(ESCAPE + "os.mkdir('{made}')", _made),
    "a file's mode": Attack(
        ESCAPE + "os.chmod('{file}', 0o777)", lambda loot, _: loot.file.stat().st_mode & 0o777 == 0o777
    ),
    "a file removed": Attack(ESCAPE + "os.remove('{file}')", lambda loot, _: not loot.file.exists()),
    "a port of this machine": Attack(
        ESCAPE.replace("'os'", "'socket'").replace("import os", "import socket")
        + "socket.create_connection(('127.0.0.1', {port}), 2)",
        lambda loot, _: was_reached(loot),
    ),
    "a signal to the program": Attack(
        ESCAPE + "os.kill(os.getppid(), 0)\nprint('signalled')", lambda _, said: "signalled" in said
    ),
}


def _filled(code: str, loot: Loot) -> str:
    return code.format(made=loot.made, file=loot.file, port=loot.port)


@pytest.mark.parametrize("name", BOXED)
def test_the_box_stops_it(ask: Ask, loot: Loot, name: str) -> None:
    asked = ask(loot, _filled(BOXED[name].code, loot))
    assert not BOXED[name].got_there(loot, observed(asked)), observed(asked)
    assert SECRET not in "".join(request.text for request in asked.requests)
    assert goes_on(asked), asked.result.reason


@pytest.mark.slow
@pytest.mark.parametrize("name", BOXED)
def test_without_the_box_it_succeeds(ask_unboxed: Ask, loot: Loot, name: str) -> None:
    asked = ask_unboxed(loot, _filled(BOXED[name].code, loot))
    assert BOXED[name].got_there(loot, observed(asked)), observed(asked)
    assert goes_on(asked), asked.result.reason


def test_the_session_says_what_the_code_ran_in(ask: Ask, ask_unboxed: Ask, loot: Loot) -> None:
    boxed, unboxed = (read_session(one(loot).result.session).info.versions["sandbox"] for one in (ask, ask_unboxed))
    assert re.match("bubblewrap|Landlock", boxed)
    assert unboxed == "none (--unsafe-no-sandbox)"


@pytest.mark.slow
def test_that_there_is_no_box_is_said_at_every_start(loot: Loot, tmp_path: Path) -> None:
    with ScriptedModel([action("final_answer(1)")] * 2) as model:
        flags = ["--model", "openai/x", "--api-base", model.api_base, "--api-key", "none", "--quiet"]
        for more in ([], ["--unsafe-no-sandbox"]):
            command = [sys.executable, "-m", "webagent", "run", "Answer.", *flags, *more]
            told = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
            done = subprocess.run(command, capture_output=True, text=True, env=told, timeout=100, check=True)
            assert done.stdout == "1\n"
            assert ("the model's code runs without a box" in done.stderr) == bool(more)
            assert bool(done.stderr) == bool(more)


@pytest.mark.parametrize("file", ["webagent.toml", ".env", "webagent/webagent.toml"])
def test_no_file_can_take_the_box_away(tmp_path: Path, file: str) -> None:
    (tmp_path / "webagent").mkdir()
    line = "WEBAGENT_UNSAFE_NO_SANDBOX=true" if file == ".env" else "unsafe_no_sandbox = true"
    (tmp_path / file).write_text(line)
    told = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "webagent", "run", "Answer.", "--model", "openai/x"]
    done = subprocess.run(command, capture_output=True, text=True, env=told, cwd=tmp_path, timeout=100)
    assert done.returncode == 2
    assert "may not be set in" in done.stderr
    assert done.stderr.count("\n") == 1


REFUSED = {
    "a key by a format": (
        "import random\nprint('{{0.__init__.__globals__[_os].environ}}'.format(random.Random))",
        "environ({'HOME'",  # the environment is had, and there is nothing in it
    ),
    "the driver's process": ("type(get_driver().service.process)(['sh', '-c', 'touch {made}'])", "service"),
    "another browser": ("start_chrome()", "start_chrome() is not available"),
    "the end of the browser": ("kill_browser()", "kill_browser() is not available"),
    "the end of the session": ("get_driver().quit()", "belongs to the run"),
    "the last tab": ("get_driver().close()", "last tab"),
    "a file as a page": ("go_to('file://{file}')", "http"),
    "a file as a page, past helium": ("get_driver().get('file://{file}')", "http"),
    "a file's source": ("get_driver().get('view-source:file://{file}')", "http"),
    "a page of the browser's": ("get_driver().get('chrome://settings')", "http"),
    "the metadata of a cloud": (
        "go_to('http://169.254.169.254/latest/meta-data/')",
        "is an address where cloud machines hand out their keys",
    ),
    "a private network": ("go_to('http://10.0.0.1/')", "is in a private network"),
    "loopback": ("go_to('http://127.0.0.1:{port}/')", "is on this machine"),
    "loopback as a number": ("go_to('http://2130706433:{port}/')", "is on this machine"),
    "loopback in octal": ("go_to('http://0177.0.0.1:{port}/')", "is on this machine"),
    "loopback by its name": ("go_to('http://localhost:{port}/')", "is on this machine"),
    "loopback with backslashes": ("get_driver().get('http:\\\\\\\\127.0.0.1:{port}/')", "is on this machine"),
    "a name in front of an address": ("go_to('http://example.com@127.0.0.1:{port}/')", "before an @ is not opened"),
    "a file for a page": ("attach_file('{file}', to='Picture')", "--upload-dir"),
    "a file for a page, as keys": ("S('#file').web_element.send_keys('{file}')", "--upload-dir"),
    "a file dropped": ("drag_file('{file}', to=S('#name'))", "not available"),
    "the folder for downloads": (
        "get_driver().execute('executeCdpCommand', {{'cmd': 'Browser.setDownloadBehavior', 'params': "
        "{{'behavior': 'allow', 'downloadPath': '{made}'}}}})",
        "DevTools commands are not available",
    ),
    "all cookies": ("print(get_driver().get_cookies())", "Cookies cannot be read"),
    "all cookies, by CDP": (
        "print(get_driver().execute('executeCdpCommand', {{'cmd': 'Network.getAllCookies', 'params': {{}}}}))",
        "DevTools commands are not available",
    ),
    "a cookie by properties": (
        "d = S('html').web_element.get_property('ownerDocument')\nprint(d.get_property('cookie'))",
        "--allow-scripts",
    ),
    "a cookie by properties, one up": (
        "d = S('html').web_element.get_property('parentNode')\nprint(d.get_property('cookie'))",
        "--allow-scripts",
    ),
    "storage by a script of selenium's": (
        "w = {{'window-fcc6-11e5-b4f8-330a88ab9d7f': get_driver().current_window_handle}}\n"
        "print(get_driver().execute_script('return arguments[0][arguments[1]]', w, 'localStorage'))",
        "--allow-scripts",
    ),
    "storage by another of them": (
        "w = {{'window-fcc6-11e5-b4f8-330a88ab9d7f': get_driver().current_window_handle}}\n"
        "print(get_driver().execute_script('window.scrollBy(arguments[0], arguments[1]);', w, w))",
        "--allow-scripts",
    ),
    "a script": ("print(get_driver().execute_script('return document.cookie'))", "--allow-scripts"),
    "a script in the address": ("get_driver().get('javascript:fetch(1)')", "http"),
    "time without end": ("sum(range(10**12))", "stopped after 5 seconds"),
    "time without end, of the page": ("wait_until(lambda: False, timeout_secs=10**9)", "stopped after 5 seconds"),
}


@pytest.mark.parametrize("name", first(12, REFUSED))
def test_it_is_refused_in_words(ask: Ask, loot: Loot, name: str) -> None:
    code, words = REFUSED[name]
    asked = ask(loot, _filled(code, loot))
    said = observed(asked)
    assert words in said
    everything = "".join(request.text for request in asked.requests)
    assert SECRET not in everything
    assert COOKIE not in everything
    assert "inner secret" not in everything
    assert not loot.made.exists()
    assert not was_reached(loot)
    assert goes_on(asked), asked.result.reason


def test_thirty_megabytes_are_cut(ask: Ask, loot: Loot) -> None:
    asked = ask(loot, "'x' * 30_000_000", "print('y' * 30_000_000)")
    assert len(observed(asked)) < 25_000
    assert max(len(request.text) for request in asked.requests) < 60_000
    assert goes_on(asked)


def test_memory_without_end_is_refused(ask: Ask, loot: Loot) -> None:
    asked = ask(loot, "x = []\nwhile True:\n    x.append('x' * 10_000_000)")
    assert re.search("MemoryError|stopped after 5 seconds", observed(asked)), observed(asked)
    assert goes_on(asked)


@pytest.mark.slow
def test_the_drivers_own_port_cannot_be_reached(ask: Ask, loot: Loot) -> None:
    agent = ask(loot).agent
    ports = [urlsplit(agent.browser.driver.service.service_url).port, agent.browser.egress.port]
    ports.append(int(agent.browser.driver.capabilities["goog:chromeOptions"]["debuggerAddress"].rpartition(":")[2]))
    for port in ports:
        asked = ask(loot, f"go_to('http://127.0.0.1:{port}/json/version')")
        assert f"127.0.0.1:{port} is webagent's own" in observed(asked)
        assert goes_on(asked)


THROUGH_A_TOOL = {
    "a file": ("get", {"url": "file:///etc/passwd"}, "http"),
    "loopback": ("get", {"url": "http://127.0.0.1:1/"}, "is on this machine"),
    "metadata": ("get", {"url": "http://169.254.169.254/"}, "is an address where cloud machines hand out their keys"),
    "a script": ("w3cExecuteScript", {"script": "return document.cookie", "args": []}, "--allow-scripts"),
    "a private network": ("get", {"url": "http://10.0.0.1/"}, "is in a private network"),
    "the last tab": ("close", {}, "last tab"),
    "a property": ("getElementProperty", {"id": "f.A.d.1.e.1", "name": "ownerDocument"}, "does not lead out"),
    "cookies": ("getCookies", {}, "Cookies cannot be read"),
    "DevTools": ("executeCdpCommand", {"cmd": "Network.getAllCookies", "params": {}}, "DevTools commands are not"),
    "the session": ("quit", {}, "belongs to the run"),
    "the window": ("setWindowRect", {"x": 0, "y": 0, "width": 10, "height": 10}, "The window keeps its size"),
    "timeouts": ("setTimeouts", {"script": 10**9}, "timeouts belong to the run"),
}


@pytest.mark.parametrize("name", first(5, THROUGH_A_TOOL))
def test_a_tool_is_refused_the_same(ask: Ask, loot: Loot, name: str) -> None:
    command, params, words = THROUGH_A_TOOL[name]
    asked = ask(loot, f"print(through_a_tool({command!r}, {params!r}))")
    assert words in observed(asked)
    assert goes_on(asked)


def test_a_tool_is_refused_files_the_same(ask: Ask, loot: Loot) -> None:
    asked = ask(loot, f"print(give('{loot.file}'))")
    assert "--upload-dir" in observed(asked)
    assert SECRET not in "".join(request.text for request in asked.requests)
    assert goes_on(asked)


@pytest.mark.slow
def test_files_of_a_folder_that_the_user_named_may_be_given_to_pages(loot: Loot, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(SECRET)
    shared = loot.folder / "shared"
    shared.mkdir()
    (shared / "cv.txt").write_text("my cv")
    (shared / "link.txt").symlink_to(outside)
    codes = [
        f"attach_file('{shared / 'cv.txt'}', to='Picture')",
        f"attach_file('{shared / 'link.txt'}', to='Picture')",
        f"attach_file('{shared / '..' / 'secret.txt'}', to='Picture')",
        "final_answer(get_driver().title)",
    ]
    with ScriptedModel([action(code) for code in codes]) as model:
        settings = Settings(
            model="openai/x", api_base=model.api_base, api_key="none", session_dir=tmp_path, upload_dir=(shared,)
        )
        with WebAgent(settings=settings) as agent:
            result = agent.run("Send it.", url=loot.site.url + "/")
        assert result.answer == "took my cv"
        assert all("--upload-dir" in request.text.rpartition("</code>")[2] for request in model.requests[2:])
