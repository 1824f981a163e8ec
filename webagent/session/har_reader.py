"""A HAR file read back, ours or another program's: all that it says is checked here, once."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from webagent.browser.exchange import Message
from webagent.errors import ConfigurationError
from webagent.session.plain_file import read_plain
from webagent.text import one_line

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # of a header: RFC 9110, 5.1
_CUT_OFF = {"aborted", "broken"}


@dataclass(frozen=True)
class Recorded:
    """One entry: a request, and what came of it."""

    method: str
    url: str
    sent: list[tuple[str, str]]
    """Headers of the request; names in lower case."""
    body: bytes | None
    """Of the request; None where it was left out."""
    spellings: list[tuple[str, bytes | None]]
    """Url and body of the request, as they were, and with pseudonyms in the place of secrets where they held any."""
    started: datetime
    status: int
    """0: there was no answer."""
    reason: str
    headers: list[tuple[str, str]]
    """Of the answer; names in lower case."""
    content: bytes | None
    """The body of the answer; None where it was left out."""
    packed: bool
    """The content is compressed as its headers say; else it is not."""
    failure: str | None
    """"refused", "unreachable"; "aborted": the browser hung up, or the record ended; "broken": the server hung up."""
    why: str
    """Why there is no answer, or it was left out."""
    messages: list[Message] | None
    """Of a WebSocket; None where it is none."""
    closed: int | None
    """The code with which the server closed the WebSocket; None where it did not."""

    @property
    def cut_off(self) -> bool:
        """Whether the answer is not whole."""
        return self.failure in _CUT_OFF

    def header(self, name: str) -> str:
        """Return a header of the request; empty where it has none of that name."""
        return next((value for one, value in self.sent if one == name), "")


@dataclass
class Har:
    """A HAR file as it was read."""

    entries: list[dict[str, Any]]
    """As they stand in the file."""
    recorded: list[Recorded] = field(default_factory=list)
    """The same, checked, in the order in which they were asked for."""
    about: dict[str, Any] = field(default_factory=dict)
    """`seed` of Math.random, `timezone` and `language` of the browser; empty in files of other programs."""
    cut: bool = False
    """The file was cut off: the run was killed while an entry was written, which is left out."""


def read_har(path: Path) -> Har:
    """Return the HAR in `path`.

    Raises:
        ConfigurationError: there is none, or it is none.
    """
    mend = "record it anew with --record-network, or replay without it (--live)"
    try:
        data = read_plain(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}): {mend}") from error
    cut = False
    try:
        log = json.loads(data)["log"]
        entries = log["entries"]
        if not isinstance(entries, list):
            raise TypeError("no list of entries")
    except (ValueError, KeyError, TypeError, RecursionError):
        try:
            log, entries = _lines(data)
            cut = True
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ConfigurationError(f"{path} is no HAR: {mend}") from None
    recorded = []
    for number, entry in enumerate(entries, 1):
        try:
            recorded.append(_recorded(entry))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            said = f"entry {number} of {path} is no HAR entry ({one_line(error, 80)})"
            raise ConfigurationError(f"{said}: {mend}") from None
    recorded.sort(key=lambda one: one.started)  # they were written when they were over
    about = log.get("_webagent", {})
    return Har(entries, recorded, about if isinstance(about, dict) else {}, cut)


def _lines(data: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Read what a killed run has left."""
    head, *lines = data.split(b"\n")
    log = json.loads(head + b"]}}")["log"]
    if not isinstance(log, dict):
        raise TypeError("no log")
    entries = []
    for line in lines:
        try:
            entries.append(json.loads(line.removesuffix(b",")))
        except ValueError:
            break
    return log, entries


def _recorded(entry: dict[str, Any]) -> Recorded:
    """Return an entry, checked.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it is none.
    """
    request, response = entry["request"], entry["response"]
    posted, content = request.get("postData") or {}, response.get("content") or {}
    failure = entry.get("_failure") or {}
    status = response["status"]
    if not isinstance(status, int) or (status and not 100 <= status <= 999):
        raise ValueError(f"status {status}")
    url, body = _url(request["url"]), _bytes(posted)
    other = request.get("_pseudonymised") or {}
    spellings = [(url, body)]
    if other:
        spellings.append((_url(other.get("url", url)), _bytes(other) if "text" in other else body))
    omitted = content.get("comment") or "its body was left out"
    messages = entry.get("_webSocketMessages")
    closed = entry.get("_webSocketClosed")
    kind = failure.get("kind")
    if not status and kind is None:
        kind = "unreachable"
    left_out = messages is not None and entry.get("_messagesLeftOut")
    return Recorded(
        method=_text(request["method"]),
        url=url,
        sent=_headers(request),
        body=body,
        spellings=spellings,
        started=_moment(entry["startedDateTime"]),
        status=status,
        reason=_text(response.get("statusText") or ""),
        headers=_headers(response),
        content=None if left_out else _bytes(content),
        packed=bool(content.get("_packed")),
        failure=None if kind is None else _text(kind),
        why=one_line(failure.get("why") or entry.get("comment") or omitted, 300),
        messages=None if messages is None else [_message(one) for one in messages],
        closed=None if closed is None else min(max(int(closed), 1000), 4999),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("something that is no text")
    return value


def _url(value: Any) -> str:
    _ = urlsplit(_text(value)).port  # raises ValueError where it is none
    return _text(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    _ = moment.timestamp()  # raises OverflowError or ValueError where it is out of range
    return moment


def _headers(message: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for header in message.get("headers", []):
        name, value = _text(header["name"]).lower(), _text(header["value"])
        if name.startswith(":"):  # other programs list those of HTTP/2
            continue
        if not _NAME.fullmatch(name) or re.search(r"[\x00\r\n]", value):
            raise ValueError("a header that is none")
        found.append((name, value.strip(" \t")))
    return found


def _bytes(content: dict[str, Any]) -> bytes | None:
    """Return the bytes of an answer's content or a request's postData; None where they were left out."""
    text = content.get("text")
    if text is None:
        return None if content.get("_omitted") or content.get("size", 0) > 0 else b""
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(_text(text), validate=True)
        except binascii.Error as error:
            raise ValueError(f"bad base64: {error}") from error
    return _text(text).encode("utf-8", "surrogatepass")


def _message(one: dict[str, Any]) -> Message:
    if one["type"] not in ("send", "receive"):
        raise ValueError("a message of a WebSocket that is none")
    data = _text(one["data"])
    read = _bytes({"text": data, "encoding": "base64"}) or b"" if one.get("opcode") == 2 else data
    return Message(one["type"] == "send", read, float(one.get("time", 0)))
