"""What sessions are for, as a user does it: record the shop with its network, stop the shop, replay."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from servers import ScriptedModel

from webagent import read_session
from webagent.demo.run import SESSION
from webagent.demo.shop import Shop

# Writes down every address that a process connects to and every name that it resolves, and then is the command.
WATCHED = """
import sys
out = open(sys.argv.pop(1), "a")
def watch(event, args):
    if event == "socket.connect":
        print("connect", args[1], file=out, flush=True)
    elif event == "socket.getaddrinfo":
        print("resolve", args[0], file=out, flush=True)
sys.addaudithook(watch)
from webagent.__main__ import main
main()
"""


def webagent(*args: object, program: tuple[str, ...] = (sys.executable, "-m", "webagent"), **env: str) -> Any:
    return subprocess.run(
        [*program, *map(str, args)], capture_output=True, text=True, timeout=110, env={**os.environ, **env}
    )


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo's task, recorded with its network on a shop that is gone afterwards."""
    folder = tmp_path_factory.mktemp("sessions")
    replies: list[Any] = [step.reply for step in read_session(SESSION).steps]
    with Shop() as shop, ScriptedModel(replies) as model:
        done = webagent(
            "run", "What does the sweater on sale cost when shipped to France?", "--url", shop.url, "--record-network",
            "--model", "openai/x", "--api-base", model.api_base, "--api-key", "none", "--session-dir", folder,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (recorded,) = folder.iterdir()
    yield recorded


@pytest.mark.slow
def test_the_shop_replays_again_and_connects_to_nothing(session: Path, tmp_path: Path) -> None:
    log = tmp_path / "connections"
    for _ in range(2):
        done = webagent("replay", session, "--json", program=(sys.executable, "-c", WATCHED, str(log)))
        said = json.loads(done.stdout)
        assert (done.returncode, said["ok"], said["offline"], said["misses"]) == (0, True, True, []), done.stdout
    lines = log.read_text().splitlines()
    ours = ("connect ('127.0.0.1', ", "connect ('::1', ", "resolve localhost", "resolve 127.0.0.1")
    assert lines and [line for line in lines if not line.startswith(ours)] == []  # chromedriver and DevTools
    shop = str(urlsplit(str(read_session(session).info.url)).port)
    assert [line for line in lines if shop in line] == []


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bubblewrap for a network of its own")
def test_the_shop_replays_where_there_is_no_network_at_all(session: Path) -> None:
    alone = ("bwrap", "--dev-bind", "/", "/", "--unshare-net", sys.executable, "-m", "webagent")
    done = webagent("replay", session, "--compare-screenshots", program=alone)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_price_that_is_changed_in_the_har_is_named_with_its_step(session: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(session, tmp_path / "changed"))
    har = changed / "network.har"
    text = har.read_text()
    assert "68.00" in text
    har.write_text(text.replace("68.00", "99.00"))
    done = webagent("replay", changed)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("differs"))
    assert lines[at].startswith("differs  step 6: select(")
    assert lines[at + 1].strip() == (
        'text: expected "…Merino Sweater €114.00 €68.00 Ship to France Price…", '
        'seen "…Merino Sweater €114.00 €99.00 Ship to France Price…"'
    )


@pytest.mark.slow
def test_the_other_commands_take_the_session(session: Path, tmp_path: Path) -> None:
    folder = session.parent
    assert webagent("show", "last", "--no-open", "--session-dir", folder).returncode == 0
    report = session / "report.html"
    pictures = sum(picture.stat().st_size for picture in (session / "screenshots").iterdir())
    assert report.stat().st_size < 1.5 * pictures
    for kind in ("har", "gif", "jsonl"):
        done = webagent("export", session, "--to", kind, "-o", tmp_path / f"out.{kind}")
        assert (done.returncode, Path(done.stdout.strip()).is_file()) == (0, True), done.stderr
