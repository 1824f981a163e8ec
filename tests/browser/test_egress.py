"""The proxy by itself: what it lets through, what it refuses, and that it is an honest HTTP proxy."""

import gc
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Self
from urllib.parse import urlsplit

import pytest
from servers import Site

from webagent.browser.egress import NOWHERE, Egress
from webagent.browser.reach import Reach
from webagent.errors import ConfigurationError

Start = Callable[..., Egress]


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Egress] = []

    def begin(reach: Reach | None = None, **how: object) -> Egress:
        egress = Egress(reach or Reach(), **how)  # type: ignore[arg-type]
        started.append(egress.start())
        egress.open()
        return egress

    yield begin
    for egress in started:
        egress.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/": "<title>Home</title>", "/big": (200, {}, b"x" * 5_000_000)}) as site:
        yield site


class Wire:
    """A TCP server on loopback that hands each connection to a function, in a thread."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self.at = ""

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self._listening.getsockname()[1]}"
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
                with connection, suppress(OSError):
                    connection.settimeout(20)
                    self._serve(connection)


def read_head(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(4096)):
        data += more
    return data


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)

    return serve


def get(egress: Egress, url: str, method: str = "GET", **how: object) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", egress.port, timeout=20)) as client:
        client.request(method, url, **how)  # type: ignore[arg-type]
        answer = client.getresponse()
        return answer.status, answer.read()


def tunnel(egress: Egress, to: str) -> tuple[socket.socket, bytes]:
    connection = socket.create_connection(("127.0.0.1", egress.port), timeout=20)
    connection.sendall(f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode())
    return connection, read_head(connection)


def test_plain_requests_are_passed_on(start: Start, site: Site) -> None:
    egress = start(routes={"shop.example": f"127.0.0.1:{site.port}"})
    assert get(egress, "http://shop.example/") == (200, b"<title>Home</title>")
    assert get(egress, "http://SHOP.example./?q=1")[0] == 200
    assert get(egress, "http://shop.example/none")[0] == 404
    assert get(egress, "http://shop.example/big") == (200, b"x" * 5_000_000)
    assert site.seen == ["/", "/?q=1", "/none", "/big"]


def test_one_connection_serves_many_requests_to_several_hosts(start: Start, site: Site) -> None:
    with Site({"/": "other"}) as other:
        egress = start(routes={"a.example": f"127.0.0.1:{site.port}", "b.example": f"127.0.0.1:{other.port}"})
        with closing(http.client.HTTPConnection("127.0.0.1", egress.port, timeout=20)) as client:
            for host, body in [("a", b"<title>Home</title>"), ("b", b"other")] * 3:
                client.request("GET", f"http://{host}.example/")
                assert client.getresponse().read() == body


def test_each_request_of_a_kept_connection_is_judged(start: Start, site: Site) -> None:
    egress = start(routes={"a.example": f"127.0.0.1:{site.port}"})
    with closing(http.client.HTTPConnection("127.0.0.1", egress.port, timeout=20)) as client:
        client.request("GET", "http://a.example/")
        client.getresponse().read()
        client.request("GET", f"{site.url}/", headers={"Host": "a.example"})
        assert client.getresponse().status == 403
    assert site.seen == ["/"]


def test_bodies_are_passed_on_whole(start: Start) -> None:
    got: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        data = read_head(connection)
        while not data.endswith(b"END") and b"0\r\n\r\n" not in data:
            data += connection.recv(4096)
        got.append(data)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with Wire(serve) as server:
        egress = start(routes={"a.example": server.at})
        body = b"x" * 300_000 + b"END"
        assert get(egress, "http://a.example/p", "POST", body=body) == (200, b"ok")
        assert get(egress, "http://a.example/p", "POST", body=iter([b"one", b"two"]), encode_chunked=True) == (
            200,
            b"ok",
        )
    assert got[0].startswith(b"POST /p HTTP/1.1\r\n")
    assert got[0].endswith(body)
    assert b"one" in got[1]
    assert got[1].endswith(b"0\r\n\r\n")


def test_headers_of_the_connection_stay_behind_and_the_host_is_the_one_judged(start: Start) -> None:
    heads: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: X-Secret\r\nX-Secret: 1\r\nX-Kept: 2\r\n\r\n")

    with Wire(serve) as server:
        egress = start(routes={"a.example": server.at})
        with closing(http.client.HTTPConnection("127.0.0.1", egress.port, timeout=20)) as client:
            sent = {
                "Host": "evil.example",
                "Proxy-Connection": "keep-alive",
                "Connection": "X-Hop",
                "X-Hop": "1",
                "A": "b",
            }
            client.request("GET", "http://a.example/", headers=sent)
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (204, b"")
            assert answer.headers["X-Kept"] == "2"
            assert answer.headers["X-Secret"] is None
    head = heads[0].lower()
    assert b"\r\nhost: a.example\r\n" in head
    assert b"\r\na: b\r\n" in head
    assert not any(name in head for name in (b"evil", b"proxy-connection", b"x-hop"))


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, b"abc"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
        (b"nonsense, and no HTTP\r\n\r\n", 502, b""),
        (b"", 502, b""),
    ],
)
def test_all_kinds_of_answers(start: Start, answer: bytes, status: int, body: bytes) -> None:
    with Wire(saying(answer)) as server:
        assert get(start(routes={"a.example": server.at}), "http://a.example/") == (status, body)


def test_an_answer_to_head_has_a_length_and_no_body(start: Start) -> None:
    with Wire(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) as server:
        assert get(start(routes={"a.example": server.at}), "http://a.example/", "HEAD") == (200, b"")


@pytest.mark.parametrize("path", ["/p?", "/a^b{e}'", "/a/../b?x='#f", "?q", "", "//x//y"])
def test_an_address_is_sent_as_the_browser_wrote_it(start: Start, path: str) -> None:
    heads: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with Wire(serve) as server:
        egress = start(routes={"a.example": server.at})
        with socket.create_connection(("127.0.0.1", egress.port), timeout=20) as connection:
            connection.sendall(f"GET http://a.example{path} HTTP/1.1\r\nHost: a.example\r\n\r\n".encode())
            status = read_head(connection).split()[1]
    if "#" in path:
        assert (status, heads) == (b"400", [])
    else:
        assert status == b"204"
        sent = path if path.startswith("/") else f"/{path}"
        assert heads[0].startswith(f"GET {sent} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_kept_connection_that_was_dropped_is_made_anew_where_that_is_safe(start: Start, method: str) -> None:
    served: list[int] = []

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        served.append(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        read_head(connection)  # the next request gets no answer: the connection is closed as it comes

    with Wire(serve) as server:
        egress = start(routes={"a.example": server.at})
        with closing(http.client.HTTPConnection("127.0.0.1", egress.port, timeout=20)) as client:
            client.request("GET", "http://a.example/")
            assert client.getresponse().read() == b"ok"
            client.request(method, "http://a.example/", body=None if method == "GET" else b"x")
            if method == "GET":
                answer = client.getresponse()
                assert (answer.status, answer.read()) == (200, b"ok")
            else:  # a browser sends such a request again where its connection was closed without an answer
                with pytest.raises(http.client.RemoteDisconnected):
                    client.getresponse()
    assert len(served) == (2 if method == "GET" else 1)


@pytest.mark.parametrize("kind", ["request", "upload", "tunnel"])
def test_what_the_browser_gives_up_is_given_up(start: Start, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    said = {
        "request": b"GET http://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "upload": b"POST http://a.example/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
        "tunnel": b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\nhello",
    }[kind]
    ended = threading.Semaphore(0)
    came = threading.Semaphore(0)

    def silent(connection: socket.socket) -> None:
        connection.recv(1)
        came.release()
        while connection.recv(4096):
            pass
        ended.release()

    with Wire(silent) as server:
        egress = start(routes={"a.example": server.at})
        for _ in range(30):
            with socket.create_connection(("127.0.0.1", egress.port), timeout=20) as connection:
                connection.sendall(said)
                assert came.acquire(timeout=20)
            assert ended.acquire(timeout=20)
    gc.collect()
    assert not caplog.records


def test_an_answer_that_breaks_off_breaks_off(start: Start) -> None:
    with Wire(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")) as server:
        egress = start(routes={"a.example": server.at})
        with pytest.raises(http.client.IncompleteRead):
            get(egress, "http://a.example/")


def test_a_tunnel_passes_bytes_both_ways_and_ends_each_way_by_itself(start: Start) -> None:
    def serve(connection: socket.socket) -> None:
        got = b""
        while more := connection.recv(65536):
            got += more
        connection.sendall(got[::-1])

    with Wire(serve) as server:
        connection, head = tunnel(start(routes={"a.example": server.at}), "a.example:443")
        with connection:
            assert head.startswith(b"HTTP/1.1 200 ")
            sent = bytes(range(256)) * 2000
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            got = b""
            while more := connection.recv(65536):
                got += more
    assert got == sent[::-1]


def test_bytes_that_come_with_the_request_for_a_tunnel_are_not_lost(start: Start) -> None:
    with Wire(lambda connection: connection.sendall(connection.recv(5).upper())) as server:
        egress = start(routes={"a.example": server.at})
        with socket.create_connection(("127.0.0.1", egress.port), timeout=20) as connection:
            connection.sendall(b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\nhello")
            said = b""
            while more := connection.recv(4096):
                said += more
            assert said.startswith(b"HTTP/1.1 200 ")
            assert said.endswith(b"\r\n\r\nHELLO")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            "http://127.0.0.1:9/",
            "127.0.0.1:9 is on this machine, and the user has not named it (--allow-host 127.0.0.1:9)",
        ),
        ("http://localhost/", "localhost:80 is on this machine"),
        ("http://2130706433/", "127.0.0.1:80 is on this machine"),
        ("http://0x7f.1/", "127.0.0.1:80 is on this machine"),
        ("http://[::1]/", "[::1]:80 is on this machine"),
        ("http://[::ffff:7f00:1]/", "127.0.0.1:80 is on this machine"),
        ("http://0.0.0.0/", "0.0.0.0:80 is on this machine"),
        ("http://10.0.0.1/", "10.0.0.1:80 is in a private network"),
        ("http://192.168.1.1:8080/", "192.168.1.1:8080 is in a private network"),
        ("http://100.64.0.1/", "100.64.0.1:80 is in a private network"),
        ("http://[fd00::1]/", "[fd00::1]:80 is in a private network"),
        ("http://169.254.169.254/", "169.254.169.254:80 is an address where cloud machines hand out their keys"),
        ("http://[fe80::1]/", "[fe80::1]:80 is an address where cloud machines hand out their keys"),
        ("http://[64:ff9b::a9fe:a9fe]/", "is an address where cloud machines hand out their keys"),
        ("http://[2002:7f00:1::]/", "is on this machine"),
        ("http://224.0.0.1/", "224.0.0.1:80 is a multicast address"),
        ("http://[ff02::1]/", "[ff02::1]:80 is a multicast address"),
    ],
)
def test_what_is_not_of_the_web_is_refused_and_the_reason_kept(start: Start, url: str, why: str) -> None:
    egress = start()
    assert get(egress, url) == (403, b"")
    assert why in (egress.why(url) or "")
    assert len(egress.new_refusals()) == 1
    assert egress.new_refusals() == []
    server = urlsplit(url)
    to = server.netloc if server.port else f"{server.netloc}:443"
    connection, head = tunnel(egress, to)
    connection.close()
    assert head.split()[1] == b"403"


def test_a_refusal_is_told_once_a_run(start: Start) -> None:
    egress = start()
    for _ in range(3):
        get(egress, "http://10.0.0.1/a")
    assert len(egress.new_refusals()) == 1
    get(egress, "http://10.0.0.1/a")
    assert egress.new_refusals() == []
    egress.begin()
    get(egress, "http://10.0.0.1/a")
    assert len(egress.new_refusals()) == 1


def test_what_the_browser_wants_for_itself_is_refused_without_a_word(site: Site) -> None:
    egress = Egress(Reach(), routes={"*": f"127.0.0.1:{site.port}"}).start()
    try:
        assert get(egress, "http://start.example/") == (502, b"")
        egress.open()
        assert get(egress, "http://start.example/")[0] == 200
        assert get(egress, f"http://{NOWHERE}/") == (502, b"")
        assert egress.new_refusals() == []
    finally:
        egress.close()
    assert site.seen == ["/"]


def test_domains(start: Start, site: Site) -> None:
    here = f"127.0.0.1:{site.port}"
    egress = start(Reach(allow_domain=["example.org"], block_domain=["ads.example.org"]), routes={"*": here})
    for host in ("example.org", "www.example.org", "EXAMPLE.ORG."):
        assert get(egress, f"http://{host}/")[0] == 200, host
    for host in ("ads.example.org", "x.ads.example.org", "example.com", "notexample.org", "example.org.evil.com"):
        assert get(egress, f"http://{host}/")[0] == 403, host
    assert egress.why("http://x.ads.example.org") == "x.ads.example.org is among the blocked domains"
    assert egress.why("https://example.com:80/") == "example.com is not among the allowed domains"


def test_a_name_is_resolved_once_and_connected_to_where_it_was_judged(start: Start, site: Site) -> None:
    reach = Reach()
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return answers[(len(asked) - 1) % 2]

    egress = start(reach, resolve=resolve)
    reach.name_start_page("rebind.example", site.port, ["127.0.0.1"])
    url = f"http://rebind.example:{site.port}/"
    assert [get(egress, url)[0] for _ in range(4)] == [200, 403, 200, 403]
    assert asked == ["rebind.example"] * 4


def test_of_several_addresses_the_private_ones_are_left_out(start: Start, site: Site) -> None:
    reach = Reach()
    egress = start(reach, resolve=lambda host: ["10.0.0.1", "::1", "169.254.169.254"])
    assert get(egress, f"http://mixed.example:{site.port}/") == (403, b"")
    reach.name_start_page("mixed.example", site.port, ["127.0.0.1"])
    assert get(egress, f"http://mixed.example:{site.port}/") == (403, b"")  # it was named for another address


def test_a_start_page_may_stand_in_a_private_network_and_may_not_move_there(start: Start, site: Site) -> None:
    now = ["203.0.113.1"]
    egress = start(resolve=lambda host: now)
    egress.name_start_page(f"http://public.example:{site.port}/")
    now[:] = ["127.0.0.1"]
    assert get(egress, f"http://public.example:{site.port}/") == (403, b"")
    egress.name_start_page(f"http://intra.example:{site.port}/")
    assert get(egress, f"http://intra.example:{site.port}/")[0] == 200
    assert get(egress, f"http://intra.example:{site.port + 1}/") == (403, b"")
    egress.name_start_page(site.url)
    assert get(egress, f"{site.url}/")[0] == 200


def test_hosts_that_the_user_named(start: Start, site: Site) -> None:
    egress = start(Reach(allow_host=[f"127.0.0.1:{site.port}"]))
    assert get(egress, f"{site.url}/")[0] == 200
    assert get(egress, f"http://localhost:{site.port}/")[0] == 200
    assert get(egress, f"http://127.0.0.1:{site.port + 1}/") == (403, b"")
    anywhere = start(Reach(allow_host=["127.0.0.1:*"]), resolve=lambda host: ["127.0.0.1"])
    assert get(anywhere, f"{site.url}/")[0] == 200
    assert get(anywhere, f"http://evil.example:{site.port}/") == (403, b"")


def test_what_cannot_be_had_is_told_in_words(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    def unknown(host: str) -> list[str]:
        raise socket.gaierror("unknown")

    egress = start(Reach(allow_host=[f"127.0.0.1:{port}"]), resolve=unknown)
    assert get(egress, f"http://127.0.0.1:{port}/") == (502, b"")
    assert egress.why(f"http://127.0.0.1:{port}/") == "nothing answers there (connection refused)"
    assert get(egress, "http://no.such.example/") == (502, b"")
    assert egress.why("http://no.such.example/x") == "there is no host of that name"
    assert egress.new_refusals() == []  # nobody refused anything


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET ftp://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET https://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a.example HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a.example:99999 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a b:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[x/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01 TLS, say\r\n\r\n",
        b"GET http://a.example/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ],
)
def test_what_is_no_request_to_a_proxy_goes_nowhere(start: Start, site: Site, said: bytes) -> None:
    egress = start(routes={"*": f"127.0.0.1:{site.port}"})
    with socket.create_connection(("127.0.0.1", egress.port), timeout=20) as connection:
        connection.sendall(said)
        assert connection.recv(4096).partition(b"\r\n")[0] in (b"", b"HTTP/1.1 400 ")
    assert site.seen == []
    assert get(egress, "http://a.example/")[0] == 200  # it goes on serving


def test_it_ends_with_connections_open_and_leaves_no_thread(site: Site) -> None:
    others = {thread for thread in threading.enumerate() if thread.name == "webagent egress"}
    egress = Egress(Reach(), routes={"*": f"127.0.0.1:{site.port}"}).start()
    egress.open()
    connection, head = tunnel(egress, "a.example:443")
    idle = socket.create_connection(("127.0.0.1", egress.port), timeout=20)
    with connection, idle:
        assert b"200" in head
        egress.close()
        egress.close()
        assert connection.recv(1) == b""
    assert {thread for thread in threading.enumerate() if thread.name == "webagent egress"} <= others
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", egress.port), timeout=20)


def test_it_ends_quietly_in_the_midst_of_new_connections(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(30):
        egress = Egress(Reach(), routes={"*": f"127.0.0.1:{site.port}"}).start()
        new = [socket.create_connection(("127.0.0.1", egress.port), timeout=20) for _ in range(5)]
        egress.close()
        for one in new:
            one.close()
    gc.collect()
    assert not caplog.records


def test_a_slow_resolver_holds_up_neither_others_nor_the_end(start: Start, site: Site) -> None:
    release = threading.Event()

    def slow(host: str) -> list[str]:
        release.wait(60)
        return []

    egress = start(resolve=slow, routes={"quick.example": f"127.0.0.1:{site.port}"})
    waiting = socket.create_connection(("127.0.0.1", egress.port), timeout=20)
    with waiting:
        waiting.sendall(b"GET http://slow.example/ HTTP/1.1\r\nHost: slow.example\r\n\r\n")
        assert get(egress, "http://quick.example/")[0] == 200
        egress.close()
    release.set()


class TestTheUsersOwnProxy:
    """HTTP_PROXY and the like: what was judged goes on to it."""

    @pytest.fixture
    def heads(self) -> list[bytes]:
        return []

    @pytest.fixture
    def upstream(self, heads: list[bytes]) -> Iterator[Wire]:
        def serve(connection: socket.socket) -> None:
            heads.append(read_head(connection))
            if b"deny.example" in heads[-1]:
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            elif heads[-1].startswith(b"CONNECT"):
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                connection.sendall(connection.recv(5).upper())
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nup")

        with Wire(serve) as upstream:
            yield upstream

    @pytest.mark.parametrize("address", ["http://{}", "{}", "http://me:p%40ss@{}/"])
    def test_requests_and_tunnels_go_through_it(
        self, start: Start, upstream: Wire, heads: list[bytes], monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", address.format(upstream.at))
        monkeypatch.setenv("https_proxy", address.format(upstream.at))
        egress = start(resolve=lambda host: ["93.184.216.34"])
        assert get(egress, "http://a.example/x?y") == (200, b"up")
        connection, head = tunnel(egress, "b.example:443")
        with connection:
            assert b"200" in head
            connection.sendall(b"hello")
            assert connection.recv(5) == b"HELLO"
        assert heads[0].startswith(b"GET http://a.example/x?y HTTP/1.1\r\n")
        assert heads[1].startswith(b"CONNECT b.example:443 HTTP/1.1\r\n")
        for head in heads:
            assert (b"authorization: basic bwu6cebzcw==" in head.lower()) == ("@" in address)

    def test_it_is_asked_for_names_that_only_it_knows_and_not_for_what_is_refused(
        self, start: Start, upstream: Wire, heads: list[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://{upstream.at}")

        def resolve(host: str) -> list[str]:
            if host == "inner.example":
                return ["10.0.0.1"]
            if host == "mixed.example":
                return ["93.184.216.34", "10.0.0.1"]
            raise socket.gaierror("unknown")

        egress = start(Reach(block_domain=["bad.example"]), resolve=resolve)
        assert get(egress, "http://only-the-proxy-knows.example/") == (200, b"up")
        for url in ("http://inner.example/", "http://mixed.example/", "http://bad.example/", "http://169.254.169.254/"):
            assert get(egress, url) == (403, b""), url
        assert len(heads) == 1

    def test_what_it_refuses_is_told(self, start: Start, upstream: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{upstream.at}")
        egress = start(resolve=lambda host: ["93.184.216.34"])
        connection, head = tunnel(egress, "deny.example:443")
        connection.close()
        assert b" 502 " in head
        said = "the proxy that HTTP_PROXY or HTTPS_PROXY names refused the connection (407)"
        assert egress.why("https://deny.example/") == said

    def test_no_proxy_is_heeded(
        self, start: Start, upstream: Wire, heads: list[bytes], site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://{upstream.at}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,.direct.example")
        egress = start(Reach(allow_host=[f"127.0.0.1:{site.port}"]))
        assert get(egress, f"{site.url}/")[1] == b"<title>Home</title>"
        assert heads == []

    @pytest.mark.parametrize("address", ["socks5://127.0.0.1:1080", "http://", "http://a:port", "http://u:secret@:1"])
    def test_one_that_cannot_be_used_is_said_without_its_password(
        self, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(ConfigurationError, match="HTTPS_PROXY names a proxy that cannot be used") as caught:
            Egress(Reach())
        assert "secret" not in str(caught.value)
