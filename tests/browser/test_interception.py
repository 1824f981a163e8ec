"""A small world over http and https: recorded as it crosses the proxy, and answered without a network."""

import base64
import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import trustme
from cases import first
from pictures import png
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from servers import LOOPBACK, ScriptedModel, Site, action
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Request, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate

from webagent import WebAgent
from webagent.browser import Browser
from webagent.browser.exchange import Exchange
from webagent.browser.page import PageState
from webagent.errors import PageNotOpened
from webagent.session.archive import Archive
from webagent.session.har import HarRecorder, record_network
from webagent.session.har_reader import read_har
from webagent.session.matching import Matching
from webagent.session.recorder import NETWORK
from webagent.settings import Settings

SECRETS = ("s3cret-session", "s3cret-theme", "dXNlcjpzM2NyZXQ")  # the last is user:s3cret in base64


class Echo:
    """A WebSocket server that greets and says again what it hears, text and bytes.

    It speaks the protocol "echo", and compressed over TLS.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._talks: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in (self._thread, *self._talks):
            thread.join()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                talk = threading.Thread(target=self._serve, args=(connection,))  # a page that is left may keep its own
                self._talks.append(talk)
                talk.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with suppress(OSError), connection:
            wrapped = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with wrapped:
                self._talk(wrapped)

    def _talk(self, connection: socket.socket) -> None:
        ws = WSConnection(ConnectionType.SERVER)
        while data := connection.recv(4096):
            ws.receive_data(data)
            for event in ws.events():
                if isinstance(event, Request):
                    extensions = [PerMessageDeflate()] if self._tls else []
                    accepted = AcceptConnection(subprotocol="echo", extensions=list[Extension](extensions))
                    connection.sendall(ws.send(accepted) + ws.send(TextMessage(data="welcome")))
                elif isinstance(event, TextMessage):
                    connection.sendall(ws.send(TextMessage(data=f"you said {event.data}")))
                elif isinstance(event, BytesMessage):
                    connection.sendall(ws.send(BytesMessage(data=bytes(event.data)[::-1])))
                elif isinstance(event, CloseConnection):
                    connection.sendall(ws.send(event.response()))
                    return


HOME = """<!doctype html><title>Home</title><img src="/teal.png"><p id=said></p>
<form method=post action=/order enctype=multipart/form-data>
<input name=what value="Lampe für Ñandú"><button>Order</button></form>
<a href=/tab target=_blank>A tab</a> <a href=/old>Moved</a>
<script>
  document.cookie = 'theme=s3cret-theme';
  const said = document.getElementById('said');
  const say = (text) => { said.textContent += text + ' | '; };
  say(Math.random());
  (async () => {
    say((await (await fetch('/count')).text()) + (await (await fetch('/count')).text()));
    say(await (await fetch('/api', {method: 'POST', body: '{"n": 1}'})).text());
    say(await (await fetch('/api', {method: 'POST', body: new Uint8Array([0, 255, 128])})).text());
    say((await (await fetch('/big')).arrayBuffer()).byteLength);
    say(await (await fetch('/private', {headers: {Authorization: 'Basic ' + btoa('user:' + 's3' + 'cret')}})).text());
    say((await fetch('/nothing', {method: 'HEAD'})).status);
    say((await fetch('/empty')).status);
    try { await fetch('https://evil.test/x'); say('reached'); } catch { say('refused'); }
    try { await fetch('https://gone.test/x'); say('reached'); } catch { say('gone'); }
    const ws = new WebSocket('SOCKET', ['other', 'echo']); ws.binaryType = 'arraybuffer';
    ws.onmessage = (event) => {
      say(event.data instanceof ArrayBuffer ? [...new Uint8Array(event.data)].join() : event.data);
      if (event.data === 'welcome') { ws.send('hello'); ws.send(new Uint8Array([1, 2, 255])); }
      else if (event.data instanceof ArrayBuffer) {
        if (ws.protocol !== 'echo') say('another protocol');
        fetch('/never-ends'); document.title = 'All said';
      }
    };
  })();
