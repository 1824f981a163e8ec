"""Where settings come from: flags, the environment, `.env`, the user's file and the working directory's file.

The first of these that gives a setting wins:

    1. flags of the command, or arguments in Python
    2. WEBAGENT_* variables of the environment
    3. WEBAGENT_* lines of `.env` in the working directory
    4. `webagent.toml` in the user's configuration folder (`platformdirs.user_config_path("webagent")`)
    5. `webagent.toml` in the working directory

3 and 5 may come with a cloned repository, that is from a stranger. They can choose a model or a viewport; they cannot
say where the user's keys are sent, which program is started, which private hosts may be reached, or what is kept of
runs on disk, and where:

    - an address in `.env` is used only with the key beside it; both are left out where a nearer source gives either
    - a model's name from 3 or 5 holds no address, and names no GGUF file: a native library reads these (`gguf/…`)
    - a model from 3 or 5 is used with no `api_key` of another source, unless an `api_base` is given as well; variables
      of providers, such as OPENAI_API_KEY, are used, as each goes to its own provider only
    - the part for pictures of a GGUF file (`mmproj`) is left out where a nearer source names a model that is none
    - the limits of the session folder (`sessions_max_days`, `sessions_max_mb`) are for the folder that their own source
      or a further one names: where a nearer source names one, nothing is removed there
    - of `.env`, other programs' and libraries' variables are not read, but for the keys of known providers
"""

import io
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from platformdirs import user_config_path
from pydantic import ValidationError

from webagent.errors import ConfigurationError
from webagent.keys import KEY_VARIABLES
from webagent.settings import MUST_BE, Settings
from webagent.text import one_line

PREFIX = "WEBAGENT_"
"""Names of variables that hold settings begin with this."""

_AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION_NAME")  # bedrock/… needs them
_FROM_DOTENV = frozenset(_AWS).union(*KEY_VARIABLES.values())
_NOT_FROM_FILE = frozenset({"unsafe_no_sandbox"})
_OPENS_WALLS = frozenset({"allow_host", "allow_scripts", "upload_dir", "browser_path", "driver_path"})
_READ_BY_A_LIBRARY = frozenset({"mmproj"})  # in C++: a file that was made for it could do more than be loaded
# More of what the user did on disk, less of it, or nothing of what a run did.
_OF_THE_RECORD = frozenset(
    {"record", "record_network", "keep_cookies", "sessions_max_days", "sessions_max_mb", "downloads", "download_limit"}
)
_NOT_FROM_FOLDER = _OPENS_WALLS | _READ_BY_A_LIBRARY | _OF_THE_RECORD | {"api_key", "api_base", "session_dir"}
# Its lines win over the user's own file, whose domains could be fewer.
_NOT_FROM_DOTENV = _OPENS_WALLS | _READ_BY_A_LIBRARY | _OF_THE_RECORD | {"allow_domain", "block_domain", "session_dir"}
_LIMITS = ("sessions_max_days", "sessions_max_mb")
_UNSHOWN = frozenset({"api_key", "api_base"})  # an address may carry a password


