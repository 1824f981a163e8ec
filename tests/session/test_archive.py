"""What a recorded network answers: order, what broke off, what was left out, what has to be fresh."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from webagent import ConfigurationError
from webagent.browser.exchange import Answer, Asked, Exchange
from webagent.browser.peer import Unreachable
from webagent.browser.reach import Refused
from webagent.browser.sockets import listeners
from webagent.session.archive import Archive
from webagent.session.har import HarRecorder

URL = "http://shop.test/a"


def exchange(
    url: str = URL,
    body: bytes = b"",
    *,
    method: str = "GET",
    sent: bytes = b"",
    sent_headers: dict[str, str] | None = None,
    status: int = 200,
    at: float = 0,
    failure: Any = None,
    limit: int = 1000,
    **headers: str,
) -> Exchange:
    told = [(name.encode(), value.encode()) for name, value in (sent_headers or {}).items()]
    one = Exchange(method, url, told, limit)
    one.started += timedelta(seconds=at)
    if sent:
        one.sent(sent)
    if status:
        one.answered(
            status, b"OK", [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        )
        one.body.add(body)
    if failure:
        one.fail(failure, f"{failure}, it was")
    one.end()
    return one


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "network.har"


def recorded(path: Path, *exchanges: Exchange, **how: Any) -> Archive:
    recorder = HarRecorder(path, browser=("Chromium", "1"), about={"seed": 7})
    for one in exchanges:
        recorder(one)
    recorder.close()
    return Archive.read(path, **how)


def ask(archive: Archive, url: str = URL, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return archive.answer(Asked(method, url, told, body))


def test_answers_come_in_the_order_in_which_they_were_asked_for(path: Path) -> None:
    archive = recorded(path, exchange(body=b"quick", at=1), exchange(body=b"slow", at=0))
    assert [ask(archive).body for _ in range(3)] == [b"slow", b"quick", b"quick"]


def test_an_answer_that_the_browser_hung_up_on_is_left_for_the_whole_one(path: Path) -> None:
    archive = recorded(path, exchange(body=b"ab", failure="aborted"), exchange(body=b"abc", at=1))
    assert (ask(archive).body, ask(archive).end) == (b"abc", "whole")


def test_a_socket_or_a_stream_that_a_page_left_keeps_its_turn(path: Path) -> None:
    first, second = exchange("ws://shop.test/talk", status=101, at=0), exchange("ws://shop.test/talk", status=101, at=1)
    listeners(first)[1].hear(b"\x81\x03one")
    listeners(second)[1].hear(b"\x81\x03two")
    first.fail("aborted", "the page was left")
    kind = "text/event-stream; charset=utf-8"
    archive = recorded(
        path,
        first,
        second,
        exchange(body=b"data: 1\n\n", failure="aborted", content_type=kind),
        exchange(body=b"data: 2\n\n", at=1, content_type=kind),
    )
    said = [ask(archive, "ws://shop.test/talk").messages for _ in range(2)]
    assert [[message.data for message in messages or []] for messages in said] == [["one"], ["two"]]
    assert [ask(archive).body for _ in range(2)] == [b"data: 1\n\n", b"data: 2\n\n"]


@pytest.mark.parametrize(("failure", "end"), [("aborted", "open"), ("broken", "broken")])
def test_an_answer_that_never_was_whole_is_not_whole_again(path: Path, failure: str, end: str) -> None:
    archive = recorded(path, exchange(body=b"ab", failure=failure))
    assert (ask(archive).body, ask(archive).end) == (b"ab", end)


def test_a_server_that_hung_up_does_so_at_its_turn(path: Path) -> None:
    archive = recorded(path, exchange(body=b"ab", failure="broken"), exchange(body=b"abc", at=1))
    assert [ask(archive).end for _ in range(3)] == ["broken", "whole", "whole"]


def test_a_request_that_nobody_waited_for_is_never_answered(path: Path) -> None:
    answer = ask(recorded(path, exchange(status=0, failure="aborted")))
    assert (answer.status, answer.end) == (0, "open")


@pytest.mark.parametrize(("failure", "error"), [("refused", Refused), ("unreachable", Unreachable)])
def test_what_failed_fails_with_the_same_words(path: Path, failure: str, error: type[Exception]) -> None:
    tunnel = exchange("https://evil.test", method="CONNECT", status=0, failure=failure)
    archive = recorded(path, exchange(status=0, failure=failure), tunnel)
    with pytest.raises(error, match="it was"):
        ask(archive)
    with pytest.raises(error, match="it was"):
        archive.connect("evil.test", 443)
    archive.connect("other.test", 443)
    assert archive.misses == []


def test_not_modified_is_for_those_who_ask_for_it_and_parts_for_theirs(path: Path) -> None:
    archive = recorded(
        path,
        exchange(body=b"all"),
        exchange(status=304, at=1),
        exchange(URL + "/film", b"12", status=206, sent_headers={"range": "bytes=0-1"}),
        exchange(URL + "/film", b"34", status=206, sent_headers={"range": "bytes=2-3"}, at=1),
    )
    assert [ask(archive).status, ask(archive, if_none_match="x").status] == [200, 304]
    assert ask(archive, URL + "/film", range="bytes=2-3").body == b"34"
    archive = recorded(path, exchange(status=304), exchange(body=b"all", at=1))
    assert [ask(archive).status, ask(archive).status] == [200, 304]


def test_a_cookie_lives_as_long_as_it_did(path: Path) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=400)
    until = format_datetime(long_ago + timedelta(days=30), usegmt=True)
    old = exchange(set_cookie=f"a=b; Expires={until}; Path=/")
    old.started = long_ago
    gone = exchange(URL + "/gone", set_cookie="a=; expires=Thu, 01 Jan 1970 00:00:00 GMT")
    archive = recorded(path, old, gone)
    (value,) = [value.decode() for name, value in ask(archive).headers if name == b"set-cookie"]
    expires = parsedate_to_datetime(value.partition("Expires=")[2].partition(";")[0])
    assert timedelta(days=29) < expires - datetime.now(UTC) < timedelta(days=31)
    assert value.endswith("; Path=/")
    (value,) = [value.decode() for name, value in ask(archive, URL + "/gone").headers if name == b"set-cookie"]
    assert parsedate_to_datetime(value.partition("expires=")[2]) < datetime.now(UTC)


def test_a_page_that_sends_a_cookie_back_in_a_body_or_address_is_known_by_its_pseudonym(path: Path) -> None:
    secret = "t0ken/with+signs"
    first = exchange(set_cookie=f"csrf={secret}; Path=/")
    second = exchange(method="POST", body=b"done", sent=b"csrf=t0ken%2Fwith%2Bsigns&x=1", at=1)
    third = exchange(f"{URL}?t={secret}", b"found", at=2)
    archive = recorded(path, first, second, third)
    (cookie,) = [value.decode() for name, value in ask(archive).headers if name == b"set-cookie"]
    pseudonym = cookie.partition("=")[2].partition(";")[0]
    assert secret not in cookie
    assert ask(archive, method="POST", body=f"csrf={pseudonym}&x=1".encode()).body == b"done"
    assert ask(archive, method="POST", body=b"csrf=t0ken%2Fwith%2Bsigns&x=1").body == b"done"
    assert ask(archive, f"{URL}?t={pseudonym}").body == b"found"


def test_a_miss_names_the_request_on_the_same_path_and_some_may_be_missing(path: Path) -> None:
    archive = recorded(
        path,
        exchange(URL + "/big?n=11000000"),
        exchange(URL + "/count?24"),
        allow_missing=("http://shop.test/beacon*",),
    )
    for url in (URL + "/count?709", "http://shop.test/beacon?1", URL + "/count?709"):
        with pytest.raises(Unreachable, match="not recorded"):
            ask(archive, url)
    assert [str(miss) for miss in archive.misses] == [
        f"GET {URL}/count?709: not recorded; the closest is GET {URL}/count?24"
    ]


def test_many_long_addresses_do_not_hold_up_an_answer(path: Path) -> None:
    archive = recorded(path, *(exchange(f"{URL}/{number}/{'x' * 300}") for number in range(1000)))
    for number in range(50):
        with pytest.raises(Unreachable):
            ask(archive, f"{URL}/{number}/{'y' * 300}")
    closest = [miss.why.startswith("not recorded; the closest is GET http://shop.test/a/") for miss in archive.misses]
    assert closest == [True] * 20 + [False] * 30
    assert archive.misses[-1].why == "not recorded"


def test_what_was_left_out_is_a_miss_and_says_why(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = recorded(path, exchange(body=b"x" * 101, limit=100))
    assert "1 body was over the limit" in caplog.text
    with pytest.raises(Unreachable):
        ask(archive)
    assert "left out" in archive.misses[0].why


def test_a_web_socket_that_said_too_much_is_a_miss(path: Path) -> None:
    one = exchange("ws://shop.test/talk", status=101, limit=300)
    _, from_server = listeners(one)
    for size in (50, 125, 10):
        from_server.hear(bytes([0x82, size]) + b"x" * size)
    assert ([len(message.data) for message in one.messages], one.left_out) == ([50, 10], 1)
    from_server.hear(b"\x02\x7f" + (10_000_000).to_bytes(8) + b"x" * 1_000_000)  # a part of one without end
    assert sum(map(len, from_server._parts)) <= 300
    from_server.hear(b"\xff nonsense")
    archive = recorded(path, one)
    with pytest.raises(Unreachable):
        ask(archive, "ws://shop.test/talk")
    assert "left out" in archive.misses[0].why


def test_messages_of_a_web_socket_that_say_nothing_come_to_the_limit_as_well(path: Path) -> None:
    one = exchange("ws://shop.test/talk", status=101, limit=1000)
    from_page, from_server = listeners(one)
    from_server.hear(b"\x82\x00" * 10_000)
    from_page.hear(b"\x02\x80abcd" + b"\x00\x80abcd" * 10_000)  # one message in empty parts, without end
    assert (len(one.messages), one.left_out, len(from_page._parts)) == (10, 9990, 0)


def test_head_says_how_long_the_body_would_be(path: Path) -> None:
    archive = recorded(path, exchange(method="HEAD", content_length="70"))
    assert (b"content-length", b"70") in ask(archive, method="HEAD").headers


def test_no_clock_is_put_into_a_document_that_is_still_packed(path: Path) -> None:
    packed, plain = exchange(body=b"\x0b\x02\x80hello\x03", content_encoding="compress"), exchange(URL + "/b", b"<p>")
    archive = recorded(path, packed, plain, freeze_time=True)
    answer = ask(archive, sec_fetch_dest="document")
    assert (answer.body, answer.headers) == (b"\x0b\x02\x80hello\x03", [(b"content-encoding", b"compress")])
    assert ask(archive, URL + "/b", sec_fetch_dest="document").body.startswith(b"<script>")


def test_a_har_of_another_program_has_a_seed_as_well(path: Path) -> None:
    path.write_text('{"log": {"entries": []}}')
    assert Archive.read(path).about["seed"] == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (URL, "http://a:99999/"),
        ('"status": 200', '"status": 99'),
        ('"status": 200', '"status": 1' + "0" * 30),
        ('"headers": [{"name": "x"', '"headers": [{"name": "x y"'),
        ('"value": "y"', '"value": "y\\r\\nz"'),
        ('"startedDateTime": "2', '"startedDateTime": "yesterday", "x": "2'),
        ('"cache": {}', '"_failure": "x"'),
        ('"cache": {}', '"_webSocketMessages": [{"type": "receive", "opcode": 2, "data": "=!", "time": 1}]'),
        ('"cache": {}', '"_webSocketMessages": [{"type": "receive", "opcode": 1, "data": "a", "time": "now"}]'),
    ],
)
def test_a_har_with_what_cannot_be_is_refused_when_it_is_read(path: Path, before: str, after: str) -> None:
    recorded(path, exchange(x="y"))
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(ConfigurationError, match="is no HAR entry"):
        Archive.read(path)


def test_a_full_disk_ends_the_record_and_nothing_else(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    resource = pytest.importorskip("resource")
    import signal

    recorder = HarRecorder(path, browser=("Chromium", "1"), about={})
    recorder(exchange(body=b"kept"))
    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, before[1]))
        for _ in range(3):
            recorder(exchange(body=b"x" * 900, at=1))
        recorder.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert caplog.text.count("could not be recorded any more") == 1
    assert ask(Archive.read(path)).body == b"kept"
