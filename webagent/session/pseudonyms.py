"""Secrets of requests and answers, replaced: equal ones stay equal within a session, and nothing real is kept."""

import hashlib
import hmac
import secrets
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, unquote

from webagent.browser.exchange import Headers

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "ntlm", "token", "apikey", "hoba", "mutual", "dpop"})
_LONG_ENOUGH = 8  # characters of a value that is looked for in bodies; a short one stands there by chance
_MOST_LEARNT = 500
_LONGEST = 1_000_000  # characters of a text that is searched: a page waits in the meantime


class Pseudonyms:
    """Replaces values by keyed hashes. The key lives as long as this object and is written nowhere."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._learnt: dict[str, str] = {}

    def of(self, value: str) -> str:
        """Return what stands for `value`; an empty one stays empty."""
        if not value:
            return value
        return "webagent-" + hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()[:24]

    def header(self, name: str, value: str) -> str:
        """Return a header's value as it may be kept: credentials and the values of cookies replaced."""
        name = name.lower()
        if name in _CREDENTIALS:
            scheme, blank, secret = value.partition(" ")
            return f"{scheme} {self.of(secret)}" if blank and scheme.lower() in _SCHEMES else self.of(value)
        if name == "cookie":
            return "; ".join(self._pair(pair) for pair in value.split(";"))
        if name == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return self._pair(pair) + semicolon + attributes
        return value

    def learn(self, sent: Headers, answered: Headers) -> None:
        """Take note of the cookies in these headers: pages send them in bodies and addresses as well."""
        for name, value in (*sent, *answered):
            text = value.decode("latin-1")
            if name == b"set-cookie":
                pairs = [text.partition(";")[0]]
            elif name == b"cookie":
                pairs = text.split(";")
            else:
                continue
            for pair in pairs:
                secret = pair.partition("=")[2].strip()
                for spelling in {secret, unquote(secret)}:
                    if len(spelling) >= _LONG_ENOUGH:
                        self._learnt.pop(spelling, None)  # whichever is met again is forgotten later
                        self._learnt[spelling] = self.of(secret)
        while len(self._learnt) > _MOST_LEARNT:
            del self._learnt[next(iter(self._learnt))]

    def within(self, text: str) -> str:
        """Return `text` as a page writes it that has pseudonyms for its cookies; one above 1 MB is not searched."""
        if len(text) > _LONGEST:
            return text
        spellings = {one: of for secret, of in self._learnt.items() for one in (secret, quote(secret, safe=""))}
        for spelling in sorted(spellings, key=len, reverse=True):  # a shorter one may stand within a longer one
            if spelling in text:
                text = text.replace(spelling, spellings[spelling])
        return text

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.strip().partition("=")
        return f"{name}={self.of(value)}" if equals else self.of(name)


def cookies_of(name: str, value: str) -> list[dict[str, object]]:
    """Return the cookies of a header as HAR lists them, from a value that may be kept; none of another header."""
    if name.lower() == "cookie":
        pairs = (pair.strip().partition("=") for pair in value.split(";"))
        return [{"name": one, "value": of} for one, _, of in pairs if one]
    if name.lower() != "set-cookie":
        return []
    try:
        parsed = SimpleCookie(value)
    except CookieError:
        return []
    return [
        {
            "name": one.key,
            "value": one.value,
            **{key: one[key] for key in ("path", "domain") if one[key]},
            **({"expires": expires} if (expires := _moment(one["expires"])) else {}),
            "httpOnly": bool(one["httponly"]),
            "secure": bool(one["secure"]),
        }
        for one in parsed.values()
    ]


def _moment(date: str) -> str | None:
    try:
        return parsedate_to_datetime(date).replace(tzinfo=UTC).isoformat()
    except (TypeError, ValueError):
        return None