@dataclass
class Source:
    """Settings as one source gives them, not yet validated."""

    where: str
    """How a sentence names the source: "the environment", "/home/me/.config/webagent/webagent.toml"."""
    values: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Variables for model libraries, by name: keys such as OPENAI_API_KEY. Only `.env` gives any."""

    style: Callable[[str], str] = str
    """Writes a setting's name as this source does: max_steps, --max-steps or WEBAGENT_MAX_STEPS."""

    def check(self) -> None:
        """Raise a `ConfigurationError` that names the first bad setting and says what it must be."""
        try:
            Settings(**self.values)
        except ValidationError as error:
            setting = str(error.errors()[0]["loc"][0])
            value = self.values[setting]
            value = value if not isinstance(value, tuple | list) else ", ".join(map(str, value))
            shown = "" if setting in _UNSHOWN else f" ({one_line(repr(value), 60)})"
            raise ConfigurationError(
                f"{self.style(setting)} in {self.where}{shown} is not understood: it must be {MUST_BE[setting]}"
            ) from None


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: MutableMapping[str, str] | None = None,
    cwd: Path | None = None,
    user_file: Path | None = None,
    source: str = "the call",
) -> Settings:
    """Return the settings of all sources, the nearest first.

    Keys of known providers that `.env` holds, such as OPENAI_API_KEY, are put into `environ` where it has none; nothing
    else of `.env` gets there.

    Args:
        flags: settings by name; None and empty strings count as not given.
        environ: default `os.environ`.
        cwd: the working directory, whose `.env` and `webagent.toml` are read.
        user_file: default `webagent.toml` in the user's configuration folder.
        source: how a sentence names where `flags` come from; "the command line" makes it write --max-steps.

    Raises:
        ConfigurationError: a source is broken or says what it may not; the sentence names it.
    """
    environ = os.environ if environ is None else environ
    cwd = _working_directory() if cwd is None else cwd
    user_file = user_config_path("webagent") / "webagent.toml" if user_file is None else user_file

    flag = Source(source, _given(flags or {}), style=_as_flag if source == "the command line" else str)
    _known(flag, flag.values)
    env = _from_variables("the environment", environ)
    dotenv = _dotenv(cwd / ".env")
    user = _toml(user_file)
    folder = Source("") if _same(cwd / "webagent.toml", user_file) else _toml(cwd / "webagent.toml", _NOT_FROM_FOLDER)
    for one in (flag, env, dotenv, user, folder):
        one.check()
    _pair_key_with_address(dotenv.values, nearer=flag.values | env.values)
    _leave_folders_alone(flag, env, user)
    _leave_other_models_alone(flag, env, dotenv, user, folder)
    trusted = user.values | dotenv.values | env.values | flag.values
    names_model = next((one for one in (flag, env, dotenv, user, folder) if "model" in one.values), flag)
    by_stranger = names_model is folder or (names_model is dotenv and "api_key" not in dotenv.values)
    if by_stranger and "api_base" not in trusted:
        trusted.pop("api_key", None)  # or the model's name would say which provider gets the user's key
    settings = Settings(**folder.values | trusted)
    for name, value in dotenv.keys.items():
        if not environ.get(name):
            environ[name] = value
    return settings


