"""network.har: what pages asked for and got, in HAR 1.2, written as it happens and read back.

The format is that of http://www.softwareishard.com/blog/har-12-spec/; fields that begin with an underscore are ours,
but for `_webSocketMessages`, which is Chromium's. Each entry stands on a line of its own, so that what a killed run has
left can be read.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from webagent.browser import Browser
from webagent.browser.exchange import Body, Exchange, Headers
from webagent.errors import ConfigurationError
from webagent.session.pseudonyms import Pseudonyms, cookies_of
from webagent.text import one_line

HAR = "network.har"
_TAIL = b"\n]}}\n"
_SAID = (
    "Values of authorization, cookie and set-cookie headers are pseudonyms; bodies are as they were. "
    "Names, addresses and times of connections were not recorded (-1). Compression is undone."
)
_OPCODES = {"text": 1, "bytes": 2}


class HarRecorder:
    """Writes each exchange into a HAR file as soon as it is over. The file is whole JSON after each of them.

    Args:
        path: the file; it is written anew.
        browser: name and version.
        about: what a replay needs to know of the browser, see `Har.about`.
        earlier: entries to begin with.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        browser: tuple[str, str],
        about: dict[str, Any],
        earlier: Sequence[dict[str, Any]] = (),
    ) -> None:
        self._pseudonyms = Pseudonyms()
        head = {
            "version": "1.2",
            "creator": {"name": "webagent", "version": _version()},
            "browser": {"name": browser[0], "version": browser[1]},
            "pages": [],
            "comment": _SAID,
            "_webagent": about,
        }
        text = json.dumps({"log": head}, ensure_ascii=False).removesuffix("}}") + ', "entries": ['
        draft = path.with_name(path.name + ".new")  # what there was stays until this is as good
        draft.unlink(missing_ok=True)
        draft.touch(0o600)
        self._file = draft.open("wb")
        self._file.write(text.encode())
        self._end, self._first = self._file.tell(), True
        for entry in earlier:
            self._append(entry)
        self._file.write(_TAIL)
        self._file.flush()
        draft.replace(path)

    def __call__(self, exchange: Exchange) -> None:
        """Write an exchange."""
        self._append(_entry(exchange, self._pseudonyms))
        self._file.write(_TAIL)
        self._file.flush()

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace")
        self._file.seek(self._end)
        self._file.write((b"\n" if self._first else b",\n") + line)
        self._end, self._first = self._file.tell(), False

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass
class Har:
    """A HAR file as it was read."""

    entries: list[dict[str, Any]]
    about: dict[str, Any] = field(default_factory=dict)
    """`seed` of Math.random, `timezone` and `language` of the browser; empty in files of other programs."""
    cut: bool = False
    """The file was cut off: the run was killed while an entry was written, which is left out."""


def read_har(path: Path) -> Har:
    """Return the HAR in `path`, ours or another program's.

    Raises:
        ConfigurationError: there is none, or it is none.
    """
    mend = "record it anew with --record-network, or replay without it (--live)"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}): {mend}") from error
    cut = False
    try:
        log = json.loads(data)["log"]
        entries = log["entries"]
        if not isinstance(entries, list) or not isinstance(log, dict):
            raise TypeError("no list of entries")
    except (ValueError, KeyError, TypeError, RecursionError):
        try:
            log, entries = _lines(data)
            cut = True
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ConfigurationError(f"{path} is no HAR: {mend}") from None
    for number, entry in enumerate(entries, 1):
        try:
            _check(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = f"entry {number} of {path} is no HAR entry ({one_line(error, 80)})"
            raise ConfigurationError(f"{said}: {mend}") from None
    about = log.get("_webagent", {})
    return Har(entries, about if isinstance(about, dict) else {}, cut)


def record_network(browser: Browser, path: Path, limit_mb: int) -> Callable[[], None]:
    """Begin to write what `browser` exchanges with the network into `path`; return what ends it.

    Args:
        browser: started, with `record_network` among its settings.
        path: the file. What it holds already, of a run that is resumed, is kept; the pseudonyms from now on are others.
        limit_mb: megabytes that a body may have.

    Raises:
        ConfigurationError: it is there, and no HAR.
        OSError: it cannot be written.
    """
    earlier = read_har(path) if path.is_file() else Har([], browser.about())
    version = ("Chromium", browser.version)
    recorder = HarRecorder(path, browser=version, about=earlier.about, earlier=earlier.entries)
    browser.egress.record(recorder, limit_mb * 1_000_000)

    def end() -> None:
        browser.egress.end_record()
        recorder.close()

    return end


def body_of(content: dict[str, Any]) -> bytes | None:
    """Return the bytes of an answer's content or a request's postData; None where they were left out.

    Raises:
        ValueError: they are not what they say they are.
    """
    text = content.get("text")
    if text is None:
        return None if content.get("_omitted") or content.get("size", 0) > 0 else b""
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, TypeError) as error:
            raise ValueError(f"bad base64: {error}") from error
    return str(text).encode("utf-8", "surrogatepass")


