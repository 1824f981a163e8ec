"""What one setting may be. Where settings come from is in test_sources.py."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from webagent.settings import MUST_BE, Settings


def test_defaults() -> None:
    settings = Settings()
    assert settings.viewport == (1120, 896)
    assert settings.max_steps == 20
    assert settings.keep_screenshots == 1
    assert settings.action_timeout == 60.0
    assert (settings.model, settings.api_base, settings.api_key, settings.browser_path) == (None,) * 4
    assert settings.allow_host == ()
    assert settings.session_dir.parts[-2:] == ("webagent", "sessions")


def test_every_setting_says_what_it_must_be() -> None:
    assert set(MUST_BE) == set(Settings.model_fields)


@pytest.mark.parametrize("text", ["800x600", " 800 x 600 ", "800X600", "800×600"])
def test_viewport_from_text(text: str) -> None:
    assert Settings.model_validate({"viewport": text}).viewport == (800, 600)


def test_viewport_bounds_belong_to_it() -> None:
    assert Settings(viewport=(200, 4000)).viewport == (200, 4000)
    assert Settings.model_validate({"viewport": [4000, 200]}).viewport == (4000, 200)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("viewport", "199x600"),
        ("viewport", "800x4001"),
        ("viewport", "800"),
        ("viewport", "800x600x3"),
        ("viewport", "-800x600"),
        ("viewport", "٨٠٠x٦٠٠"),
        ("viewport", [800]),
        ("viewport", [800.5, 600]),
        ("viewport", 800),
        ("viewport", [True, 600]),
        ("max_steps", 0),
        ("max_steps", -1),
        ("max_steps", "many"),
        ("max_steps", 2.5),
        ("max_steps", True),
        ("keep_screenshots", 0),
        ("keep_screenshots", True),
        ("action_timeout", 0),
        ("action_timeout", "inf"),
        ("action_timeout", "nan"),
        ("action_timeout", True),
        ("headed", "maybe"),
        ("model", 5),
        ("model", "  "),
        ("model", "a\x1bb"),
        ("api_base", "localhost:8000"),
        ("api_base", "file:///etc/passwd"),
        ("api_base", "http://"),
        ("api_base", "http://a:port"),
        ("api_base", "http://a b/"),
        ("api_base", "http://a/\x1b"),
        ("api_base", "http://a:99999"),
        ("api_key", "two words"),
        ("api_key", "line\nbreak"),
        ("api_key", "sk—typographic"),
        ("session_dir", "a\0b"),
        ("session_dir", "~no_such_user_here/x"),
        ("browser_path", 3),
        ("allow_host", "localhost"),
        ("allow_host", "localhost:"),
        ("allow_host", "localhost:0"),
        ("allow_host", "localhost:65536"),
        ("allow_host", "http://localhost:80"),
        ("allow_host", "a b:80"),
        ("allow_host", "-a:80"),
        ("allow_host", "user@host:80"),
        ("allow_host", "*:80"),
        ("allow_host", 80),
        ("no_such_setting", 1),
    ],
)
def test_refused(setting: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({setting: value})


def test_hosts_from_one_text() -> None:
    settings = Settings.model_validate({"allow_host": "LocalHost:8080, 10.0.0.7:80 [::1]:443"})
    assert settings.allow_host == ("localhost:8080", "10.0.0.7:80", "[::1]:443")
    assert Settings(allow_host=("shop.example.:0080",)).allow_host == ("shop.example:80",)


def test_paths_know_the_home_folder() -> None:
    assert Settings.model_validate({"session_dir": "~/s"}).session_dir == Path.home() / "s"


def test_address_has_no_slash_at_its_end() -> None:
    assert Settings(api_base=" http://localhost:8000/v1/ ").api_base == "http://localhost:8000/v1"


def test_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().max_steps = 3


def test_public_has_no_secrets_and_no_none() -> None:
    settings = Settings.model_validate(
        {"api_key": "sk-s3cr3t", "api_base": "https://me:hidden@host:8000/v1?key=hidden#hidden", "viewport": "800x600"}
    )
    public = settings.public()
    assert public["api_base"] == "https://host:8000/v1"
    assert public["viewport"] == [800, 600]
    assert "api_key" not in public
    assert "model" not in public
    assert "s3cr3t" not in json.dumps(public)
    assert "hidden" not in json.dumps(public)


def test_the_key_does_not_show() -> None:
    settings = Settings.model_validate({"api_key": "sk-s3cr3t"})
    assert "sk-s3cr3t" not in repr(settings)
    assert settings.api_key is not None
    assert pickle.loads(pickle.dumps(settings)).api_key.get_secret_value() == "sk-s3cr3t"  # noqa: S301
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"api_key": "sk secret"})
    assert "sk secret" not in str(caught.value)
