"""The browser's only way to the network: a proxy in this process that judges where each connection really goes."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Self

import ada_url

from webagent.browser.exchange import Answers, Tap
from webagent.browser.interception import Interception
from webagent.browser.peer import NotAsked, Origin, Unreachable
from webagent.browser.proxy import Proxy
from webagent.browser.reach import Reach, Refused, parse_address
from webagent.browser.upstream import Upstreams
from webagent.text import one_line

Resolve = Callable[[str], Sequence[str]]
"""Returns the IP addresses of a host name; raises OSError where there are none."""

NOWHERE = "nowhere.invalid"
"""A host that is refused without a word: nobody asked for what goes there."""

_PORTS = {"http:": 80, "ws:": 80, "https:": 443, "wss:": 443}
_RESOLVE_SECONDS = 10.0
_REMEMBERED = 500  # hosts whose failures are kept, a page could make up ever new ones


class Egress:
    """A proxy on loopback, with the user's own proxy behind it where the environment names one.

    Args:
        reach: the judge of names and addresses.
        routes: hosts that are served by a server on this machine instead: name (or `*`, for all others) -> HOST:PORT.
            Such a connection is judged by its name alone. Tests and replays use it.
        resolve: asked once for each connection; default: the system's resolver.
        interception: with it, connections are seen into, to be recorded or answered without a network.

    Attributes:
        reach: as given.
        port: of the proxy on 127.0.0.1, once started.
    """

    port: int

    def __init__(
        self,
        reach: Reach,
        *,
        routes: Mapping[str, str] | None = None,
        resolve: Resolve | None = None,
        interception: Interception | None = None,
    ) -> None:
        self.reach = reach
        self._interception = interception
        self._routes = {host.lower(): _host_and_port(at) for host, at in (routes or {}).items()}
        self._resolve = resolve or _addresses
        self._upstreams = Upstreams()
        self._failures: dict[str, str] = {}
        self._refusals: list[str] = []
        self._told: set[str] = set()
        self._open = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> Self:
        """Start the proxy and return when it listens. It lives in a thread of its own until `close`."""
        if self._thread is None:
            listening = socket.create_server(("127.0.0.1", 0))
            self.port = listening.getsockname()[1]
            self._loop = asyncio.new_event_loop()
            proxy = Proxy(self._origin, self._note, self._interception)
            ready = threading.Event()
            self._open = False
            self._thread = threading.Thread(
                target=proxy.run, args=(self._loop, listening, ready.set), name="webagent egress", daemon=True
            )
            self._thread.start()
            ready.wait()
            if not self._thread.is_alive():
                raise OSError("the proxy did not start")
        return self

    def close(self) -> None:
        """End it and every connection through it. May be called at any time, and twice."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._thread = None

    def open(self) -> None:
        """Let connections pass: the browser's own start, of which nobody is told, is over."""
        self._open = True

    def name_start_page(self, url: str) -> None:
        """Allow the server of `url`, which the user gave as the page to start on; see `Reach.name_start_page`."""
        host, port = _server_of(url)
        if not host or self._route(host) is not None or self._answers is not None:
            addresses: Sequence[str] = ()
        else:
            try:
                addresses = self._resolve(host)
            except OSError:
                addresses = ()  # the connection will say so
        self.reach.name_start_page(host, port, addresses)

    def why(self, url: str) -> str | None:
        """Return why the last connection to the server of `url` failed; None where it did not, or there was none."""
        with self._lock:
            return self._failures.get(_key(*_server_of(url)))

    def new_refusals(self) -> list[str]:
        """Return what was refused since this was last asked, one sentence a server, each server once a run."""
        with self._lock:
            found, self._refusals = self._refusals, []
        return found

    def begin(self) -> None:
        """Begin a run: what was refused in an earlier one may be said again."""
        with self._lock:
            self._refusals = []
            self._told.clear()

    def record(self, tap: Tap, limit: int) -> None:
        """Tell `tap` of each exchange that is over, in the proxy's thread, until `end_record`.

        Args:
            tap: see `webagent.browser.exchange.Tap`.
            limit: bytes of a body that an exchange keeps.
        """
        seen = self._interception
        assert seen is not None
        self._in_proxy(lambda: seen.begin_record(tap, limit))

    def end_record(self) -> int:
        """Tell of what is still going on, and then of nothing more; return how many connections could not be read."""
        seen = self._interception
        if seen is None or seen.tap is None:
            return 0
        self._in_proxy(seen.end)
        return seen.unread

    def _in_proxy(self, act: Callable[[], None]) -> None:
        """Return when `act` was called in the proxy's thread, or that has ended."""
        thread, loop, done = self._thread, self._loop, threading.Event()
        if thread is None or loop is None:
            return

        def call() -> None:
            try:
                act()
            finally:
                done.set()

        with suppress(RuntimeError):  # the proxy has ended
            loop.call_soon_threadsafe(call)
            while not done.wait(0.1) and thread.is_alive():
                pass

    @property
    def _answers(self) -> Answers | None:
        return self._interception.answers if self._interception is not None else None

    async def _origin(self, host: str, port: int, *, tunnel: bool) -> Origin:
        """Return where a connection to `host` is to go.

        Raises:
            Refused: nowhere.
            Unreachable: there is no such host.
        """
        if not self._open or host == NOWHERE:
            raise NotAsked("the browser wanted it for itself")
        self.reach.judge_name(host, port)
        if self._answers is not None:
            if tunnel:
                self._answers.connect(host, port)
            return Origin([])
        if (route := self._route(host)) is not None:
            return Origin([route])
        upstream = self._upstreams.find(host, tunnel=tunnel)
        try:
            addresses = await _in_a_thread(self._resolve, host)
        except TimeoutError as error:
            raise Unreachable("its name could not be resolved in time") from error
        except OSError as error:
            if upstream is not None:  # which may know names that this machine does not
                return Origin([(upstream.host, upstream.port)], upstream)
            raise Unreachable("there is no host of that name") from error
        allowed, refusal = [], None
        for address in addresses:
            try:
                self.reach.judge_address(address, host, port)
                allowed.append((address, port))
            except Refused as error:
                refusal = error
        if refusal is not None and (upstream is not None or not allowed):
            raise refusal  # of several addresses, a proxy would take which it likes
        if not allowed:
            raise Unreachable("there is no host of that name")
        if parse_address(allowed[0][0]).is_loopback:  # a proxy elsewhere has another one
            upstream = None
        return Origin(allowed) if upstream is None else Origin([(upstream.host, upstream.port)], upstream)

    def _route(self, host: str) -> tuple[str, int] | None:
        return self._routes.get(host.lower().rstrip("."), self._routes.get("*"))

    def _note(self, host: str, port: int, failure: Refused | Unreachable | None) -> None:
        """Remember how a connection went."""
        key = _key(host, port)
        with self._lock:
            if failure is None:
                self._failures.pop(key, None)
                return
            if len(self._failures) >= _REMEMBERED:
                del self._failures[next(iter(self._failures))]
            self._failures[key] = str(failure)
            if isinstance(failure, Refused) and key not in self._told and len(self._told) < _REMEMBERED:
                self._told.add(key)
                self._refusals.append(one_line(failure, 300))


