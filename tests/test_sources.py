"""Which source of settings wins, what each may say, and how each is blamed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webagent.errors import ConfigurationError
from webagent.keys import KEY_VARIABLES
from webagent.settings import Settings
from webagent.sources import changed, load_settings


class Sources:
    """A working directory and a user's file to write into, and an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.cwd = folder / "work"
        self.cwd.mkdir()
        self.user_file = folder / "config" / "webagent.toml"
        self.user_file.parent.mkdir()
        self.environ: dict[str, str] = {}
        self.flags: dict[str, Any] = {}
        self.caller = "the command line"

    def dotenv(self, text: str) -> None:
        (self.cwd / ".env").write_text(text, encoding="utf-8")

    def folder(self, text: str) -> None:
        (self.cwd / "webagent.toml").write_text(text, encoding="utf-8")

    def user(self, text: str) -> None:
        self.user_file.write_text(text, encoding="utf-8")

    def load(self) -> Settings:
        where: Any = {"environ": self.environ, "cwd": self.cwd, "user_file": self.user_file}
        return load_settings(self.flags, source=self.caller, **where)

    def blamed(self) -> str:
        with pytest.raises(ConfigurationError) as caught:
            self.load()
        sentence = str(caught.value)
        assert "\n" not in sentence
        assert ":" in sentence or ";" in sentence  # what is wrong: how to mend it
        return sentence

    def key(self) -> str | None:
        key = self.load().api_key
        return None if key is None else key.get_secret_value()


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path)


def test_nothing_given(sources: Sources) -> None:
    assert sources.load() == Settings()


def test_precedence(sources: Sources) -> None:
    def flag() -> None:
        sources.flags = {"max_steps": 1}

    def environment() -> None:
        sources.environ = {"WEBAGENT_MAX_STEPS": "2"}

    steps: list[tuple[int, Callable[[], None]]] = [
        (5, lambda: sources.folder("max_steps = 5")),
        (4, lambda: sources.user("max_steps = 4")),
        (3, lambda: sources.dotenv("WEBAGENT_MAX_STEPS=3")),
        (2, environment),
        (1, flag),
    ]
    for wins, give in steps:  # from the furthest to the nearest
        give()
        assert sources.load().max_steps == wins


def test_sources_add_up(sources: Sources) -> None:
    sources.folder('viewport = "800x600"\nheaded = true')
    sources.user("keep_screenshots = 3")
    sources.dotenv("WEBAGENT_MODEL=openai/a")
    sources.environ = {"WEBAGENT_ALLOW_HOST": "localhost:1,localhost:2", "WEBAGENT_ACTION_TIMEOUT": "2.5"}
    sources.flags = {"headed": False, "session_dir": "s"}
    settings = sources.load()
    assert (settings.viewport, settings.keep_screenshots, settings.model) == ((800, 600), 3, "openai/a")
    assert (settings.allow_host, settings.action_timeout) == (("localhost:1", "localhost:2"), 2.5)
    assert (settings.headed, settings.session_dir) == (False, Path("s"))


def test_limits_are_for_the_folder_that_they_were_set_for(sources: Sources) -> None:
    sources.user("sessions_max_days = 3\nsession_dir = '/mine'")
    assert sources.load().sessions_max_days == 3
    sources.environ = {"WEBAGENT_SESSION_DIR": "tests/sessions", "WEBAGENT_SESSIONS_MAX_MB": "5"}
    assert (sources.load().sessions_max_days, sources.load().sessions_max_mb) == (None, 5)
    sources.flags = {"session_dir": "tests/sessions"}
    assert (sources.load().sessions_max_days, sources.load().sessions_max_mb) == (None, None)
    mine = Settings(sessions_max_days=3, sessions_max_mb=5)
    other = changed(mine, {"session_dir": "tests/sessions", "sessions_max_mb": 7})
    assert (other.sessions_max_days, other.sessions_max_mb) == (None, 7)
    assert changed(mine, {"max_steps": 3}).sessions_max_days == 3