def changed(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Return `settings` with some of them changed.

    Args:
        values: settings by name; None and empty strings count as not given.

    Raises:
        ConfigurationError: there is no such setting, or its value is not understood.
    """
    source = Source("the call", _given(values))
    _known(source, source.values)
    source.check()
    left_out = dict.fromkeys(_LIMITS) if "session_dir" in source.values else {}
    if "model" in source.values and not names_gguf(source.values["model"]):
        left_out["mmproj"] = None
    return Settings(**{**dict(settings), **left_out, **source.values})


def names_gguf(model: Any) -> bool:
    """Return whether a model's name is the path of a GGUF file."""
    return str(model).strip().startswith("gguf/")


def _pair_key_with_address(dotenv: dict[str, Any], *, nearer: Mapping[str, Any]) -> None:
    """Leave out address and key of `.env` where a nearer source gives either: the address gets no key but its own.

    A cloned repository may bring the address.
    """
    if "api_base" in dotenv and ("api_base" in nearer or "api_key" in nearer):
        del dotenv["api_base"], dotenv["api_key"]


def _leave_folders_alone(*sources: Source) -> None:
    """Leave out limits of the sessions where a nearer source names another folder than the one that they were set for.

    That one may hold the sessions of somebody's tests.
    """
    named = False
    for source in sources:
        for name in _LIMITS if named else ():
            source.values.pop(name, None)
        named = named or "session_dir" in source.values


def _leave_other_models_alone(*sources: Source) -> None:
    """Leave out the part for pictures of a GGUF file where a nearer source names a model that is none.

    Whoever set it for good means it for the file that they mostly use. Beside that model, or nearer, it is a slip.
    """
    other = False
    for source in sources:
        if other:
            source.values.pop("mmproj", None)
        elif "model" in source.values:
            if names_gguf(source.values["model"]):
                return
            other = True


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that say something: not None, not blank, no empty list."""
    return {
        name: value
        for name, value in values.items()
        if value is not None and value != () and value != [] and not (isinstance(value, str) and not value.strip())
    }


def _known(source: Source, names: Iterable[str]) -> None:
    for name in names:
        if name not in Settings.model_fields:
            near = get_close_matches(name.lower().replace("-", "_"), Settings.model_fields, n=1)
            mend = f"did you mean {source.style(near[0])}?" if near else "remove it"
            raise ConfigurationError(
                f"{one_line(source.style(name), 60)} in {source.where} is no setting of webagent: {mend}"
            )


def _from_variables(where: str, variables: Mapping[str, str]) -> Source:
    """Take the WEBAGENT_* variables; their other halves, lower case, are the settings' names."""
    mine = {name.removeprefix(PREFIX).lower(): value for name, value in variables.items() if name.startswith(PREFIX)}
    source = Source(where, _given(mine), style=_as_variable)
    _known(source, source.values)
    return source


def _dotenv(path: Path) -> Source:
    text = _read(path)
    if text is None:
        return Source(str(path))
    variables: dict[str, str] = {}
    for line in parse_stream(io.StringIO(text)):  # `dotenv_values` does the same, but logs broken lines on stderr
        if line.error and PREFIX in line.original.string:  # other programs' broken lines are their business
            raise ConfigurationError(
                f"line {line.original.line} of {path} cannot be read: write it as {PREFIX}NAME=value, quotes closed"
            )
        if line.key is not None:
            variables[line.key] = line.value or ""
    source = _from_variables(str(path), variables)
    source.keys = {name: value for name, value in variables.items() if value and name in _FROM_DOTENV}
    _refuse(source, _NOT_FROM_DOTENV)
    if "api_base" in source.values and "api_key" not in source.values:
        raise ConfigurationError(
            f"{PREFIX}API_BASE in {path} has no {PREFIX}API_KEY beside it, so your own key would be sent there: "
            "add the key to that file, or set the address in the environment"
        )
    return source


def _toml(path: Path, refused: frozenset[str] = frozenset()) -> Source:
    source = Source(str(path))
    text = _read(path)
    if text is None:
        return source
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {_lowered(one_line(error))}; mend it there") from None
    source.values = _given(values)
    _known(source, values)
    _refuse(source, refused)
    return source


def _refuse(source: Source, names: frozenset[str]) -> None:
    for name in source.values:
        if name in _NOT_FROM_FILE:
            raise ConfigurationError(
                f"{source.style(name)} may not be set in {source.where}: it is for one run, and said at its start; "
                f"give {_as_flag(name)}"
            )
        if name in names:
            raise ConfigurationError(
                f"{source.style(name)} may not be set in {source.where}, which could come with a cloned repository: "
                f"set {name} in {user_config_path('webagent') / 'webagent.toml'} "
                f"or {PREFIX}{name.upper()} in the environment"
            )
    model = source.values.get("model")
    if names and isinstance(model, str) and "://" in model:  # some providers of litellm send the key there
        raise ConfigurationError(
            f"{source.style('model')} in {source.where} holds an address, and that file could come with a cloned "
            f"repository: name the model there without it, or set {PREFIX}MODEL in the environment"
        )
    if names and names_gguf(model):
        raise ConfigurationError(
            f"{source.style('model')} in {source.where} names a GGUF file, and both could come with a cloned "
            f"repository: give --model, or set {PREFIX}MODEL in the environment"
        )


def _read(path: Path) -> str | None:
    """Return the text of a file, None where there is none."""
    try:
        if not path.exists():
            return None
        if not path.is_file():  # a folder; or a pipe, which would be read for ever
            raise ConfigurationError(f"{path} is not a file: move it away or put a text file in its place")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not text in UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}): mend its permissions") from None
    if "\0" in text:
        raise ConfigurationError(f"{path} is not a text file: it holds zero bytes; write it anew")
    return text


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigurationError(
            f"the working directory cannot be read ({error.strerror}): change to one that exists"
        ) from None


def _as_flag(setting: str) -> str:
    return "--" + setting.replace("_", "-")


def _as_variable(setting: str) -> str:
    return PREFIX + setting.upper()


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
