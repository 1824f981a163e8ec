"""The HAR file: what an exchange becomes in it, what is left out, and what can be read back of a damaged one."""

import base64
import gzip
import json
import stat
import sys
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest

from webagent import ConfigurationError
from webagent.browser.exchange import Exchange
from webagent.session.har import HarRecorder
from webagent.session.har_reader import Recorded, read_har
from webagent.session.pseudonyms import Pseudonyms

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKS = (("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "network.har"


def read(path: Path, *exchanges: Exchange) -> list[Recorded]:
    write(path, *exchanges)
    return read_har(path).recorded


def write(path: Path, *exchanges: Exchange) -> list[dict[str, Any]]:
    recorder = HarRecorder(path, browser=("Chromium", "1"), about={"seed": 7})
    for exchange in exchanges:
        recorder(exchange)
    recorder.close()
    return read_har(path).entries


def exchange(body: bytes = b"hello", *, limit: int = 1000, **headers: str) -> Exchange:
    one = Exchange("GET", "https://shop.test/a?b=1&c", [(b"host", b"shop.test")], limit)
    one.answered(200, b"OK", [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()])
    one.body.add(body)
    one.end()
    return one


def test_the_file_is_whole_after_each_exchange_and_private(path: Path) -> None:
    recorder = HarRecorder(path, browser=("Chromium", "1"), about={"seed": 7})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for number in range(3):
        log = json.loads(path.read_bytes())["log"]
        assert (log["version"], log["creator"]["name"], len(log["entries"])) == ("1.2", "webagent", number)
        assert log["_webagent"] == {"seed": 7}
        recorder(exchange())
    recorder.close()
    entry = read_har(path).entries[2]
    assert entry["request"]["queryString"] == [{"name": "b", "value": "1"}, {"name": "c", "value": ""}]
    assert entry["response"]["content"] == {"size": 5, "mimeType": "application/octet-stream", "text": "hello"}
    assert set(entry["timings"]) == {"send", "wait", "receive"}
    assert entry["startedDateTime"].endswith("+00:00")


@pytest.mark.parametrize("at", ["head", "first", "middle", "last", "tail"])
def test_what_a_killed_run_has_left_can_be_read(path: Path, at: str) -> None:
    write(path, exchange(b"one"), exchange(b"two"), exchange(b"three"))
    data = path.read_bytes()
    ends = {
        "head": data.index(b"\n") + 1,
        "first": data.index(b'"one"'),
        "middle": data.index(b'"two"'),
        "last": data.index(b'"three"'),
        "tail": len(data) - 3,
    }
    path.write_bytes(data[: ends[at]])
    har = read_har(path)
    assert har.cut
    assert har.about == {"seed": 7}
    texts = [entry["response"]["content"]["text"] for entry in har.entries]
    assert texts == ["one", "two", "three"][: {"head": 0, "first": 0, "middle": 1, "last": 2, "tail": 3}[at]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"log": 1}',
        '{"log": {"entries": 1}}',
        '{"log": 5, "x": {"y": [\n',
        '{"log": {"entries": [1]}}',
        '{"log": {"entries": [{"request": {"method": 1, "url": "x"}, "response": {}}]}}',
        '{"log": {"entries": [{"request": {"method": "GET", "url": "http://[x/"}, "response": {"status": 200}}]}}',
        json.dumps(
            {
                "log": {
                    "entries": [
                        {
                            "startedDateTime": "2026-01-01T00:00:00Z",
                            "request": {"method": "GET", "url": "http://a/"},
                            "response": {"status": 200, "content": {"text": "=!", "encoding": "base64"}},
                        }
                    ]
                }
            }
        ),
        "[" * 100_000,
    ],
)
def test_what_is_no_har_is_said_in_one_sentence(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"record it anew") as raised:
        read_har(path)
    assert "\n" not in str(raised.value)