def test_empty_is_not_given(sources: Sources) -> None:
    sources.environ = {"WEBAGENT_MODEL": "", "WEBAGENT_MAX_STEPS": "  "}
    sources.flags = {"model": None, "api_base": "", "allow_host": ()}
    sources.dotenv("WEBAGENT_MODEL=\nWEBAGENT_HEADED=\nWEBAGENT_VIEWPORT")
    assert sources.load() == Settings()


def test_a_bad_value_names_source_key_and_what_it_must_be(sources: Sources) -> None:
    sources.flags = {"max_steps": "0"}
    assert "--max-steps in the command line ('0')" in sources.blamed()
    assert "a whole number of at least 1" in sources.blamed()
    sources.flags = {}
    sources.environ = {"WEBAGENT_VIEWPORT": "big"}
    assert "WEBAGENT_VIEWPORT in the environment ('big')" in sources.blamed()
    sources.environ = {}
    sources.dotenv("WEBAGENT_HEADED=perhaps")
    assert f"WEBAGENT_HEADED in {sources.cwd / '.env'} ('perhaps')" in sources.blamed()
    sources.dotenv("")
    sources.user("action_timeout = 0")
    assert f"action_timeout in {sources.user_file} (0)" in sources.blamed()
    sources.user("")
    sources.folder("keep_screenshots = 0")
    assert f"keep_screenshots in {sources.cwd / 'webagent.toml'} (0)" in sources.blamed()


def test_python_is_not_told_of_flags(sources: Sources) -> None:
    sources.caller = "the call"
    sources.flags = {"max_steps": 0}
    assert sources.blamed().startswith("max_steps in the call (0) ")
    sources.flags = {"max_step": 1}
    assert "did you mean max_steps?" in sources.blamed()
    with pytest.raises(ConfigurationError, match="max_steps in the call"):
        changed(Settings(), {"max_steps": 0})
    assert changed(Settings(max_steps=3, headed=True), {"max_steps": 4, "model": None}).max_steps == 4


def test_a_bad_value_is_blamed_although_another_source_wins(sources: Sources) -> None:
    sources.flags = {"max_steps": 3}
    sources.environ = {"WEBAGENT_MAX_STEPS": "many"}
    assert "WEBAGENT_MAX_STEPS" in sources.blamed()


def test_secrets_do_not_show_in_blame(sources: Sources) -> None:
    sources.environ = {"WEBAGENT_API_KEY": "sk secret"}
    assert "sk secret" not in sources.blamed()
    sources.environ = {"WEBAGENT_API_BASE": "ftp://me:secret@host"}
    assert "secret" not in sources.blamed()


def test_control_characters_do_not_show_in_blame(sources: Sources) -> None:
    sources.folder('"\\u001b[31m\\nkey" = 1')
    assert "\x1b" not in sources.blamed()


@pytest.mark.parametrize("name", ["max_step", "max-steps", "Max_Steps"])
def test_unknown_key_in_a_file(sources: Sources, name: str) -> None:
    sources.folder(f"{name} = 3")
    sentence = sources.blamed()
    assert sentence.startswith(f"{name} in {sources.cwd / 'webagent.toml'}")
    assert "did you mean max_steps?" in sentence


def test_unknown_key_without_a_near_one(sources: Sources) -> None:
    sources.user("qqqqqq = 3")
    assert "qqqqqq" in sources.blamed()
    assert "did you mean" not in sources.blamed()


def test_unknown_variable(sources: Sources) -> None:
    sources.environ = {"WEBAGENT_MAXSTEPS": "3"}
    assert "WEBAGENT_MAXSTEPS in the environment" in sources.blamed()
    assert "did you mean WEBAGENT_MAX_STEPS?" in sources.blamed()
    sources.environ = {}
    sources.dotenv("WEBAGENT_VIEW_PORT=800x600")
    assert f"WEBAGENT_VIEW_PORT in {sources.cwd / '.env'}" in sources.blamed()
    sources.dotenv("WEBAGENT_OTHER_API_KEY=x")  # its end does not make it a key of some library
    assert "WEBAGENT_OTHER_API_KEY" in sources.blamed()


