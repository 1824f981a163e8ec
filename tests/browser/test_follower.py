"""What crosses a tunnel becomes exchanges, whatever pieces it comes in and however it ends."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.extensions import PerMessageDeflate

from webagent.browser.certificate import Certificate
from webagent.browser.exchange import Exchange
from webagent.browser.follower import Follower
from webagent.browser.interception import Interception
from webagent.browser.targets import Tunnel

Piece = tuple[str, bytes]
"""Who says it, "browser" or "server", and what; nothing: it has ended."""

CERTIFICATE = Certificate()
GET = b"GET /a?b=1 HTTP/1.1\r\nHost: shop.test\r\nCookie: c=1\r\n\r\n"
HEAD = b"HEAD /a HTTP/1.1\r\nHost: shop.test\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 5\r\n\r\n12345"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = b"HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"
OF_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"
EARLY = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
UPGRADE = (
    b"GET /talk HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"


def follow(pieces: Sequence[Piece], *, limit: int = 1000, secure: bool = True, records: bool = True) -> list[Exchange]:
    """Return what is told of a connection, in order; what is left open when all is said is told at the end."""
    told: list[Exchange] = []

    async def run() -> None:
        seen = Interception(CERTIFICATE)
        seen.tap, seen.limit = told.append if records else None, limit
        follower = Follower(Tunnel("shop.test", 443 if secure else 80, secure), seen)
        for who, data in pieces:
            follower.hear(data, sent=who == "browser")
        seen.end()

    asyncio.run(run())
    return told


def both(request: bytes, answer: bytes) -> list[Piece]:
    return [("browser", request), ("server", answer)]


@pytest.mark.parametrize(
    ("request_", "answer", "status", "body"),
    [
        (GET, LENGTH, 200, b"hello"),
        (GET, CHUNKS, 201, b"hello"),
        (GET, UNTIL_CLOSED, 200, b"hello"),
        (HEAD, OF_HEAD, 200, b""),
        (GET, NO_CONTENT, 204, b""),
        (GET, NOT_MODIFIED, 304, b""),
        (POST, EARLY + LENGTH, 200, b"hello"),
        (UPGRADE, LENGTH, 200, b"hello"),
    ],
)
def test_every_kind_of_answer_is_read_to_its_end(request_: bytes, answer: bytes, status: int, body: bytes) -> None:
    end = [("server", b"")] if answer is UNTIL_CLOSED else []
    first, *others = follow([*both(request_, answer), *end, *([] if end else both(GET, LENGTH))])
    assert (first.status, first.body.data, first.failure) == (status, body, None)
    assert [(one.url, one.body.data) for one in others] == [("https://shop.test/a?b=1", b"hello")] * (not end)
    assert first.sent_body.data == (b"12345" if request_ is POST else b"")


def test_an_exchange_says_what_was_asked() -> None:
    (one,) = follow(both(GET, LENGTH))
    assert (one.method, one.url, one.headers[1]) == ("GET", "https://shop.test/a?b=1", (b"cookie", b"c=1"))
    assert (one.reason, one.answer_headers) == ("OK", [(b"content-length", b"5")])
    assert 0 <= one.waited_seconds <= one.seconds
    (plain,) = follow(both(GET, LENGTH), secure=False)
    assert plain.url == "http://shop.test/a?b=1"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_in_whatever_pieces_it_comes(data: st.DataObject) -> None:
    whole = both(GET, CHUNKS) + both(POST, EARLY + LENGTH) + both(HEAD, OF_HEAD) + both(GET, LENGTH)
    pieces: list[Piece] = []
    for who, text in whole:
        cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
        pieces += [(who, text[a:b]) for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    found = [(one.method, one.status, one.sent_body.data, one.body.data) for one in follow(pieces)]
    assert found == [
        ("GET", 201, b"", b"hello"),
        ("POST", 200, b"12345", b"hello"),
        ("HEAD", 200, b"", b""),
        ("GET", 200, b"", b"hello"),
    ]


def test_an_answer_before_the_request_was_sent_whole_is_the_answer_to_it() -> None:
    first, second = follow([("browser", POST[:-3]), ("server", LENGTH), ("browser", POST[-3:]), *both(GET, CHUNKS)])
    assert (first.status, second.status, second.method) == (200, 201, "GET")


@pytest.mark.parametrize(
    ("pieces", "failure", "why", "status"),
    [
        ([("browser", GET), ("server", b"")], "broken", "the server answered nothing", 0),
        ([*both(GET, LENGTH[:-2]), ("server", b"")], "broken", "the server cut the connection", 200),
        ([*both(GET, CHUNKS[:-4]), ("server", b"")], "broken", "the server cut the connection", 201),
        (both(GET, b"220 mail.test ESMTP\r\n\r\n"), "broken", "what answers there is no web server", 0),
        ([*both(GET, LENGTH[:-2]), ("browser", b"")], "aborted", "the browser hung up", 200),
        ([("browser", GET), ("browser", b"")], "aborted", "the browser hung up", 0),
        (both(GET, LENGTH[:-2]), "aborted", "it was still going on when the record ended", 200),
        ([("browser", POST[:-2])], "aborted", "it was still going on when the record ended", 0),
    ],
)
def test_what_ends_otherwise_says_how(pieces: list[Piece], failure: str, why: str, status: int) -> None:
    (one,) = follow(pieces)
    assert (one.failure, one.status) == (failure, status)
    assert why in one.why


def test_a_request_on_a_connection_that_was_just_closed_is_told_where_the_browser_asks_again() -> None:
    told = follow([*both(GET, LENGTH), ("browser", POST), ("server", b"")])
    assert [(one.method, one.failure) for one in told] == [("GET", None)]


@pytest.mark.parametrize("noise", [b"\x00\x01\x02", b"SSH-2.0-x\r\n\r\n", b"GET http://a.test/ HTTP/1.1\r\n\r\n"])
def test_what_is_no_http_is_no_exchange(noise: bytes) -> None:
    assert follow([("browser", noise), ("server", noise), *both(GET, LENGTH)]) == []


def test_a_body_over_the_limit_is_counted_and_not_kept() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    (one,) = follow([*both(GET, long), *[("server", b"x" * 1000)] * 5], limit=4999)
    assert (one.body.size, one.body.data) == (5000, None)


def test_where_nobody_wants_to_know_nothing_is_told_and_who_asks_later_is_told_from_then_on() -> None:
    assert follow(both(GET, LENGTH), records=False) == []
    told: list[Exchange] = []

    async def run() -> None:
        seen = Interception(CERTIFICATE)
        follower = Follower(Tunnel("shop.test", 443, True), seen)
        for who, data in both(GET, LENGTH) + both(GET, LENGTH[:-1]):
            follower.hear(data, sent=who == "browser")
        seen.end()
        seen.tap, seen.limit = told.append, 1000
        for who, data in [("server", LENGTH[-1:]), *both(POST, LENGTH)]:
            follower.hear(data, sent=who == "browser")
        seen.end()

    asyncio.run(run())
    assert [(one.method, one.status) for one in told] == [("POST", 200)]


@pytest.mark.parametrize("extension", ["", "permessage-deflate", "permessage-deflate; server_max_window_bits=10"])
def test_a_web_socket_says_what_it_says_compressed_or_not(extension: str) -> None:
    def end(kind: ConnectionType) -> Connection:
        deflate = PerMessageDeflate()
        if extension:
            deflate.finalize(extension)
        return Connection(kind, extensions=[deflate] if extension else [])

    page, server = end(ConnectionType.CLIENT), end(ConnectionType.SERVER)
    told = [server.send(TextMessage(data="welcome " * 50)), server.send(BytesMessage(data=b"\x00\x01" * 50))]
    agreed = f"Sec-WebSocket-Extensions: {extension}\r\n".encode() if extension else b""
    pieces: list[Piece] = [
        *both(UPGRADE, SWITCHED + agreed + b"\r\n" + told[0]),  # the first stands behind the head
        ("browser", page.send(TextMessage(data="hello"))),
        ("server", told[1]),
        ("server", server.send(CloseConnection(code=4321))),
        ("server", b""),
    ]
    (one,) = follow(pieces)
    assert (one.url, one.status, one.closed, one.failure) == ("wss://shop.test/talk", 101, 4321, None)
    assert [(m.sent, m.data) for m in one.messages] == [
        (False, "welcome " * 50),
        (True, "hello"),
        (False, b"\x00\x01" * 50),
    ]


def test_a_web_socket_whose_compression_is_none_is_kept_without_what_cannot_be_read() -> None:
    pieces = both(UPGRADE, SWITCHED + b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits\r\n\r\n")
    (one,) = follow([*pieces, ("server", b"\xc1\x03abc"), ("browser", b"")])
    assert (one.status, one.messages, one.failure) == (101, [], "aborted")
