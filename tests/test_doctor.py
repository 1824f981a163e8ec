"""What the doctor finds, but for the browser, which is tested where one is started."""

import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from webagent.doctor import (
    Finding,
    examine_browser,
    examine_model,
    examine_sandbox,
    examine_script,
    installed_from,
    lines,
)
from webagent.keys import KEY_VARIABLES
from webagent.model_check import check_server, provider_of
from webagent.settings import Settings

OURS = "#!/usr/bin/python3\nimport sys\nfrom webagent.__main__ import main\nsys.exit(main())\n"
SMOLAGENTS = "#!/usr/bin/python3\nimport sys\nfrom smolagents.vision_web_browser import main\nsys.exit(main())\n"


class Server(HTTPServer):
    """A model's server that answers every request with one status and body, and keeps what it was asked."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.headers = status, body, headers
        self.asked: list[tuple[str, str | None]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(status: int = 200, body: object = "", **headers: str) -> Iterator[Server]:
    server = Server(status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def script(folder: Path, text: str, mode: int = 0o755) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "webagent"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_our_script(tmp_path: Path) -> None:
    path = script(tmp_path, OURS)
    finding = examine_script(str(tmp_path))
    assert finding.ok
    assert str(path) in finding.says


def test_smolagents_script_stands_first(tmp_path: Path) -> None:
    first = script(tmp_path / "a", SMOLAGENTS)
    script(tmp_path / "b", OURS)
    finding = examine_script(f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    assert not finding.ok
    assert f"{first}, is smolagents' script" in finding.says
    assert f"{sys.executable} -m webagent" in finding.mend


INSTALLED = {
    "editable": '{"url": "file:///FOLDER/a%20b", "dir_info": {"editable": true}}',
    "copied": '{"url": "file:///FOLDER/a%20b", "dir_info": {}}',
    "gone": '{"url": "file:///FOLDER/gone", "dir_info": {"editable": true}}',
    "git": '{"url": "https://git.example/webagent", "vcs_info": {"vcs": "git", "commit_id": "0"}}',
    "broken": "[",
    "list": "[]",
    "unknown": None,
}


@pytest.mark.parametrize("kind", INSTALLED)
def test_a_script_is_mended_from_where_it_came(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = INSTALLED[kind]
    (tmp_path / "a b").mkdir()
    info = tmp_path / "webagent-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: webagent\nVersion: 0.1.0\n")
    if origin is not None:
        (info / "direct_url.json").write_text(origin.replace("/FOLDER", str(tmp_path)))
    folder = tmp_path / "a b" if kind == "editable" else None
    assert installed_from([str(tmp_path)]) == folder

    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    script(tmp_path / "bin", SMOLAGENTS)
    mend = examine_script(str(tmp_path / "bin")).mend
    assert f"{sys.executable} -m webagent" in mend
    assert ("pip install" in mend) == (folder is not None)
    assert folder is None or f"pip install --force-reinstall --no-deps -e '{folder}', or" in mend
    assert "--no-deps webagent" not in mend  # a stranger's project has that name on PyPI


def test_our_script_stands_first(tmp_path: Path) -> None:
    script(tmp_path / "a", OURS)
    script(tmp_path / "b", SMOLAGENTS)
    assert examine_script(f"{tmp_path / 'a'}:{tmp_path / 'b'}").ok


def test_another_programs_script(tmp_path: Path) -> None:
    script(tmp_path, "\x00\xff binary")
    assert "another program" in examine_script(str(tmp_path)).says


def test_no_script(tmp_path: Path) -> None:
    script(tmp_path, OURS, mode=0o644)  # not executable
    finding = examine_script(str(tmp_path))
    assert not finding.ok
    assert "python -m webagent" in finding.mend


def test_no_model() -> None:
    finding = examine_model(Settings(discover=False), {})
    assert not finding.ok
    assert "--model" in finding.says + finding.mend
    assert "--api-base" in finding.says + finding.mend


@pytest.mark.parametrize("provider", KEY_VARIABLES)
def test_keys_of_providers(provider: str) -> None:
    settings = Settings(model=f"{provider}/some/model")
    finding = examine_model(settings, {KEY_VARIABLES[provider][0]: ""})
    assert not finding.ok
    assert KEY_VARIABLES[provider][0] in finding.mend
    for variable in KEY_VARIABLES[provider]:
        finding = examine_model(settings, {variable: "sk-secret"})
        assert finding.ok
        assert variable in finding.says
        assert "sk-secret" not in finding.says


def test_a_key_of_webagents_own() -> None:
    finding = examine_model(Settings.model_validate({"model": "openai/m", "api_key": "sk-secret"}), {})
    assert finding.ok
    assert "sk-secret" not in finding.says


def test_an_unknown_provider_is_not_judged() -> None:
    assert examine_model(Settings(model="nobody/m"), {}).ok


def test_own_servers_need_an_address() -> None:
    finding = examine_model(Settings(model="hosted_vllm/m"), {"OPENAI_API_KEY": "k"})
    assert not finding.ok
    assert "--api-base" in finding.says


def test_ollama_is_asked_where_its_variable_says() -> None:
    with serving(body={"models": [{"name": "qwen2.5vl:latest"}]}) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        finding = examine_model(Settings(model="ollama/qwen2.5vl"), {"OLLAMA_API_BASE": address})
    assert finding.ok
    assert server.asked == [("/api/tags", None)]
    assert "does not list" not in finding.says


@pytest.mark.parametrize(
    ("name", "provider"),
    [("openai/gpt-4o", "openai"), ("gpt-4o", "openai"), ("claude-sonnet-4", "anthropic"), ("qwen", None)],
)
def test_provider_of(name: str, provider: str | None) -> None:
    assert provider_of(name) == provider


def test_a_server_that_answers() -> None:
    with serving(body={"data": [{"id": "Qwen/Q"}]}) as server:
        settings = Settings.model_validate({"model": "openai/Qwen/Q", "api_base": server.base, "api_key": "sk-1"})
        finding = examine_model(settings, {"OPENAI_API_KEY": "sk-2"})
        examine_model(Settings(model="openai/Qwen/Q", api_base=server.base), {"OPENAI_API_KEY": "sk-2"})
        examine_model(Settings(model="Qwen/Q", api_base=server.base), {"OPENAI_API_KEY": "sk-2"})
        examine_model(Settings(model="anthropic/m", api_base=server.base), {"OPENAI_API_KEY": "sk-2"})
        examine_model(Settings(model="anthropic/m", api_base=server.base), {"ANTHROPIC_API_KEY": "sk-3"})
    assert (finding.ok, finding.says) == (True, f"The server at {server.base} answers.")
    # A server that is asked without TLS is no place for OpenAI's key; a run does not send it either.
    assert [key for _, key in server.asked] == ["Bearer sk-1", None, None, None, "Bearer sk-3"]
    assert {path for path, _ in server.asked} == {"/v1/models"}


def test_openais_key_goes_where_openai_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str | None] = []

    def check(base: str, name: str, key: str | None) -> tuple[bool, str, str]:
        sent.append(key)
        return True, "", ""

    monkeypatch.setattr("webagent.model_check.check_server", check)
    for model in ("openai/m", "Qwen/Q"):
        examine_model(Settings(model=model, api_base="https://proxy.example/v1"), {"OPENAI_API_KEY": "sk"})
    assert sent == ["sk", None]


def test_a_server_that_does_not_list_the_model() -> None:
    with serving(body={"data": [{"id": f"m{number}"} for number in range(9)]}) as server:
        ok, says, _ = check_server(server.base, "openai/other")
    assert ok
    assert "does not list other; it lists m0, m1, m2, m3, m4, ..." in says


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"data": 3}', b'{"data": [3]}', b"[" * 100_000])
def test_answers_of_another_form(body: bytes) -> None:
    with serving(body=body) as server:
        assert check_server(server.base, "openai/m")[0]


@pytest.mark.parametrize(
    ("status", "ok", "word"),
    [
        (401, False, "key"),
        (403, False, "key"),
        (404, True, "list of models"),
        (500, False, "error"),
        (302, False, "else"),
    ],
)
def test_statuses(status: int, ok: bool, word: str) -> None:
    with serving(status) as server:
        found, says, mend = check_server(server.base, "openai/m", "k")
    assert found is ok
    assert word in says
    assert mend


def test_the_key_does_not_follow_a_redirect() -> None:
    with serving() as elsewhere, serving(307, Location=elsewhere.base) as server:
        check_server(server.base, "openai/m", "sk-secret")
    assert elsewhere.asked == []


def test_a_password_in_the_address_is_sent_but_not_shown() -> None:
    with serving() as server:
        ok, says, _ = check_server(server.base.replace("//", "//me:hid%40den@"), "openai/m")
    assert ok
    assert says == f"The server at {server.base} answers."
    assert server.asked == [("/v1/models", "Basic bWU6aGlkQGRlbg==")]


def test_no_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound but not listening: refused
        base = f"http://me:hidden@127.0.0.1:{free.getsockname()[1]}/v1"
        ok, says, mend = check_server(base, "openai/m")
    assert not ok
    assert "refused" in says
    assert "hidden" not in says
    assert "--api-base" in mend


def test_a_server_that_never_answers() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        ok, says, _ = check_server(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", "openai/m", timeout=0.05)
    assert not ok
    assert "timed out" in says


@pytest.mark.parametrize("base", ["http://no-such-host.invalid/v1", "http://" + "a" * 80 + "/v1", "http://[::1"])
def test_addresses_that_lead_nowhere(base: str) -> None:
    ok, says, mend = check_server(base, "openai/m", timeout=1)
    assert not ok
    assert says
    assert mend


def test_a_browser_that_is_not_there(tmp_path: Path) -> None:
    findings = examine_browser(Settings(browser_path=tmp_path / "no-browser"))
    assert [(finding.what, finding.ok) for finding in findings] == [("browser", False), ("driver", False)]


def test_lines() -> None:
    shown = lines([Finding("model", True, "Fine\x1b[31m.\nReally."), Finding("browser", False, "Gone.", "get one.")])
    assert shown == ["ok   model    Fine[31m. Really.", "BAD  browser  Gone. To mend it: get one."]


def test_the_sandbox_is_named_and_tried() -> None:
    finding = examine_sandbox(unsafe=False)
    assert finding.ok
    assert re.match(
        r"(bubblewrap [0-9.]+|Landlock \(ABI [0-9]+\)) with seccomp: nothing got out in 2[0-9] ", finding.says
    )


def test_no_sandbox_is_bad() -> None:
    finding = examine_sandbox(unsafe=True)
    assert not finding.ok
    assert "--unsafe-no-sandbox" in finding.says