def test_other_variables_are_no_settings(sources: Sources) -> None:
    sources.environ = {"OTHER": "x", "webagent_model": "x"}
    assert sources.load() == Settings()


def test_broken_toml_names_file_and_line(sources: Sources) -> None:
    sources.user('model = "a"\nmax_steps = = 3')
    assert str(sources.user_file) in sources.blamed()
    assert "line 2" in sources.blamed()


def test_broken_dotenv_line_names_file_and_line(sources: Sources) -> None:
    sources.dotenv("A=1\nWEBAGENT_MODEL='open\n")
    assert f"line 2 of {sources.cwd / '.env'}" in sources.blamed()


def test_broken_dotenv_line_of_another_program(sources: Sources, capfd: pytest.CaptureFixture[str]) -> None:
    sources.dotenv("OTHER='open\nWEBAGENT_MODEL=a")
    sources.dotenv("= what is this\nWEBAGENT_MODEL=a")
    assert sources.load().model == "a"
    assert capfd.readouterr() == ("", "")


def test_folders_and_bytes_in_place_of_files(sources: Sources) -> None:
    (sources.cwd / ".env").mkdir()
    assert f"{sources.cwd / '.env'} is not a file" in sources.blamed()
    (sources.cwd / ".env").rmdir()
    os.mkfifo(sources.cwd / ".env")  # reading it would wait for ever
    assert "is not a file" in sources.blamed()
    (sources.cwd / ".env").unlink()
    (sources.cwd / ".env").write_bytes(b"A=\xff\xfe")
    assert "UTF-8" in sources.blamed()
    (sources.cwd / ".env").write_bytes(b"OPENAI_API_KEY=a\0b")
    assert "zero bytes" in sources.blamed()
    (sources.cwd / ".env").unlink()
    (sources.cwd / "webagent.toml").mkdir()
    assert f"{sources.cwd / 'webagent.toml'} is not a file" in sources.blamed()


def test_a_dangling_link_is_no_file(sources: Sources) -> None:
    (sources.cwd / ".env").symlink_to("nowhere")
    assert sources.load() == Settings()


def test_an_unreadable_file(sources: Sources) -> None:
    (sources.cwd / ".env").symlink_to("/proc/self/mem")  # a file that nobody can read from its start, not even root
    assert f"{sources.cwd / '.env'} cannot be read" in sources.blamed()


def test_a_file_behind_a_file_is_not_there(sources: Sources) -> None:
    sources.user_file = Path("/dev/null/webagent.toml")
    assert sources.load() == Settings()


# What may come with a cloned repository


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_key", "'k'"),
        ("api_base", "'http://evil/v1'"),
        ("allow_host", "['localhost:22']"),
        ("browser_path", "'/tmp/evil'"),
        ("driver_path", "'./evil'"),
        ("mmproj", "'./evil.gguf'"),
        ("session_dir", "'/tmp/evil'"),
        ("sessions_max_days", "1"),
        ("sessions_max_mb", "1"),
        ("record_network", "true"),
        ("keep_cookies", "true"),
        ("record", "false"),
    ],
)
def test_the_folders_file_may_not_redirect_keys_or_loosen_safety(sources: Sources, name: str, value: str) -> None:
    sources.folder(f"{name} = {value}")
    sentence = sources.blamed()
    assert name in sentence
    assert f"WEBAGENT_{name.upper()} in the environment" in sentence
    sources.folder("")
    sources.user(f"{name} = {value}")  # the user's own may
    assert getattr(sources.load(), name) != getattr(Settings(), name)


