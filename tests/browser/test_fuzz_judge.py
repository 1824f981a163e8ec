"""The judge, asked anything at all: it refuses in words or passes what is on the list that is written down here."""

import ipaddress
from pathlib import Path
from typing import Any

import ada_url
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from browser.test_policy import ALLOWED, CHROMEDRIVERS, EVERY_COMMAND
from webagent.browser import known_scripts
from webagent.browser.plain_json import ELEMENT
from webagent.browser.policy import Asker, Policy
from webagent.browser.reach import Reach, Refused
from webagent.browser.uploads import names_a_path

POLICY = Policy(Reach())


def often(times: int) -> settings:
    """Return settings for a test that is the same each time it runs."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=times, derandomize=True, deadline=None, database=None, suppress_health_check=checks)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.just(10**400)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=20)
    | st.text(st.characters(), max_size=5)  # halves of characters too
    | st.sampled_from([ELEMENT, "../..", "f.A.d.B.e.7", "css selector", "tab", "pointer", "pointerMove", "return 1"])
)
NAMES = (
    st.sampled_from(
        """id name using value text url script args actions type parameters pointerType handle shadowId propertyName
    sessionId duration x y origin button cmd params""".split()
    )
    | st.just(ELEMENT)
    | st.text(max_size=5)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=15
)
ANYTHING = JSON | st.sets(st.integers(), max_size=3) | st.binary(max_size=3) | st.just(object())
COMMANDS = st.sampled_from(EVERY_COMMAND) | st.sampled_from(CHROMEDRIVERS) | st.text(max_size=12) | ANYTHING
ASKERS: st.SearchStrategy[Asker] = st.sampled_from(["worker", "tool"])

TAKES = {
    "findElement": {"using", "value"},
    "findElements": {"using", "value"},
    "findChildElement": {"id", "using", "value"},
    "findChildElements": {"id", "using", "value"},
    "findElementFromShadowRoot": {"shadowId", "using", "value"},
    "findElementsFromShadowRoot": {"shadowId", "using", "value"},
    "getElementAttribute": {"id", "name"},
    "getElementProperty": {"id", "name"},
    "getElementValueOfCssProperty": {"id", "propertyName"},
    "sendKeysToElement": {"id", "text", "value"},
    "w3cSetAlertValue": {"text", "value"},
    "actions": {"actions"},
    "switchToWindow": {"handle"},
    "newWindow": {"type"},
    "switchToFrame": {"id"},
    "w3cExecuteScript": {"script", "args", "id"},
    "get": {"url"},
} | dict.fromkeys(  # noqa: RUF024 - never changed
    """getElementText getElementTagName getElementRect getElementAriaRole getElementAriaLabel isElementSelected
    isElementEnabled getShadowRoot elementScreenshot clickElement clearElement""".split(),
    {"id"},
)


def passes(policy: Policy, command: Any, params: Any, asker: Asker) -> bool:
    """Return whether it passes; a refusal has to be one short sentence that can be sent on."""
    try:
        policy.judge(command, params, asker)
    except Refused as refused:
        said = str(refused)
        assert 10 < len(said) < 300
        assert said.endswith(".")
        assert "\n" not in said
        said.encode()
        return False
    return True


def check(command: Any, params: Any) -> None:
    """Assert that what has passed is on the list, with what it takes and in a shape that leads nowhere else."""
    assert command in ALLOWED
    assert set(params) - {"sessionId"} <= TAKES.get(command, set())
    for name in ("id", "shadowId", "name", "propertyName", "handle"):
        if isinstance(params.get(name), str):
            assert params[name] not in ("", ".", "..")
            assert not set(params[name]) & set("/\\?#% \t\n\r\x00")
    if command == "w3cExecuteScript":
        whole, templates = known_scripts._sent()
        assert params["script"] in whole or any(one.fullmatch(params["script"]) for one in templates)


@pytest.mark.slow
@often(800)
@given(COMMANDS, ANYTHING, ASKERS)
def test_whatever_is_asked_is_refused_or_on_the_list(command: Any, params: Any, asker: Asker) -> None:
    if passes(POLICY, command, params, asker):
        check(command, params)


@st.composite
def fitting(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a listed command with the parameters that it takes, of which some fit and some do not."""
    command = draw(st.sampled_from(sorted(ALLOWED)))
    likely = {
        "id": st.sampled_from(["f.A.d.B.e.7", "e", {ELEMENT: "e"}, 3, None]) | JSON,
        "shadowId": st.sampled_from(["f.A.d.B.e.7", "e"]) | JSON,
        "using": st.sampled_from(["css selector", "xpath"]) | JSON,
        "type": st.sampled_from(["tab", None]) | JSON,
        "args": st.lists(JSON, max_size=3) | JSON,
        "script": st.sampled_from(sorted(known_scripts._sent()[0])) | st.text() | JSON,
        "actions": st.lists(DEVICES, max_size=3) | JSON,
        "url": URLS | JSON,
    }
    names = draw(st.sets(st.sampled_from(sorted(TAKES.get(command, {"id"}))))) | draw(
        st.sampled_from([set(), TAKES.get(command, set())])
    )
    params = {name: draw(likely.get(name, st.text(max_size=10) | JSON)) for name in sorted(names)}
    return command, params