def _lines(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Read what a killed run has left."""
    head, *lines = data.split(b"\n")
    log = json.loads(head + b"]}}")["log"]
    entries = []
    for line in lines:
        try:
            entries.append(json.loads(line.removesuffix(b",")))
        except ValueError:
            break
    return log, entries


def _check(entry: dict[str, Any]) -> None:
    request, response = entry["request"], entry["response"]
    for text in (request["method"], request["url"]):
        if not isinstance(text, str):
            raise TypeError("a method or url that is no text")
    urlsplit(request["url"])
    if not isinstance(response["status"], int) or not isinstance(response.get("headers", []), list):
        raise TypeError("a status or headers that are none")
    for header in [*request.get("headers", []), *response.get("headers", [])]:
        if not isinstance(header["name"], str) or not isinstance(header["value"], str):
            raise TypeError("a header that is none")
    datetime.fromisoformat(entry["startedDateTime"])
    body_of(response.get("content", {}))
    body_of(request.get("postData") or {})
    for message in entry.get("_webSocketMessages", []):
        if message["type"] not in ("send", "receive") or not isinstance(message["data"], str):
            raise TypeError("a message of a WebSocket that is none")


def _entry(exchange: Exchange, pseudonyms: Pseudonyms) -> dict[str, Any]:
    request_headers = _headers(exchange.headers, pseudonyms)
    headers = _headers(exchange.answer_headers, pseudonyms)
    body, packed = _unpacked(exchange)
    kind = _value(headers, "content-type") or "application/octet-stream"
    sent, waited = exchange.sent_seconds, exchange.waited_seconds
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(request_headers),
        "headers": request_headers,
        "queryString": [{"name": name, "value": value} for name, value in _query(exchange.url)],
        "headersSize": -1,
        "bodySize": exchange.sent_body.size,
    }
    if exchange.sent_body.size:
        posted = {"mimeType": _value(request_headers, "content-type") or "application/octet-stream"}
        request["postData"] = posted | _text(exchange.sent_body.data, exchange.sent_body)
    entry: dict[str, Any] = {
        "startedDateTime": exchange.started.isoformat(timespec="milliseconds"),
        "time": _ms(exchange.seconds),
        "request": request,
        "response": {
            "status": exchange.status,
            "statusText": exchange.reason,
            "httpVersion": "HTTP/1.1",
            "cookies": _cookies(headers),
            "headers": headers,
            "content": {"size": len(body or b""), "mimeType": kind, **_text(body, exchange.body), **packed},
            "redirectURL": _value(headers, "location") or "",
            "headersSize": -1,
            "bodySize": exchange.body.size,
        },
        "cache": {},
        "timings": {
            "send": _ms(sent),
            "wait": _ms(waited),
            "receive": _ms(max(0.0, exchange.seconds - sent - waited)),
        },
    }
    if exchange.failure is not None:
        entry["_failure"] = {"kind": exchange.failure, "why": exchange.why}
        entry["comment"] = exchange.why
    if exchange.status == 101:
        entry["_webSocketMessages"] = [
            {
                "type": "send" if message.sent else "receive",
                "time": message.at,
                "opcode": _OPCODES["text" if isinstance(message.data, str) else "bytes"],
                "data": message.data if isinstance(message.data, str) else base64.b64encode(message.data).decode(),
            }
            for message in exchange.messages
        ]
    return entry


def _unpacked(exchange: Exchange) -> tuple[bytes | None, dict[str, Any]]:
    """Return the body of an answer without its compression, and what is to be said of it."""
    data = exchange.body.data
    packing = b", ".join(value for name, value in exchange.answer_headers if name == b"content-encoding").lower()
    if not data or packing in (b"", b"identity"):
        return data, {}
    try:
        unpacked = _unpack(data, packing, exchange.body.limit)
    except (zlib.error, ValueError):
        return data, {"_packed": True, "comment": "as it was packed: it could not be unpacked"}
    if unpacked is None:
        return None, {"_omitted": True, "comment": "left out: it is over the limit"}
    return unpacked, {"compression": len(unpacked) - len(data)}


def _unpack(data: bytes, packing: bytes, limit: int) -> bytes | None:
    """Return `data` unpacked, None where that is over the limit.

    Raises:
        zlib.error, ValueError: it cannot be unpacked.
    """
    if packing not in (b"gzip", b"x-gzip", b"deflate"):
        raise ValueError("another packing")
    bits = -zlib.MAX_WBITS if packing == b"deflate" and data[0] & 0x0F != 8 else zlib.MAX_WBITS | 32
    unpacked = b""
    while data:  # gzip may have several members
        one = zlib.decompressobj(bits)
        unpacked += one.decompress(data, limit + 1 - len(unpacked))
        if len(unpacked) > limit:
            return None
        if not one.eof or one.unused_data == data:
            break  # it broke off; what came is kept
        data = one.unused_data
    return unpacked


def _text(data: bytes | None, body: Body) -> dict[str, Any]:
    if data is None:
        return {"_omitted": True, "comment": f"left out: its {body.size} bytes are over the limit of {body.limit}"}
    if not data:
        return {}
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(data).decode(), "encoding": "base64"}


def _headers(headers: Headers, pseudonyms: Pseudonyms) -> list[dict[str, str]]:
    found = []
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        found.append({"name": name, "value": pseudonyms.header(name, value)})
    return found


def _cookies(headers: list[dict[str, str]]) -> list[dict[str, object]]:
    return [cookie for header in headers for cookie in cookies_of(header["name"], header["value"])]


def _value(headers: list[dict[str, str]], name: str) -> str | None:
    return next((header["value"] for header in headers if header["name"].lower() == name), None)


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _version() -> str:
    try:
        return version("webagent")
    except PackageNotFoundError:
        return "not installed"