def test_the_users_file_as_the_working_directorys_is_the_users(sources: Sources) -> None:
    sources.cwd = sources.user_file.parent
    sources.user("api_base = 'http://localhost:1/v1'")
    assert sources.load().api_base == "http://localhost:1/v1"


@pytest.mark.parametrize(
    "line",
    [
        "BROWSER_PATH=/tmp/evil", "DRIVER_PATH=./evil", "ALLOW_HOST=localhost:22", "SESSIONS_MAX_DAYS=1",
        "SESSIONS_MAX_MB=1", "RECORD_NETWORK=1", "KEEP_COOKIES=1", "RECORD=0", "SESSION_DIR=/home/me",
        "MMPROJ=./evil.gguf",
    ],
)  # fmt: skip
def test_dotenv_may_not_start_programs_open_hosts_or_say_what_is_kept(sources: Sources, line: str) -> None:
    sources.dotenv(f"export WEBAGENT_{line}")
    assert f"WEBAGENT_{line.partition('=')[0]} may not be set in" in sources.blamed()
    assert "cloned repository" in sources.blamed()


def test_dotenv_gives_keys_and_nothing_else_to_the_environment(sources: Sources) -> None:
    sources.environ = {"HF_TOKEN": "mine", "GROQ_API_KEY": ""}
    aws = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION_NAME"), "a")
    sources.dotenv(
        "OPENAI_API_KEY=k1\nHF_TOKEN=theirs\nGROQ_API_KEY=k2\nTOGETHER_AI_TOKEN='t'\nGEMINI_API_KEY=\n"
        "OPENAI_BASE_URL=http://evil\nHTTPS_PROXY=http://evil\nhttp_proxy=http://evil\nLD_PRELOAD=/tmp/evil.so\n"
        "PATH=/tmp\nSSL_CERT_FILE=/tmp/evil.pem\nX_API_KEY_URL=http://evil\n'a b_API_KEY'=x\nopenai_api_key=x\n"
        "WEBAGENT_MODEL=m\nPYTHONPATH=/tmp\nGITHUB_TOKEN=g\nSOME_API_KEY=s\nAWS_PROFILE=p\nAWS_ENDPOINT_URL=http://evil\n"
        + "".join(f"{name}={value}\n" for name, value in aws.items())
    )
    sources.load()
    assert sources.environ == {
        "HF_TOKEN": "mine",
        "GROQ_API_KEY": "k2",
        "OPENAI_API_KEY": "k1",
        "TOGETHER_AI_TOKEN": "t",
        **aws,
    }


@pytest.mark.parametrize("names", KEY_VARIABLES.values())
def test_dotenv_gives_the_keys_of_every_known_provider(sources: Sources, names: tuple[str, ...]) -> None:
    sources.dotenv("".join(f"{name}=k\n" for name in names))
    sources.load()
    assert sources.environ == dict.fromkeys(names, "k")


def test_dotenv_gives_no_keys_where_the_configuration_is_wrong(sources: Sources) -> None:
    sources.dotenv("OPENAI_API_KEY=k1")
    sources.flags = {"max_steps": 0}
    sources.blamed()
    assert sources.environ == {}


def test_dotenv_does_not_interpolate(sources: Sources) -> None:
    sources.environ = {"OPENAI_API_KEY": "sk-mine"}
    sources.dotenv("WEBAGENT_API_BASE=http://evil/${OPENAI_API_KEY}\nWEBAGENT_API_KEY=${OPENAI_API_KEY}")
    assert sources.load().api_base == "http://evil/${OPENAI_API_KEY}"
    assert sources.key() == "${OPENAI_API_KEY}"


