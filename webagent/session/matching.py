"""When a request is one that was recorded."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Literal
from urllib.parse import SplitResult, unquote_plus, urlsplit

from pydantic import BaseModel, ConfigDict

Part = Literal["method", "url", "scheme", "host", "path", "query", "body"]

Key = tuple[object, ...]

_BOUNDARY = re.compile(r"multipart/.*\bboundary=\"?([^\";,\s]+)", re.IGNORECASE)


class Matching(BaseModel):
    """What must be equal in two requests, as vcrpy's matchers say it. `url` is scheme, host, path and query."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match_on: tuple[Part, ...] = ("method", "url", "body")
    ignore_query: tuple[str, ...] = ()
    """Names of query parameters that may differ, be missing or come in addition; `*` and `?` stand for any letters."""

    def key(self, method: str, url: str, body: bytes | None, content_type: str = "") -> Key:
        """Return what is equal for equal requests.

        Args:
            method: of the request.
            url: absolute.
            body: its bytes; None where they are not known.
            content_type: of the body: forms with files are divided by a line that is another one each time.
        """
        parts = urlsplit(url)
        found: dict[str, Callable[[], object]] = {
            "method": lambda: method.upper(),
            "url": lambda: (parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", self._query(parts)),
            "scheme": lambda: parts.scheme.lower(),
            "host": lambda: parts.netloc.lower(),
            "path": lambda: parts.path or "/",
            "query": lambda: self._query(parts),
            "body": lambda: None if body is None else _without_boundary(body, content_type),
        }
        return tuple(found[part]() for part in self.match_on)

    def _query(self, parts: SplitResult) -> str:
        if not self.ignore_query:
            return parts.query
        kept = (one for one in parts.query.split("&") if one and not self._ignored(one))
        return "&".join(kept)

    def _ignored(self, parameter: str) -> bool:
        name = unquote_plus(parameter.partition("=")[0])
        return any(fnmatchcase(name, pattern) for pattern in self.ignore_query)


def _without_boundary(body: bytes, content_type: str) -> bytes:
    found = _BOUNDARY.match(content_type)
    return body.replace(found[1].encode("latin-1", "replace"), b"boundary") if found else body
