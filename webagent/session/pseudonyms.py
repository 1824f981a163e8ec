"""Secrets of requests and answers, replaced: equal ones stay equal within a session, and nothing real is kept."""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})


class Pseudonyms:
    """Replaces values by keyed hashes. The key lives as long as this object and is written nowhere."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, value: str) -> str:
        """Return what stands for `value`; an empty one stays empty."""
        if not value:
            return value
        return (
            "webagent-" + hmac.new(self._key, value.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:24]
        )

    def header(self, name: str, value: str) -> str:
        """Return a header's value as it may be kept: credentials and the values of cookies replaced."""
        name = name.lower()
        if name in _CREDENTIALS:
            scheme, blank, secret = value.partition(" ")
            return f"{scheme} {self.of(secret)}" if blank else self.of(value)
        if name == "cookie":
            return "; ".join(self._pair(pair) for pair in value.split(";"))
        if name == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return self._pair(pair) + semicolon + attributes
        return value

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
            **{key: one[key] for key in ("path", "domain", "expires") if one[key]},
            "httpOnly": bool(one["httponly"]),
            "secure": bool(one["secure"]),
        }
        for one in parsed.values()
    ]