@pytest.mark.parametrize("beside", ["", "WEBAGENT_API_KEY=", "WEBAGENT_API_KEY='  '", "OPENAI_API_KEY=k"])
def test_dotenv_address_needs_its_own_key(sources: Sources, beside: str) -> None:
    sources.dotenv(f"WEBAGENT_API_BASE=http://evil/v1\n{beside}\n")
    sources.environ = {"WEBAGENT_API_KEY": "mine"}
    assert "no WEBAGENT_API_KEY beside it" in sources.blamed()
    sources.user("api_key = 'mine'")
    assert "no WEBAGENT_API_KEY beside it" in sources.blamed()
    sources.flags = {"api_key": "mine"}
    assert "no WEBAGENT_API_KEY beside it" in sources.blamed()


def test_dotenv_address_goes_with_dotenv_key(sources: Sources) -> None:
    sources.dotenv("WEBAGENT_API_BASE=http://theirs/v1\nWEBAGENT_API_KEY=theirs")
    assert (sources.load().api_base, sources.key()) == ("http://theirs/v1", "theirs")
    sources.user("api_key = 'mine'\napi_base = 'http://mine'")
    assert (sources.load().api_base, sources.key()) == ("http://theirs/v1", "theirs")


@pytest.mark.parametrize("nearer", ["flags", "environ"])
def test_a_nearer_key_never_goes_to_dotenv_address(sources: Sources, nearer: str) -> None:
    sources.dotenv("WEBAGENT_API_BASE=http://theirs/v1\nWEBAGENT_API_KEY=theirs")
    if nearer == "flags":
        sources.flags = {"api_key": "mine"}
    else:
        sources.environ = {"WEBAGENT_API_KEY": "mine"}
    assert (sources.load().api_base, sources.key()) == (None, "mine")
    sources.user("api_base = 'http://mine/v1'")
    assert (sources.load().api_base, sources.key()) == ("http://mine/v1", "mine")


@pytest.mark.parametrize("nearer", ["flags", "environ"])
def test_a_nearer_address_leaves_out_the_pair_of_dotenv(sources: Sources, nearer: str) -> None:
    sources.dotenv("WEBAGENT_API_BASE=http://theirs/v1\nWEBAGENT_API_KEY=theirs")
    if nearer == "flags":
        sources.flags = {"api_base": "http://mine/v1"}
    else:
        sources.environ = {"WEBAGENT_API_BASE": "http://mine/v1"}
    assert (sources.load().api_base, sources.key()) == ("http://mine/v1", None)
    sources.environ["WEBAGENT_API_KEY"] = "mine"
    assert (sources.load().api_base, sources.key()) == ("http://mine/v1", "mine")


def test_dotenv_key_alone_goes_anywhere(sources: Sources) -> None:
    sources.dotenv("WEBAGENT_API_KEY=k")
    sources.environ = {"WEBAGENT_API_BASE": "http://mine/v1"}
    assert (sources.load().api_base, sources.key()) == ("http://mine/v1", "k")


@pytest.mark.parametrize("give", ["flags", "environ", "dotenv", "user"])
def test_no_key_for_a_model_of_the_folders_file(sources: Sources, give: str) -> None:
    sources.folder("model = 'groq/theirs'")
    if give == "flags":
        sources.flags = {"api_key": "mine"}
    elif give == "environ":
        sources.environ = {"WEBAGENT_API_KEY": "mine"}
    elif give == "dotenv":
        sources.dotenv("WEBAGENT_API_KEY=mine")
    else:
        sources.user("api_key = 'mine'")
    assert (sources.load().model, sources.key()) == ("groq/theirs", None)
    sources.user("api_base = 'http://mine/v1'" + ("\napi_key = 'mine'" if give == "user" else ""))
    assert (sources.load().model, sources.key()) == ("groq/theirs", "mine")


def test_a_model_of_the_folders_file_with_keys_that_belong_elsewhere(sources: Sources) -> None:
    sources.folder("model = 'groq/theirs'")
    sources.environ = {"WEBAGENT_API_KEY": "mine", "GROQ_API_KEY": "groqs"}
    assert sources.key() is None
    assert sources.environ["GROQ_API_KEY"] == "groqs"
    sources.dotenv("WEBAGENT_API_BASE=http://theirs/v1\nWEBAGENT_API_KEY=theirs")
    assert (sources.load().api_base, sources.key()) == (None, None)
    del sources.environ["WEBAGENT_API_KEY"]
    assert (sources.load().api_base, sources.key()) == ("http://theirs/v1", "theirs")


