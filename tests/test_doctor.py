"""What the doctor finds, but for the browser, which is tested where one is started."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from webagent.doctor import Finding, examine_browser, examine_model, examine_script, lines
from webagent.model_check import KEY_VARIABLES, check_server, provider_of
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
    assert "pip install --force-reinstall --no-deps webagent" in finding.mend
    assert "python -m webagent" in finding.mend


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
    finding = examine_model(Settings(), {})
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
    assert "--api-base" in finding.mend


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
        examine_model(Settings(model="anthropic/m", api_base=server.base), {"OPENAI_API_KEY": "sk-2"})
    assert (finding.ok, finding.says) == (True, f"The server at {server.base} answers.")
    assert server.asked == [("/v1/models", "Bearer sk-1"), ("/v1/models", "Bearer sk-2"), ("/v1/models", None)]


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
