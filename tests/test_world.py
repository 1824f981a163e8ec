"""The world that tests/sessions were recorded on still has the pages that they saw."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from world import metals
from world.serve import SECURE, SITES
from world.web import Request

_ANSWERS = {**SITES, SECURE: metals.answer}
_SESSIONS = Path(__file__).parent / "sessions"


@pytest.mark.parametrize("name", ["form", "tabs", "popup", "failed", "moved", "live"])
def test_a_recorded_page_is_served_as_it_was_recorded(name):
    entries = json.loads((_SESSIONS / name / "network.har").read_text())["log"]["entries"]
    # What was posted gets another number each time, and the page of that number is gone.
    read = [one for one in entries if one["request"]["method"] == "GET" and "/booked/" not in one["request"]["url"]]
    assert read
    for entry in read:
        url = urlsplit(entry["request"]["url"])
        query = dict(parse_qsl(url.query))
        reply = _ANSWERS[url.port](Request("GET", url.netloc, url.path, query, {}, {}))
        response = entry["response"]
        assert reply.status == response["status"], url
        assert dict(reply.headers).get("Location", "") == response["redirectURL"]
        assert reply.type == response["content"]["mimeType"] or not reply.body
