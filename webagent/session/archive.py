"""A recorded network in the place of the real one."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from webagent.browser.exchange import Answer, Asked, Headers, Message
from webagent.browser.peer import Unreachable
from webagent.browser.reach import Refused
from webagent.session.clock import frozen
from webagent.session.har import Har, body_of, read_har
from webagent.session.matching import Key, Matching
from webagent.text import one_line

__all__ = ["Archive", "Matching", "Miss"]

_FRAMING = {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "alt-svc"}
_DOCUMENTS = {b"document", b"iframe", b"frame"}


@dataclass(frozen=True)
class Miss:
    """A request that is not among the recorded ones."""

    method: str
    url: str
    why: str
    """In words; the closest recorded request is named."""

    def __str__(self) -> str:
        return f"{self.method} {one_line(self.url, 300)}: {self.why}"


class Archive:
    """Answers requests as they were answered when they were recorded. See `webagent.browser.exchange.Answers`.

    The same request several times gets the recorded answers in order, and from then on the last.

    Args:
        har: what was recorded.
        matching: which requests are the same.
        freeze_time: set the clock of each page to the moment at which it was recorded.

    Attributes:
        about: see `Har.about`.
        misses: requests that were not recorded, each once.
    """

    def __init__(self, har: Har, matching: Matching | None = None, *, freeze_time: bool = False) -> None:
        self.about: Mapping[str, Any] = har.about
        self.misses: list[Miss] = []
        self._matching, self._freeze = matching or Matching(), freeze_time
        self._entries: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        self._recorded: list[tuple[str, str]] = []
        self._servers: set[str] = set()
        self._no_tunnel: dict[str, dict[str, Any]] = {}
        for entry in har.entries:
            self._add(entry)

    @classmethod
    def read(cls, path: Path, matching: Matching | None = None, *, freeze_time: bool = False) -> Self:
        """Return the archive of a HAR file.

        Raises:
            ConfigurationError: there is none, or it is none.
        """
        return cls(read_har(path), matching, freeze_time=freeze_time)

    def _add(self, entry: dict[str, Any]) -> None:
        request = entry["request"]
        method, url = request["method"], request["url"]
        if method == "CONNECT":
            self._no_tunnel[_server(url)] = entry
            return
        self._servers.add(_server(url))
        self._recorded.append((method, url))
        posted = request.get("postData") or {}
        key = self._matching.key(method, url, body_of(posted), _value(request.get("headers", []), "content-type"))
        entries = self._entries[key]
        if entries and _came_to_nothing(entries[-1]):
            entries.pop()  # the browser hung up on it and asked again
        if not entries or not _came_to_nothing(entry):
            entries.append(entry)

    def connect(self, host: str, port: int) -> None:
        """Return if a tunnel to this server was had, or none was tried.

        Raises:
            Refused, Unreachable: what it came to when it was recorded.
        """
        server = _server(f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}")
        if server in self._no_tunnel and server not in self._servers:
            _fail(self._no_tunnel[server])

    def answer(self, asked: Asked) -> Answer:
        """Return what was answered.

        Raises:
            Refused, Unreachable: what it came to when it was recorded, or it was not.
        """
        kind = _header(asked.headers, b"content-type").decode("latin-1")
        key = self._matching.key(asked.method, asked.url, asked.body, kind)
        if not self._entries.get(key):
            key = self._matching.key(asked.method, asked.url, None, kind)  # a body that was left out is taken for any
        entries = self._entries.get(key)
        if not entries:
            raise self._missed(asked, self._closest(asked))
        entry = entries.pop(0) if len(entries) > 1 else entries[0]
        if not entry["response"]["status"]:
            _fail(entry)
        return self._as_answer(entry, asked)

    def _as_answer(self, entry: dict[str, Any], asked: Asked) -> Answer:
        response = entry["response"]
        if response["status"] == 101:
            return Answer(101, messages=[_message(one) for one in entry.get("_webSocketMessages", [])])
        content = response.get("content", {})
        body = body_of(content)
        if body is None:
            raise self._missed(asked, f"its answer was left out of the recording ({content.get('comment', 'no body')})")
        left_out = _FRAMING - ({"content-encoding"} if content.get("_packed") else set())
        headers = [
            (header["name"].encode("latin-1", "replace"), header["value"].encode("latin-1", "replace"))
            for header in response.get("headers", [])
            if header["name"].lower() not in left_out and not header["name"].startswith(":")
        ]
        if self._freeze and _header(asked.headers, b"sec-fetch-dest") in _DOCUMENTS:
            body, headers = frozen(body, headers, datetime.fromisoformat(entry["startedDateTime"]))
        return Answer(response["status"], _reason(response), headers, body)

    def _missed(self, asked: Asked, why: str) -> Unreachable:
        miss = Miss(asked.method, asked.url, why)
        if miss not in self.misses:
            self.misses.append(miss)
        return Unreachable("this request was not recorded")

    def _closest(self, asked: Asked) -> str:
        """Return in words what was recorded that comes closest."""
        if not self._recorded:
            return "not recorded; no request was"
        if (asked.method, asked.url) in self._recorded:
            return "recorded, but with another body"
        host = _server(asked.url)
        near = [one for one in self._recorded if _server(one[1]) == host] or self._recorded

        def likeness(one: tuple[str, str]) -> float:
            return SequenceMatcher(None, asked.url[-500:], one[1][-500:], autojunk=False).ratio() + (
                one[0] == asked.method
            )

        method, url = max(near[:2000], key=likeness)
        return f"not recorded; the closest is {method} {one_line(url, 300)}"


def _fail(entry: dict[str, Any]) -> None:
    failure = entry.get("_failure") or {}
    why = one_line(failure.get("why") or "it had no answer when it was recorded", 300)
    raise Refused(why) if failure.get("kind") == "refused" else Unreachable(why)


def _came_to_nothing(entry: dict[str, Any]) -> bool:
    failure = entry.get("_failure") or {}
    return failure.get("kind") == "aborted" and not entry["response"]["status"]


def _message(one: dict[str, Any]) -> Message:
    data = one["data"] if one.get("opcode") != 2 else body_of({"text": one["data"], "encoding": "base64"})
    return Message(one["type"] == "send", data or "", float(one.get("time", 0)))


def _reason(response: dict[str, Any]) -> str:
    reason = str(response.get("statusText", ""))
    return reason if reason.isascii() and reason.isprintable() else ""


def _server(url: str) -> str:
    parts = urlsplit(url)
    usual = 443 if parts.scheme in ("https", "wss") else 80
    return f"{parts.hostname}|{parts.port or usual}"


def _value(headers: list[dict[str, str]], name: str) -> str:
    return next((header["value"] for header in headers if header["name"].lower() == name), "")


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value for one, value in headers if one == name), b"")