async def _in_a_thread(resolve: Resolve, host: str) -> Sequence[str]:
    """Return `resolve(host)`. Of a thread of its own that nobody joins: a resolver may take a minute to give up."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(found: Sequence[str] | None, error: OSError | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or ())

    def ask() -> None:
        try:
            result: tuple[Sequence[str] | None, OSError | None] = (resolve(host), None)
        except OSError as error:
            result = (None, error)
        except Exception as error:  # noqa: BLE001 - a name that cannot be one, or a resolver that fails in its own way
            result = (None, OSError(str(error)))
        with suppress(RuntimeError):  # the proxy has ended
            loop.call_soon_threadsafe(settle, *result)

    try:
        return [str(parse_address(host))]  # nothing to ask
    except ValueError:
        threading.Thread(target=ask, daemon=True).start()
        async with asyncio.timeout(_RESOLVE_SECONDS):
            return await answer


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _server_of(url: str) -> tuple[str, int]:
    """Return host and port of a url as a browser reads it; an empty host where it has none."""
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        return "", 0
    return parsed.hostname, int(parsed.port or _PORTS.get(parsed.protocol, 0))


@lru_cache(_REMEMBERED)
def _key(host: str, port: int) -> str:
    host = host.lower().strip("[]").rstrip(".")
    with suppress(ValueError):
        host = str(ipaddress.ip_address(host))
    return f"{host}|{port}"


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)