ACTIONS = st.fixed_dictionaries(
    {"type": st.sampled_from(["pause", "keyDown", "pointerMove", "pointerDown", "scroll", "pointerCancel"]) | JSON},
    optional={
        name: st.integers(-5, 30_000) | JSON for name in ("duration", "x", "y", "deltaX", "button", "origin", "value")
    },
)
DEVICES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["none", "key", "pointer", "wheel"]) | JSON,
        "id": st.text(max_size=3) | JSON,
        "actions": st.lists(ACTIONS, max_size=3) | JSON,
    },
    optional={"parameters": st.just({"pointerType": "mouse"}) | JSON},
)
PIECES = st.sampled_from(
    """http https ftp file javascript data blob about chrome view-source ws HTTP : :: :// // / \\ \\\\ @ . .. % %00 %2e
    ? # [ ] ::1 ::ffff:127.0.0.1 127.0.0.1 127.1 0x7f 2130706433 017700000001 10.0.0.1 192.168.0.1 169.254.169.254
    localhost example.com EXAMPLE.com. ex\u00e4mple.com xn--exmple-cua.com \uff11\uff12\uff17.0.0.1
    1\u30022\u30023\u30024
    \u2100 user pw :80 :443 :0 :99999 blank quit null ,<p> a=http://b example metadata.google.internal 64:ff9b::7f00:1
    fe80::1 fd00:ec2::254 0 1""".split()
) | st.sampled_from(["\t", "\n", "\r", "\x00", "\x0b", " ", "\u00ad", "\u200b", "\u3000", "\ud800", "\ufeff"])
URLS = st.lists(PIECES | st.text(max_size=3), max_size=9).map("".join)


@pytest.mark.slow
@often(800)
@given(fitting(), ASKERS)
def test_a_listed_command_is_refused_or_as_the_list_has_it(asked: tuple[str, dict[str, Any]], asker: Asker) -> None:
    if passes(POLICY, *asked, asker):
        check(*asked)


@pytest.mark.slow
@often(2500)
@given(URLS)
@example("blob:null/x")
@example("blob:blob:http://127.0.0.1/")
@example("http://example.com@127.0.0.1/")
@example("http://127.0.0.1\\@example.com/")
@example("http://[::ffff:127.0.0.1]/")
@example("http://[::127.0.0.1]/")
@example("http:\\\\\\\\127.0.0.1")
@example("example.com:80@127.0.0.1/")
@example("localhost:80/\\..")
def test_whatever_address_passes_is_of_the_public_web(url: str) -> None:
    try:
        opened = POLICY.judge_url(url)
    except Refused as refused:
        assert str(refused).endswith(".")
        assert len(str(refused)) < 300
        str(refused).encode()
        return
    assert POLICY.judge_url(opened) == opened
    parsed = ada_url.URL(opened)
    if parsed.protocol == "about:":
        assert parsed.pathname == "blank"
        return
    if parsed.protocol == "blob:":
        parsed = ada_url.URL(parsed.pathname)
    assert parsed.protocol in ("http:", "https:")
    assert not parsed.username
    assert not parsed.password
    assert parsed.hostname
    assert "@" not in parsed.host
    try:
        address = ipaddress.ip_address(parsed.hostname.strip("[]"))
    except ValueError:
        return  # a name: what it leads to is judged when that is known
    assert address.is_global
    assert not address.is_multicast
    assert getattr(address, "ipv4_mapped", None) is None or address.ipv4_mapped.is_global  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("upload") / "in"
    (folder / "sub").mkdir(parents=True)
    for path in ("a.txt", "sub/b.txt", "../out.txt"):
        (folder / path).write_text("x")
    (folder / "out").symlink_to(folder.parent)
    return folder


@pytest.mark.slow
@often(800)
@given(st.data())
def test_whatever_files_pass_lie_in_the_folder(folder: Path, data: st.DataObject) -> None:
    pieces = st.sampled_from(["/", ".", "..", "a.txt", "sub", "b.txt", "out", "out.txt", "\n", " ", "\t", "\x0b", "~"])
    pieces |= st.just(str(folder)) | st.just("/etc/passwd") | st.text(max_size=2)
    text = data.draw(st.lists(pieces, max_size=10).map("".join))
    try:
        sent = Policy(Reach(), upload_dirs=[folder]).judge_files(text)
    except Refused:
        return
    assert names_a_path(sent)
    for line in sent.split("\n"):
        assert Path(line).is_file()
        assert Path(line).resolve() == Path(line)
        assert Path(line).is_relative_to(folder)
