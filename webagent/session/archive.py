"""A recorded network in the place of the real one."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from email.utils import format_datetime, parsedate_to_datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from webagent.browser.exchange import Answer, Asked, Ending, Headers
from webagent.browser.peer import Unreachable
from webagent.browser.reach import Refused
from webagent.session.clock import frozen
from webagent.session.har_reader import Har, Recorded, read_har
from webagent.session.matching import Key, Matching
from webagent.text import one_line

_FRAMING = {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "alt-svc"}
_DOCUMENTS = {b"document", b"iframe", b"frame"}
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"if-match", b"if-unmodified-since", b"if-range")
_EXPIRES = re.compile(r"(;\s*expires\s*=\s*)([^;]+)", re.IGNORECASE)
_MOST_MISSES = 200
_MOST_COMPARED = 20  # misses for which the closest request is looked for, which takes a while
_SEED = 1  # of random numbers, where the recording names none


@dataclass(frozen=True)
class Miss:
    """A request that is not among the recorded ones."""

    method: str
    url: str
    why: str
    """In words; for the first misses the closest recorded request is named."""

    def __str__(self) -> str:
        return f"{self.method} {one_line(self.url, 300)}: {self.why}"


class Archive:
    """Answers requests as they were answered when they were recorded. See `webagent.browser.exchange.Answers`.

    The same request several times gets the recorded answers in order, and from then on the last.

    Args:
        har: what was recorded.
        matching: which requests are the same.
        freeze_time: set the clock of each page to the moment at which it was recorded.
        allow_missing: urls, with `*` and `?` for any letters, whose requests fail without being a miss.

    Attributes:
        about: see `Har.about`.
    """

    def __init__(
        self,
        har: Har,
        matching: Matching | None = None,
        *,
        freeze_time: bool = False,
        allow_missing: Sequence[str] = (),
    ) -> None:
        self.about: Mapping[str, Any] = {"seed": _SEED} | har.about
        self._matching, self._freeze, self._allowed = matching or Matching(), freeze_time, allow_missing
        self._entries: dict[Key, list[Recorded]] = defaultdict(list)
        self._recorded: list[tuple[str, str]] = []
        self._servers: set[str] = set()
        self._no_tunnel: dict[str, Recorded] = {}
        self._missed: dict[tuple[str, str, str], None] = {}
        for one in har.recorded:
            self._add(one)
        for key, entries in self._entries.items():
            self._entries[key] = _without_aborted(entries)

    @classmethod
    def read(
        cls,
        path: Path,
        matching: Matching | None = None,
        *,
        freeze_time: bool = False,
        allow_missing: Sequence[str] = (),
    ) -> Self:
        """Return the archive of a HAR file; see the class.

        Raises:
            ConfigurationError: there is none, or it is none.
        """
        return cls(read_har(path), matching, freeze_time=freeze_time, allow_missing=allow_missing)

    @property
    def misses(self) -> list[Miss]:
        """Requests that were not recorded, each once."""
        return [
            Miss(method, url, why or (self._closest(method, url) if place < _MOST_COMPARED else "not recorded"))
            for place, (method, url, why) in enumerate(list(self._missed))
        ]

    def _add(self, one: Recorded) -> None:
        if one.method == "CONNECT":
            self._no_tunnel[_server(one.url)] = one
            return
        self._servers.add(_server(one.url))
        self._recorded.append((one.method, one.url))
        for url, body in one.spellings:
            key = self._matching.key(one.method, url, body, one.header("content-type"))
            self._entries[(*key, one.header("range"))].append(one)

    def connect(self, host: str, port: int) -> None:
        """Return if a tunnel to this server was had, or none was tried.

        Raises:
            Refused, Unreachable: what it came to when it was recorded.
        """
        server = f"{host.strip('[]').lower()}|{port}"
        if server in self._no_tunnel and server not in self._servers:
            _fail(self._no_tunnel[server])

    def answer(self, asked: Asked) -> Answer:
        """Return what was answered.

        Raises:
            Refused, Unreachable: what it came to when it was recorded, or it was not.
        """
        one = self._take(asked)
        if one is None:
            with_another_body = (asked.method, asked.url) in self._recorded
            raise self._miss(asked, "recorded, but with another body" if with_another_body else "")
        if not one.status and not one.cut_off:
            _fail(one)
        if one.content is None:
            raise self._miss(asked, f"its answer was left out of the recording ({one.why})")
        if one.messages is not None:
            return Answer(101, headers=_encoded(one.headers), messages=list(one.messages), closed=one.closed)
        kept = _FRAMING - ({"content-encoding"} if one.packed else set())
        if asked.method == "HEAD":
            kept -= {"content-length"}
        headers = _encoded((name, _fresh(name, value, one.started)) for name, value in one.headers if name not in kept)
        body = one.content
        if self._freeze and not one.packed and _wants_document(asked.headers):
            body, headers = frozen(body, headers, one.started)
        end: Ending = "broken" if one.failure == "broken" else "open" if one.failure == "aborted" else "whole"
        reason = one.reason if one.reason.isascii() and one.reason.isprintable() else ""
        return Answer(one.status, reason, headers, body, end=end)

    def _take(self, asked: Asked) -> Recorded | None:
        """Return the entry whose turn it is; None where the request was not recorded."""
        kind = _header(asked.headers, b"content-type").decode("latin-1")
        part = _header(asked.headers, b"range").decode("latin-1")
        for body in (asked.body, None):  # a body that was left out is taken for any
            entries = self._entries.get((*self._matching.key(asked.method, asked.url, body, kind), part))
            if entries:
                break
        else:
            return None
        place = 0
        if not any(_header(asked.headers, name) for name in _CONDITIONS):  # which alone may get "not modified"
            place = next((at for at, entry in enumerate(entries) if entry.status != 304), 0)
        return entries.pop(place) if len(entries) > 1 else entries[0]

    def _miss(self, asked: Asked, why: str) -> Unreachable:
        allowed = any(fnmatchcase(asked.url, pattern) for pattern in self._allowed)
        if not allowed and len(self._missed) < _MOST_MISSES:
            self._missed[(asked.method, asked.url, why)] = None
        return Unreachable("this request was not recorded")

    def _closest(self, method: str, url: str) -> str:
        """Return in words what was recorded that comes closest."""
        if not self._recorded:
            return "not recorded; no request was"
        recorded = dict.fromkeys(self._recorded)
        near = [one for one in recorded if _server(one[1]) == _server(url)] or list(recorded)
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(url[-500:])

        path = urlsplit(url).path

        def likeness(one: tuple[str, str], *, exact: bool) -> float:
            matcher.set_seq1(one[1][-500:])
            same = (urlsplit(one[1]).path == path) + (one[0] == method)
            return (matcher.ratio() if exact else matcher.quick_ratio()) + same

        near = sorted(near[:2000], key=lambda one: likeness(one, exact=False), reverse=True)[:20]
        closest = max(near, key=lambda one: likeness(one, exact=True))
        return f"not recorded; the closest is {closest[0]} {one_line(closest[1], 300)}"


def _without_aborted(entries: list[Recorded]) -> list[Recorded]:
    """Return entries without those that the browser hung up on, where it asked for the same at another time.

    A WebSocket or a stream of events ends in no other way, so each of them stays at its turn.
    """
    return [one for one in entries if one.failure != "aborted" or _is_endless(one)] or entries[-1:]


def _is_endless(one: Recorded) -> bool:
    kind = next((value for name, value in one.headers if name == "content-type"), "")
    return one.messages is not None or kind.lower().startswith("text/event-stream")


def _fail(one: Recorded) -> None:
    raise Refused(one.why) if one.failure == "refused" else Unreachable(one.why)


def _wants_document(headers: Headers) -> bool:
    """Return whether a browser asks for a page or a frame; it says so plainly only where it trusts the server."""
    wanted = _header(headers, b"sec-fetch-dest")
    return wanted in _DOCUMENTS if wanted else bool(_header(headers, b"upgrade-insecure-requests"))


def _fresh(name: str, value: str, recorded: datetime) -> str:
    """Return a header's value; a cookie lives as long from now on as it did from the recording on."""
    if name != "set-cookie":
        return value

    def later(found: re.Match[str]) -> str:
        try:
            until = parsedate_to_datetime(found[2].strip())
            until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
            return found[1] + format_datetime((until + (datetime.now(UTC) - recorded)).astimezone(UTC), usegmt=True)
        except (TypeError, ValueError, OverflowError):
            return found[0]

    return _EXPIRES.sub(later, value)


def _encoded(headers: Any) -> Headers:
    return [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]


def _server(url: str) -> str:
    parts = urlsplit(url)
    usual = 443 if parts.scheme in ("https", "wss") else 80
    return f"{parts.hostname}|{parts.port or usual}"


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value for one, value in headers if one == name), b"")
