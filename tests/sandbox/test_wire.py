"""The pipe between parent and worker."""

import json
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from webagent.sandbox import wire
from webagent.sandbox.wire import Wire, WireClosed, WireError

DISGUISED = [
    b'{"text": "\xed\xa0\x80"}',  # half a character, written as UTF-8 never is
    '{"text": "\ud800"}'.encode("utf-16", "surrogatepass"),
    '{"n": 1}'.encode("utf-16"),
    '{"n": 1}'.encode("utf-32-le"),
    b'\xef\xbb\xbf{"n": 1}',
    b'{"n": ' + b"1" * 5000 + b"}",
]


@pytest.fixture
def ends() -> Iterator[tuple[Wire, socket.socket]]:
    ours, theirs = socket.socketpair()
    with theirs:
        yield Wire(ours), theirs
    ours.close()


def framed(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


@pytest.mark.parametrize("message", [{}, {"a": [1, 2.5, None, True, "é\n😀\\ud800"]}, {"long": "x" * 3_000_000}])
def test_a_message_arrives_as_it_was_sent(message: dict[str, object]) -> None:
    one, other = socket.socketpair()
    sender, receiver = Wire(one), Wire(other)
    thread = threading.Thread(target=sender.send, args=(message,))
    thread.start()
    assert receiver.receive(10) == message
    thread.join()
    sender.close()
    receiver.close()


@pytest.mark.parametrize("text", ["\ud800", "a\udfff b", "\ud83d \ude00", "\ude00\ud83d"])
def test_half_a_character_does_not_get_through(ends: tuple[Wire, socket.socket], text: str) -> None:
    ours, theirs = ends  # no file and no server would take it
    theirs.sendall(framed(json.dumps({"text": text, "list": [text, "😀"], text: 1}).encode()))
    message = ours.receive(5)
    assert "\ufffd" in message["text"]
    assert message["list"][1] == "😀"
    json.dumps(message, ensure_ascii=False).encode()


def test_messages_come_in_order_and_in_pieces(ends: tuple[Wire, socket.socket]) -> None:
    ours, theirs = ends
    data = framed(b'{"n": 1}') + framed(b'{"n": 2}')
    for byte in data:
        theirs.sendall(bytes([byte]))
    assert [ours.receive(5), ours.receive(5)] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"null", b"\xff\xfe", b'"text"', b"[" * 200_000, *DISGUISED])
def test_what_is_no_message_is_an_error(ends: tuple[Wire, socket.socket], data: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(framed(data))
    with pytest.raises(WireError):
        ours.receive(5)


def test_a_length_over_the_limit_is_not_waited_for(ends: tuple[Wire, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(struct.pack(">I", wire.LIMIT + 1))
    with pytest.raises(WireError, match="over the limit"):
        ours.receive(5)


def test_each_way_may_have_a_limit_of_its_own() -> None:
    one, other = socket.socketpair()
    with one, other:
        parent, worker = Wire(one, receives=wire.UP_LIMIT), Wire(other, sends=wire.UP_LIMIT)
        with pytest.raises(WireError, match=f"over the limit of {wire.UP_LIMIT}"):
            worker.send({"long": "x" * wire.UP_LIMIT})
        other.sendall(struct.pack(">I", wire.UP_LIMIT + 1))
        with pytest.raises(WireError, match=f"over the limit of {wire.UP_LIMIT}"):
            parent.receive(5)


def test_a_message_over_the_limit_is_not_sent(ends: tuple[Wire, socket.socket]) -> None:
    ours, theirs = ends
    with pytest.raises(WireError, match="over the limit"):
        ours.send({"long": "x" * wire.LIMIT})
    ours.send({"short": 1})
    assert theirs.recv(100) == framed(b'{"short": 1}')


def test_the_end_of_the_other_side_is_told(ends: tuple[Wire, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(framed(b'{"n": 1}')[:6])
    theirs.close()
    with pytest.raises(WireClosed):
        ours.receive(5)
    with pytest.raises(WireClosed):
        for _ in range(100):
            ours.send({"text": "x" * 100_000})


def test_nobody_waits_longer_than_asked(ends: tuple[Wire, socket.socket]) -> None:
    with pytest.raises(TimeoutError):
        ends[0].receive(0.01)


def test_a_message_that_comes_in_drops_is_late_as_well(ends: tuple[Wire, socket.socket]) -> None:
    ours, theirs = ends
    over = threading.Event()

    def drip() -> None:
        theirs.sendall(struct.pack(">I", 1000))
        while not over.wait(0.02):
            theirs.sendall(b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            ours.receive(0.3)
    finally:
        over.set()
        thread.join()


def test_a_message_that_nobody_takes_is_given_up() -> None:
    one, other = socket.socketpair()
    with one, other, pytest.raises(TimeoutError):
        Wire(one).send({"long": "x" * 10_000_000}, 0.2)


@pytest.mark.parametrize("message", [{"n": 10**5000}, {"o": object()}, {"s": {1}}])
def test_what_json_cannot_hold_is_not_sent(ends: tuple[Wire, socket.socket], message: dict[str, object]) -> None:
    with pytest.raises(WireError, match="not JSON"):
        ends[0].send(message)
    ends[0].send({"short": 1})
    assert ends[1].recv(100) == framed(b'{"short": 1}')
