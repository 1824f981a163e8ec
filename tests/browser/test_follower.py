"""What crosses a tunnel becomes exchanges, whatever pieces it comes in and however it ends."""

import asyncio
import zlib
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


@settings(max_examples=60, deadline=None)
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
        (both(GET, b"220 mail.test ESMTP\r\n\r\n"), "broken", "it could not be read", 0),
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
    (one,) = follow([*pieces, ("server", b"\xc1\x03abc"), ("server", b"\x81\x03abc"), ("browser", b"")])
    assert (one.status, one.messages, one.failure) == (101, [], None)
    assert (one.closed, one.left_out) == (None, 1)  # nobody closed it; and a replay knows that it has not all


def compressed(text: bytes, *, final: bool = False, bits: int = 15) -> bytes:
    deflate = zlib.compressobj(wbits=-bits)
    packed = deflate.compress(text) + deflate.flush(zlib.Z_FINISH if final else zlib.Z_SYNC_FLUSH)
    return packed if final else packed.removesuffix(b"\x00\x00\xff\xff")


def frame(first: int, payload: bytes) -> bytes:
    return bytes([first, len(payload)]) + payload


@pytest.mark.parametrize(
    "frames",
    [
        [frame(0xC1, compressed(b"hello", final=True) + b"\0"), frame(0xC1, compressed(b"again", final=True) + b"\0")],
        [frame(0xC1, compressed(b"hello")), frame(0xC1, compressed(b"again"))],
        [frame(0xC1, compressed(b"hello", final=True)), frame(0xC1, compressed(b"again", final=True))],
        [frame(0xC1, compressed(b"hello", bits=9)), frame(0x81, b"again")],
        [
            *[frame(0x41, compressed(b"hello")[:3]), frame(0x89, b"ping"), frame(0x80, compressed(b"hello")[3:])],
            frame(0xC1, compressed(b"again")),
        ],
    ],
)
def test_compression_of_every_legal_kind_is_read(frames: list[bytes]) -> None:
    agreed = b'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits="8"\r\n\r\n'
    (one,) = follow([*both(UPGRADE, SWITCHED + agreed + frames[0]), *[("server", part) for part in frames[1:]]])
    assert [message.data for message in one.messages] == ["hello", "again"]
    assert (one.left_out, one.closed) == (0, None)


def test_a_message_that_is_small_until_it_is_unpacked_is_left_out() -> None:
    bomb = compressed(b"0" * 20_000_000)
    agreed = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    long = b"\xc1\x7e" + len(bomb).to_bytes(2, "big") + bomb
    (one,) = follow([*both(UPGRADE, SWITCHED + agreed + long), ("server", frame(0xC1, compressed(b"hello")))])
    assert ([message.data for message in one.messages], one.left_out) == (["hello"], 1)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nno header at all\r\nX Powered By: x\r\n: y\r\nContent-Length: 5\r\n\r\nhello",
            200,
            b"hello",
        ),
        (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", 200, b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.1 205 Reset\r\n\r\n", 205, b""),
        (b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n", 999, b""),
    ],
)
def test_what_browsers_forgive_is_read(answer: bytes, status: int, body: bytes) -> None:
    first, second = follow(both(GET, answer) + both(GET, LENGTH))
    assert (first.status, first.body.data, first.failure) == (status, body, None)
    assert second.body.data == b"hello"


def test_an_answer_of_http_1_0_goes_on_to_the_end_of_the_connection() -> None:
    answer = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nREST"
    (one,) = follow([*both(GET, answer), ("server", b" OF IT"), ("server", b"")])
    assert (one.body.data, one.failure) == (b"0\r\n\r\nREST OF IT", None)


def test_the_beginning_of_an_answer_is_an_answer() -> None:
    told = follow([*both(GET, LENGTH), *both(POST, b"HTTP/1.1 200 OK\r\nConte"), ("server", b"")])
    assert [(one.method, one.failure) for one in told] == [("GET", None), ("POST", "broken")]


def hear(pieces: Sequence[Piece], seen: Interception, told: list[Exchange]) -> None:
    """Record what is heard of one connection, until the record ends."""

    async def run() -> None:
        seen.begin_record(told.append, 1000)
        follower = Follower(Tunnel("shop.test", 443, True), seen)
        for who, data in pieces:
            await follower.room()
            follower.hear(data, sent=who == "browser")
        seen.end()

    asyncio.run(run())


def test_what_cannot_be_read_is_counted() -> None:
    seen, told = Interception(CERTIFICATE), list[Exchange]()
    hear(
        [*both(GET, LENGTH), *both(GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n")],
        seen,
        told,
    )
    assert [(one.status, one.failure, one.why) for one in told] == [
        (200, None, ""),
        (200, "broken", "it could not be read"),
    ]
    assert seen.unread == 1


def test_what_nobody_asked_for_is_not_kept_without_end() -> None:
    seen, told = Interception(CERTIFICATE), list[Exchange]()
    follower = Follower(Tunnel("shop.test", 443, True), seen)

    async def run() -> None:
        for _ in range(200):
            await follower.room()
            follower.hear(b"x" * 65_536, sent=False)

    asyncio.run(run())
    hear(both(GET, LENGTH), seen, told)
    follower.catch_up(float("inf"))
    assert len(told) == 1
    assert not follower.is_behind


def test_a_flood_of_small_parts_leaves_others_their_turn() -> None:
    """However much is unread, the loop goes round; and the connection waits meanwhile."""
    seen, told, turns = Interception(CERTIFICATE), list[Exchange](), 0
    flood = b"1\r\nx\r\n" * 10_000

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def run() -> None:
        counting = asyncio.ensure_future(count())
        seen.begin_record(told.append, 1000)
        follower = Follower(Tunnel("shop.test", 443, True), seen)
        for who, data in both(GET, CHUNKS[:-5]) + [("server", flood)] * 75:
            await follower.room()
            follower.hear(data, sent=who == "browser")
        counting.cancel()

    asyncio.run(run())
    assert turns > 3


def test_an_exchange_that_the_end_of_the_record_cuts_has_lasted_until_then() -> None:
    told: list[Exchange] = []

    async def run() -> None:
        seen = Interception(CERTIFICATE)
        seen.begin_record(told.append, 1000)
        Follower(Tunnel("shop.test", 443, True), seen).hear(GET, sent=True)
        await asyncio.sleep(0.2)  # what is measured
        seen.end()

    asyncio.run(run())
    assert told[0].seconds >= 0.2


def test_what_was_heard_before_a_record_begins_is_not_told_to_it() -> None:
    told: list[Exchange] = []

    async def run() -> None:
        seen = Interception(CERTIFICATE)
        follower = Follower(Tunnel("shop.test", 443, True), seen)
        for who, data in both(GET, LENGTH):
            follower.hear(data, sent=who == "browser")
        seen.begin_record(told.append, 1000)
        for who, data in both(POST, CHUNKS):
            follower.hear(data, sent=who == "browser")
        seen.end()

    asyncio.run(run())
    assert [one.method for one in told] == ["POST"]
