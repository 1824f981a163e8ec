"""One exchange as an entry of a HAR file."""

import base64
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from webagent.browser.exchange import Body, Exchange, Headers
from webagent.session.pseudonyms import Pseudonyms, cookies_of
from webagent.session.unpack import unpack

_OPCODES = {"text": 1, "bytes": 2}


def as_entry(exchange: Exchange, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """Return what HAR says of an exchange; nothing in it is secret but what bodies and addresses hold.

    Args:
        exchange: one that is over.
        pseudonyms: those of the session.
    """
    pseudonyms.learn(exchange.headers, exchange.answer_headers)
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
    if other := _pseudonymised(exchange, pseudonyms):
        request["_pseudonymised"] = other
    entry: dict[str, Any] = {
        "startedDateTime": exchange.started.isoformat(timespec="microseconds"),
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
        if exchange.left_out:
            entry["_messagesLeftOut"] = exchange.left_out
            entry["comment"] = f"{exchange.left_out} messages were left out: with them it is over the limit"
        if exchange.closed is not None:
            entry["_webSocketClosed"] = exchange.closed
    return entry


def _unpacked(exchange: Exchange) -> tuple[bytes | None, dict[str, Any]]:
    """Return the body of an answer without its compression, and what is to be said of it."""
    data = exchange.body.data
    named = (value for name, value in exchange.answer_headers if name == b"content-encoding")
    packing = b", ".join(named).decode("latin-1").strip().lower()
    if not data or packing in ("", "identity"):
        return data, {}
    try:
        unpacked = unpack(data, packing, exchange.body.limit)
    except ValueError:
        return data, {"_packed": True, "comment": "as it was packed: it could not be unpacked"}
    if unpacked is None:
        return None, {"_omitted": True, "comment": "left out: unpacked it is over the limit"}
    return unpacked, {"compression": len(unpacked) - len(data)}


def _pseudonymised(exchange: Exchange, pseudonyms: Pseudonyms) -> dict[str, str]:
    """Return url and body as a page sends them that has the pseudonyms for its cookies; empty where it is the same."""
    data = exchange.sent_body.data or b""
    url, body = pseudonyms.within(exchange.url), data
    with suppress(UnicodeDecodeError):
        body = pseudonyms.within(data.decode()).encode()
    if (url, body) == (exchange.url, data):
        return {}
    return {"url": url, "text": body.decode()} if body != data else {"url": url}


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
        if name.lower() == "proxy-connection":  # said to us, and not passed on
            continue
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