</script>"""


def pages(socket_url: str, wait: threading.Event) -> dict[str, Any]:
    count = iter(range(1000))
    cookies = {"Set-Cookie": "session=s3cret-session; Path=/; HttpOnly"}

    def never_ends(_: str) -> Any:
        wait.wait(30)
        return ""

    return {
        "/": (200, cookies, HOME.replace("SOCKET", socket_url)),
        "/teal.png": (200, {"Content-Type": "image/png"}, png("teal", (16, 16))),
        "/order": (303, {"Location": "/done"}, ""),
        "/done": (200, {"Content-Encoding": "gzip"}, gzip.compress("<title>Done</title>Grüße".encode())),
        "/old": (301, {"Location": "/new"}, ""),
        "/new": "<title>New</title>Here now",
        "/tab": "<title>Tab</title>In a tab",
        "/count": lambda _: (200, {"Cache-Control": "no-store"}, f"{next(count)},"),
        "/api": lambda query: (200, {"Content-Type": "text/plain"}, "thanks"),
        "/big": (200, {"Content-Type": "application/octet-stream"}, b"\xff" * 300_000),
        "/private": "let in",
        "/empty": (204, {}, b""),
        "/latin": (200, {"Content-Type": "text/html; charset=latin-1"}, "<title>Latin</title>Grüße".encode("latin-1")),
        "/never-ends": never_ends,
        "/clock": "<title>Clock</title><script>document.write(new Date().toISOString())</script>",
    }


@dataclass
class Recorded:
    """A visit, and what it left."""

    url: str
    states: list[tuple[str, str, str, str | None]]
    har: Path
    seen: list[str]

    @property
    def entries(self) -> list[dict[str, Any]]:
        return list(json.loads(self.har.read_bytes())["log"]["entries"])

    def entry(self, ending: str, method: str = "GET") -> dict[str, Any]:
        return next(
            e for e in self.entries if e["request"]["url"].endswith(ending) and e["request"]["method"] == method
        )


def visit(browser: Browser, url: str) -> list[tuple[str, str, str, str | None]]:
    """Do what there is to do in the world; return what was seen on the way."""
    driver, seen = browser.driver, []

    def look() -> None:
        state: PageState = browser.look()
        seen.append((state.url, state.title, state.text, state.error))

    def follow(css: str) -> None:
        driver.find_element(By.CSS_SELECTOR, css).click()

    browser.egress.name_start_page(url)
    browser.open(url)
    WebDriverWait(driver, 20).until(lambda _: driver.title == "All said")
    look()
    follow("button")
    look()
    browser.open(url + "old")
    look()
    browser.open(url + "latin")
    look()
    browser.open(url + "clock")
    browser.open(url)
    WebDriverWait(driver, 20).until(lambda _: driver.title == "All said")
    follow("a[target]")
    driver.switch_to.window(driver.window_handles[-1])
    look()
    with suppress(Exception):
        browser.open("https://gone.test/")
    look()
    return seen


@pytest.fixture(scope="module", params=first(1, ["https", "http"]))
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp(request.param)
    authority, tls = trustme.CA(), None
    authority.cert_pem.write_to_path(folder / "authority.pem")
    if request.param == "https":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("shop.test", "socket.test").configure_cert(tls)
    wait = threading.Event()
    settings = Settings(record_network=True, allow_host=("shop.test:*", "socket.test:*"), block_domain=("evil.test",))
    with pytest.MonkeyPatch.context() as patched, Site({}, tls=tls) as site, Echo(tls) as echo:
        patched.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
        scheme = request.param
        site.pages |= pages(f"{scheme.replace('http', 'ws')}://socket.test:{echo.port}/talk", wait)
        routes = {"shop.test": f"127.0.0.1:{site.port}", "socket.test": f"127.0.0.1:{echo.port}"}
        with Browser(settings, routes=routes, resolve=nobody) as browser:
            end = record_network(browser, folder / NETWORK, 10)
            url = f"{scheme}://shop.test:{site.port}/"
            states = visit(browser, url)
            end()
        wait.set()
        seen = site.seen[:]
    yield Recorded(url, states, folder / NETWORK, seen)


def nobody(host: str) -> list[str]:
    raise OSError(f"{host} is not known")


def replay(recorded: Recorded, matching: Matching | None = None, **how: Any) -> tuple[list[Any], Archive]:
    archive = Archive.read(recorded.har, matching, **how)
    settings = Settings(allow_host=("shop.test:*", "socket.test:*"), block_domain=("evil.test",))
    with Browser(settings, resolve=nobody, archive=archive) as browser:
        return visit(browser, recorded.url), archive


@pytest.mark.slow
def test_the_visit_replays_equal_and_without_a_network(recorded: Recorded) -> None:
    home = recorded.states[0][2]
    assert "0,1," in home and "thanks | thanks | 300000 | let in | 501 | 204 | refused | gone" in home
    assert "welcome | you said hello | 255,2,1" in home
    assert recorded.states[-1][3] is not None
    states, archive = replay(recorded)
    assert states == recorded.states
    assert archive.misses == []


def test_nothing_secret_is_kept_and_equal_values_stay_equal(recorded: Recorded) -> None:
    text = recorded.har.read_text()
    headers = [header for entry in recorded.entries for header in entry["request"]["headers"]]
    for secret in SECRETS[::2]:
        assert secret not in text
    assert not any(secret in header["value"] for header in headers for secret in SECRETS)
    set_to = recorded.entry("/")["response"]["cookies"]
    sent = recorded.entry("/teal.png")["request"]["cookies"]
    assert set_to == [{"name": "session", "value": set_to[0]["value"], "path": "/", "httpOnly": True, "secure": False}]
    assert {"name": "session", "value": set_to[0]["value"]} in sent
    authorization = next(header["value"] for header in headers if header["name"] == "authorization")
    assert authorization.startswith("Basic webagent-")


def test_bodies_are_kept_byte_by_byte(recorded: Recorded) -> None:
    har = read_har(recorded.har)
    assert (har.cut, har.about["seed"] > 0, bool(har.about["timezone"])) == (False, True, True)
    shown = recorded.entry("/teal.png")["response"]["content"]
    assert shown["encoding"] == "base64"
    assert base64.b64decode(shown["text"]) == png("teal", (16, 16))
    done = recorded.entry("/done")["response"]
    assert done["content"]["text"] == "<title>Done</title>Grüße"
    assert (done["content"]["size"], done["bodySize"] > 0) == (len("<title>Done</title>Grüße".encode()), True)
    order = recorded.entry("/order", "POST")
    assert "Lampe für Ñandú" in order["request"]["postData"]["text"]
    assert (order["response"]["status"], order["response"]["redirectURL"]) == (303, "/done")
    binary = [e["request"]["postData"] for e in recorded.entries if e["request"]["url"].endswith("/api")][1]
    assert (binary["encoding"], binary["text"]) == ("base64", "AP+A")


def test_what_went_wrong_is_kept_as_well(recorded: Recorded) -> None:
    failures = {
        (e["request"]["method"], e["request"]["url"]): e["_failure"]["kind"]
        for e in recorded.entries
        if "_failure" in e
    }
    assert failures[("CONNECT", "https://evil.test")] == "refused"
    assert failures[("CONNECT", "https://gone.test")] == "unreachable"
    assert failures[("GET", recorded.url + "never-ends")] == "aborted"


def test_a_web_socket_is_kept_with_its_messages(recorded: Recorded) -> None:
    talk = recorded.entry("/talk")
    assert talk["request"]["url"].startswith("wss:" if recorded.url.startswith("https") else "ws:")
    assert talk["response"]["status"] == 101
    # What the two sides say at the same time may stand in either order; each side's own order is kept.
    messages = sorted(talk["_webSocketMessages"], key=lambda m: (m["type"] == "send", m["data"] != "welcome"))
    assert [(m["type"], m["opcode"], m["data"]) for m in messages] == [
        ("receive", 1, "welcome"),
        ("receive", 1, "you said hello"),
        ("receive", 2, "/wIB"),
        ("send", 1, "hello"),
        ("send", 2, "AQL/"),
    ]


@pytest.mark.parametrize("code", [1005, 1001, 4321])
def test_a_web_socket_is_closed_with_the_code_it_was_closed_with(tmp_path: Path, code: int) -> None:
    listens = """<title>Open</title><script>
        new WebSocket('ws://shop.test/talk').onclose = (event) => { document.title = `closed with ${event.code}`; };
    </script>"""
    recorder = HarRecorder(tmp_path / NETWORK, browser=("Chromium", "1"), about={})
    for url, status, body in (("http://shop.test/", 200, listens), ("ws://shop.test/talk", 101, "")):
        exchange = Exchange("GET", url, [], 1000)
        exchange.answered(status, b"", [(b"content-type", b"text/html")] if body else [])
        exchange.body.add(body.encode())
        exchange.closed = code if status == 101 else None
        recorder(exchange)
    recorder.close()
    archive = Archive.read(tmp_path / NETWORK)
    with Browser(Settings(allow_host=("shop.test:*",)), resolve=nobody, archive=archive) as browser:
        browser.open("http://shop.test/")
        WebDriverWait(browser.driver, 20).until(lambda driver: driver.title != "Open")
        assert browser.driver.title == f"closed with {code}"


def test_a_request_that_was_not_recorded_fails_and_names_the_closest(recorded: Recorded) -> None:
    archive = Archive.read(recorded.har)
    with Browser(Settings(allow_host=("shop.test:*",)), resolve=nobody, archive=archive) as browser:
        browser.egress.name_start_page(recorded.url)
        browser.open(recorded.url + "new")
        answers = browser.driver.execute_async_script(
            """const done = arguments[0];
            const ask = (...what) => fetch(...what).then((answer) => answer.status, () => 'failed');
            (async () => done([await ask('/tabs'), await ask('/api', {method: 'POST', body: '{"n": 2}'}),
                               await ask('https://elsewhere.test/')]))();"""
        )
        # A plain request is answered by the proxy with its error; within TLS it is the server's.
        assert [answer == "failed" or answer == 502 for answer in answers] == [True] * 3
    assert [str(miss) for miss in archive.misses] == [
        f"GET {recorded.url}tabs: not recorded; the closest is GET {recorded.url}tab",
        f"POST {recorded.url}api: recorded, but with another body",
    ] + [str(miss) for miss in archive.misses[2:]]
    assert archive.misses[2].url.startswith("https://elsewhere.test/")


@pytest.mark.slow
def test_the_clock_can_be_set_to_the_time_of_the_recording(recorded: Recorded) -> None:
    archive = Archive.read(recorded.har, freeze_time=True)
    with Browser(Settings(allow_host=("shop.test:*",)), resolve=nobody, archive=archive) as browser:
        browser.open(recorded.url + "clock")
        shown = datetime.fromisoformat(browser.look().text)
    started = datetime.fromisoformat(recorded.entry("/clock")["startedDateTime"])
    assert abs(shown - started) < timedelta(milliseconds=1)


def test_parameters_and_bodies_may_be_left_out_of_the_match(recorded: Recorded) -> None:
    matching = Matching(match_on=("method", "path", "query"), ignore_query=("t", "utm_*"))
    archive = Archive.read(recorded.har, matching)
    with Browser(Settings(), resolve=nobody, archive=archive) as browser:
        other = "https://other.test/"
        browser.egress.name_start_page(other)
        browser.open(other + "new?t=5&utm_source=x")
        assert browser.look().text == "Here now"
        with suppress(Exception):
            browser.open(other + "new?page=2")
        assert browser.look().error == "this request was not recorded"
    assert [miss.url for miss in archive.misses] == [other + "new?page=2"]


def test_while_recording_a_server_is_verified_as_ever(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("shop.test").configure_cert(tls)  # an authority that nobody knows
    settings = Settings(record_network=True, allow_host=("shop.test:*",))
    with Site({}, tls=tls) as site:
        with Browser(settings, routes={"shop.test": f"127.0.0.1:{site.port}"}) as browser:
            end = record_network(browser, tmp_path / NETWORK, 10)
            with pytest.raises(PageNotOpened, match="the certificate is not valid"):
                browser.open(f"https://shop.test:{site.port}/")
            end()
        assert site.seen == []
    assert "the certificate is not valid" in read_har(tmp_path / NETWORK).entries[0]["comment"]


class Fickle:
    """A TLS server that answers the first request of each connection and hangs up on the second; never on /silent."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls, self.connections = tls, 0

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with suppress(OSError), self._tls.wrap_socket(connection, server_side=True) as secure:
            asked = secure.recv(65536)
            self.connections += bool(asked)
            if not asked.startswith(b"GET /silent"):
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>Hello!")
                secure.recv(65536)