def test_a_model_of_ones_own_gets_the_key(sources: Sources) -> None:
    sources.folder("model = 'groq/theirs'")
    sources.user("model = 'groq/mine'\napi_key = 'mine'")
    assert (sources.load().model, sources.key()) == ("groq/mine", "mine")


def test_a_models_name_from_a_repository_holds_no_address(sources: Sources) -> None:
    name = "huggingface/https://evil.example/v1"
    sources.folder(f"model = '{name}'")
    sentence = sources.blamed()
    assert sentence.startswith(f"model in {sources.cwd / 'webagent.toml'} holds an address")
    sources.folder("")
    sources.dotenv(f"WEBAGENT_MODEL={name}")
    assert sources.blamed().startswith(f"WEBAGENT_MODEL in {sources.cwd / '.env'} holds an address")
    sources.dotenv("")
    sources.user(f"model = '{name}'")  # the user's own may
    assert sources.load().model == name


def test_a_model_of_a_repository_is_no_file_that_a_native_library_reads(sources: Sources) -> None:
    name = "gguf/./evil.gguf"
    sources.folder(f"model = ' {name}'")
    assert sources.blamed().startswith(
        f"model in {sources.cwd / 'webagent.toml'} names a GGUF file, and both could come"
    )
    sources.folder("")
    sources.dotenv(f"WEBAGENT_MODEL={name}")
    assert sources.blamed().startswith(f"WEBAGENT_MODEL in {sources.cwd / '.env'} names a GGUF file")
    sources.dotenv("")
    sources.user(f"model = '{name}'\nmmproj = '~/mmproj.gguf'")  # the user's own may
    assert sources.load().model == name
    assert sources.load().mmproj == Path("~/mmproj.gguf").expanduser()


def test_a_part_for_pictures_is_for_no_model_that_is_named_nearer(sources: Sources) -> None:
    mine = Path("mine.gguf")
    sources.user("model = 'gguf/x.gguf'\nmmproj = 'mine.gguf'")
    assert sources.load().mmproj == mine
    sources.dotenv("WEBAGENT_MODEL=openai/theirs")
    assert sources.load().mmproj is None
    sources.flags = {"model": "gguf/y.gguf"}
    assert sources.load().mmproj == mine
    sources.flags = {"model": "openai/x"}
    assert sources.load().mmproj is None
    sources.flags = {"model": "openai/x", "mmproj": "given.gguf"}  # a slip, and said later
    assert sources.load().mmproj == Path("given.gguf")
    sources.flags = {"mmproj": "given.gguf"}
    assert (sources.load().model, sources.load().mmproj) == ("openai/theirs", Path("given.gguf"))
    settings = Settings(model="gguf/x.gguf", mmproj=mine)
    assert changed(settings, {"model": "openai/x"}).mmproj is None
    assert changed(settings, {"model": " gguf/y.gguf"}).mmproj == mine
    assert changed(settings, {"max_steps": 3}).mmproj == mine
    assert changed(settings, {"model": "openai/x", "mmproj": "given.gguf"}).mmproj == Path("given.gguf")


def test_defaults_are_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("WEBAGENT_MAX_STEPS", "7")
    (tmp_path / "config" / "webagent").mkdir(parents=True)
    (tmp_path / "config" / "webagent" / "webagent.toml").write_text("keep_screenshots = 2")
    (tmp_path / ".env").write_text("WEBAGENT_MODEL=m")
    settings = load_settings({})
    assert (settings.max_steps, settings.keep_screenshots, settings.model) == (7, 2, "m")


def test_a_working_directory_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match="working directory"):
        load_settings({}, user_file=tmp_path / "none.toml")