def test_there_being_none_is_said_as_well(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_har(path)


@pytest.mark.parametrize("body", [b"", b"plain", "Grüße".encode(), "Grüße".encode("latin-1"), b"\x00\xff" * 50])
@pytest.mark.parametrize("packing", ["", "gzip", "deflate", "raw deflate", "two members", "br", "zstd", "two frames"])
def test_a_body_comes_back_as_it_was_before_it_was_packed(path: Path, body: bytes, packing: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "": body,
        "gzip": gzip.compress(body),
        "deflate": zlib.compress(body),
        "raw deflate": raw.compress(body) + raw.flush(),
        "two members": gzip.compress(body[:2]) + gzip.compress(body[2:]),
        "br": brotli.compress(body),
        "zstd": zstd.compress(body),
        "two frames": zstd.compress(body[:2]) + zstd.compress(body[2:]),
    }[packing]
    named = {"two members": "gzip", "raw deflate": "deflate", "two frames": "zstd"}.get(packing, packing)
    (one,) = read(path, exchange(packed, **({"content_encoding": named} if named else {})))
    assert (one.content, one.packed) == (body, False)
    assert read_har(path).entries[0]["response"]["content"]["size"] == len(body)


def test_what_cannot_be_unpacked_is_kept_packed_and_said(path: Path) -> None:
    for kind, data in (
        ("compress", b"hello"),
        ("br", b"none at all"),
        ("zstd", b"none at all"),
        ("gzip", b"none at all"),
    ):
        (one,) = read(path, exchange(data, content_encoding=kind))
        assert (one.packed, one.content) == (True, data)


def test_a_body_over_the_limit_is_left_out_and_said_packed_or_not(path: Path) -> None:
    bombs = [(kind, pack(b"0" * 1_000_000)) for kind, pack in PACKS]
    packed = [exchange(bomb, limit=len(bomb) + 1, content_encoding=kind) for kind, bomb in bombs]
    for one in (exchange(b"x" * 101, limit=100), *packed):
        content = write(path, one)[0]["response"]["content"]
        assert "over the limit" in content["comment"]
        assert read_har(path).recorded[0].content is None
    posted = Exchange("POST", "http://a/", [], 10)
    posted.sent(b"x" * 11)
    posted.answered(200, b"", [])
    posted.end()
    (read_back,) = read(path, posted)
    assert (read_back.body, read_har(path).entries[0]["request"]["bodySize"]) == (None, 11)


def test_text_from_servers_cannot_leave_its_line_or_break_the_file(path: Path) -> None:
    nasty = ']}}\n{"log": 1}\u2028\ud800'.encode("utf-8", "surrogatepass")
    one = Exchange("GET", "http://a/]}}%0A", [(b"x", b"\xff]}}")], 1000)
    one.answered(200, b"\xff]}}", [(b"y", b'"]}}\\')])
    one.body.add(nasty)
    one.fail("aborted", "]}}\n\ud800")
    one.end()
    entries = write(path, one, exchange())
    assert len(path.read_bytes().split(b"\n")) == 5
    assert read_har(path).recorded[0].content == nasty
    assert len(entries) == 2


def test_pseudonyms_are_stable_within_a_session_and_tell_nothing() -> None:
    one, other = Pseudonyms(), Pseudonyms()
    sent = one.header("Cookie", "sid=s3cr3t-xyz; theme=; flag; sid2=s3cr3t-xyz")
    value = one.of("s3cr3t-xyz")
    assert sent == f"sid={value}; theme=; {one.of('flag')}; sid2={value}"
    assert one.header("Set-Cookie", "sid=s3cr3t-xyz; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly") == (
        f"sid={value}; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly"
    )
    assert one.header("AUTHORIZATION", "Bearer s3cr3t-xyz") == f"Bearer {value}"
    assert one.header("authorization", "s3cr3t-xyz") == value
    assert one.header("x-other", "s3cr3t-xyz") == "s3cr3t-xyz"
    assert other.of("s3cr3t-xyz") != value
    assert "s3cr3t-xyz" not in value


def test_a_cookie_within_another_does_not_cut_it_up() -> None:
    pseudonyms = Pseudonyms()
    pseudonyms.learn([(b"cookie", b"short=abcdefgh; long=abcdefgh-and-more")], [])
    assert pseudonyms.within("t=abcdefgh-and-more&s=abcdefgh") == (
        f"t={pseudonyms.of('abcdefgh-and-more')}&s={pseudonyms.of('abcdefgh')}"
    )


def test_where_there_are_too_many_cookies_the_oldest_is_forgotten() -> None:
    pseudonyms = Pseudonyms()
    kept, last = b"the-one-in-use", b"number-10000"
    for number in range(10_001):
        pseudonyms.learn([(b"cookie", b"sid=" + kept)], [(b"set-cookie", b"n=number-%05d; Path=/" % number)])
    assert pseudonyms.within("number-00000") == "number-00000"
    for secret in (kept.decode(), last.decode()):
        assert pseudonyms.within(secret) == pseudonyms.of(secret)


def test_a_huge_body_is_not_searched() -> None:
    pseudonyms = Pseudonyms()
    pseudonyms.learn([(b"cookie", b"sid=s3cr3t-xyz")], [])
    for length in (900_000, 1_000_001):
        text = "s3cr3t-xyz".rjust(length)
        assert (pseudonyms.within(text) == text) == (length > 1_000_000)


def test_another_programs_har_can_be_read(path: Path) -> None:
    entry = {
        "startedDateTime": "2026-01-01T00:00:00.000Z",
        "request": {"method": "GET", "url": "http://a/", "headers": [], "cookies": []},
        "response": {"status": 200, "headers": [], "content": {"size": 3, "text": base64.b64encode(b"abc").decode()}},
    }
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "entries": [entry]}}))
    har = read_har(path)
    assert (len(har.entries), har.about, har.cut) == (1, {}, False)