def test_a_server_that_hangs_up_is_recorded_as_the_browser_saw_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    authority.issue_cert("shop.test").configure_cert(tls)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))

    def visit(browser: Browser, port: int) -> str:
        for path in ("a", "b", "c"):
            browser.open(f"https://shop.test:{port}/{path}")
            assert browser.look().text == "Hello!"
        with pytest.raises(PageNotOpened) as caught:
            browser.open(f"https://shop.test:{port}/silent")
        return str(caught.value)

    settings = Settings(record_network=True, allow_host=("shop.test:*",))
    with Fickle(tls) as server:
        with Browser(settings, routes={"shop.test": f"127.0.0.1:{server.port}"}) as browser:
            end = record_network(browser, tmp_path / NETWORK, 10)
            said = visit(browser, server.port)
            end()
        assert server.connections >= 4
    recorded = read_har(tmp_path / NETWORK).recorded
    paths = [(one.url.rpartition("/")[2], one.failure) for one in recorded if "favicon" not in one.url]
    assert paths[:3] == [("a", None), ("b", None), ("c", None)]
    assert set(paths[3:]) == {("silent", "broken")}
    archive = Archive.read(tmp_path / NETWORK)
    with Browser(Settings(allow_host=("shop.test:*",)), resolve=nobody, archive=archive) as browser:
        assert visit(browser, server.port) == said
    assert archive.misses == []


def test_what_an_earlier_run_of_the_same_browser_has_loaded_is_recorded_again(
    tmp_path: Path, scripted: Callable[..., ScriptedModel], caplog: pytest.LogCaptureFixture
) -> None:
    kept = {"Content-Type": "text/javascript", "Cache-Control": "max-age=3600"}
    pages: dict[str, Any] = {"/": "<script src=/kept.js></script>", "/kept.js": (200, kept, "document.title = 'Ran'")}
    look = action("print(1)")
    model = scripted(look, action("final_answer(1)"), look, action("final_answer(2)"), action("final_answer(3)"))
    settings = Settings(
        model="openai/x", api_base=model.api_base, session_dir=tmp_path, allow_host=LOOPBACK, record_network=True
    )
    with Site(pages) as site, WebAgent(settings=settings) as agent:
        for _ in range(2):
            session = agent.run("Look.", url=site.url).session
            assert session is not None
            asked = [one.url for one in read_har(session / NETWORK).recorded]
            assert asked.count(site.url + "/kept.js") == 1
        agent.browser.driver.execute_script("setTimeout(alert)")
        assert agent.browser.look().dialog == ""
        assert "cache" not in caplog.text
        assert agent.run("Look.").answer == 3
    assert "cache could not be emptied" in caplog.text


def test_where_nothing_is_recorded_nothing_is_seen_into() -> None:
    with Browser(Settings(record=False, record_network=True)) as browser:
        assert browser.about()["seed"] is None
