"""Everything a run can be told, in one model. Where the values come from is `webagent.sources`."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit

import ada_url
from platformdirs import user_data_path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

MUST_BE = {
    "model": "the name of a model, such as openai/gpt-4o or huggingface/Qwen/Qwen2.5-VL-72B-Instruct",
    "api_base": "an address that begins with http:// or https://, such as http://localhost:8000/v1",
    "api_key": "a key in plain printable characters, without blanks",
    "discover": "true or false",
    "device": "cuda, mps or cpu",
    "quantize": "4bit",
    "mmproj": "the path of a GGUF file",
    "max_steps": "a whole number of at least 1",
    "headed": "true or false",
    "viewport": "WIDTHxHEIGHT in pixels, each from 200 to 4000, such as 1120x896",
    "coordinates": "COLUMNSxROWS of the grid on which the model names points, such as 1000x1000",
    "session_dir": "the path of a folder",
    "browser_path": "the path of a Chromium or Chrome program",
    "driver_path": "the path of a chromedriver program",
    "allow_host": "HOST:PORT, such as localhost:8080, or HOST:* for all ports",
    "allow_domain": "the name of a domain, such as example.org",
    "block_domain": "the name of a domain, such as ads.example.org",
    "allow_scripts": "true or false",
    "upload_dir": "the path of a folder that exists",
    "downloads": "true or false",
    "download_limit": "a whole number of megabytes of at least 1",
    "unsafe_no_sandbox": "true or false",
    "vision": "true or false",
    "marks": "true or false",
    "page_text": "a whole number of characters, at most 100000",
    "keep_screenshots": "a whole number of at least 1",
    "record": "true or false",
    "record_network": "true or false",
    "record_limit": "a whole number of megabytes of at least 1",
    "keep_cookies": "true or false",
    "sessions_max_days": "a number of days above 0",
    "sessions_max_mb": "a whole number of megabytes of at least 1",
    "action_timeout": "a number of seconds above 0, and at most a day of them",
}
"""What a value of each setting must be, worded to follow "it must be"."""

_SMALLEST, _LARGEST = 200, 4000  # CSS pixels of one side of the viewport
_MOST_LINES = 10_000  # of a grid of coordinates
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?")
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]")


def _name(value: Any) -> Any:
    if isinstance(value, str) and (not value.strip() or not value.isprintable()):
        raise ValueError("not a name")
    return value.strip() if isinstance(value, str) else value


def _address(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = value.strip()
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or not value.isprintable() or " " in value:
        raise ValueError("not an http address")
    _ = parts.port  # raises ValueError where it is no number
    return value.rstrip("/")


def _key(value: Any) -> Any:
    # A key with a line break or a typographic dash fails deep inside an HTTP library, in words nobody understands.
    if isinstance(value, str):
        value = value.strip()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("not a key")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool):  # `max_steps = true` is a slip, yet Python counts it as 1
        raise ValueError("not a number")
    return value


def _path(value: Any) -> Any:
    if isinstance(value, str):
        if not value.strip() or "\0" in value:
            raise ValueError("not a path")
        try:
            return Path(value).expanduser()
        except RuntimeError as error:
            raise ValueError("no such home folder") from error
    return value


def _viewport(value: Any) -> Any:
    if isinstance(value, str):
        found = re.fullmatch(r"\s*([0-9]{1,5})\s*[xX×]\s*([0-9]{1,5})\s*", value)
        if not found:
            raise ValueError("not WIDTHxHEIGHT")
        value = (int(found[1]), int(found[2]))
    if isinstance(value, (tuple, list)) and any(isinstance(side, bool) for side in value):
        raise ValueError("not two numbers")
    return value


def _hosts(value: Any) -> Any:
    if isinstance(value, str):
        value = re.split(r"[,\s]+", value.strip(", \t\n"))
    return tuple(_host(one) for one in value) if isinstance(value, Iterable) else value


def _host(value: Any) -> str:
    host, _, port = str(value).strip().lower().rpartition(":")
    if not (_HOST.fullmatch(host) or _IPV6.fullmatch(host)) or not re.fullmatch(r"[0-9]{1,5}|\*", port):
        raise ValueError("not HOST:PORT")
    if port == "*":
        return f"{host.rstrip('.')}:*"
    if not 1 <= int(port) <= 65535:
        raise ValueError("no such port")
    return f"{host.rstrip('.')}:{int(port)}"


def _domains(value: Any) -> Any:
    if isinstance(value, str):
        value = re.split(r"[,\s]+", value.strip(", \t\n"))
    return tuple(_domain(one) for one in value) if isinstance(value, Iterable) else value


def _domain(value: Any) -> str:
    name = str(value).strip().lower().removeprefix("*.").strip(".")
    if not name.isascii():
        name = ada_url.URL(f"http://{name}/").hostname  # as browsers ask for it; raises ValueError
    if not _HOST.fullmatch(name):
        raise ValueError("not a domain")
    return name


def _folders(value: Any) -> Any:
    folders = [value] if isinstance(value, str | Path) else value
    if not isinstance(folders, Iterable):
        return folders
    found = tuple(_path(folder) for folder in folders)
    if not all(isinstance(folder, Path) and folder.is_dir() for folder in found):
        raise ValueError("not a folder")
    return tuple(folder.resolve() for folder in found)


_Side = Annotated[int, Field(ge=_SMALLEST, le=_LARGEST)]
_Line = Annotated[int, Field(ge=1, le=_MOST_LINES)]


class Settings(BaseModel):
    """Everything a run can be told. It cannot be changed once made; `model_copy(update=...)` gives a changed one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, protected_namespaces=())

    model: Annotated[str | None, BeforeValidator(_name)] = None
    """The model's name: PROVIDER/NAME as litellm writes them. None: not configured."""
    api_base: Annotated[str | None, BeforeValidator(_address)] = None
    """Address of an OpenAI-compatible server, without a slash at the end. None: the provider's own."""
    api_key: Annotated[SecretStr | None, BeforeValidator(_key)] = None
    """Key for that server. None: the provider's own variable, such as OPENAI_API_KEY."""
    discover: bool = True
    """Whether a model is looked for where none is named: by keys, then on this machine; see `webagent.discovery`."""
    device: Literal["cuda", "mps", "cpu"] | None = None
    """Where a model in this process (`local/…`) computes. None: the first of them that is there."""
    quantize: Literal["4bit"] | None = None
    """How small the weights of a model in this process are made. None: not at all."""
    mmproj: Annotated[Path | None, BeforeValidator(_path)] = None
    """The part for pictures of a GGUF file (`gguf/…`). None: `mmproj*.gguf` beside it, where there is one that fits."""
    max_steps: Annotated[int, BeforeValidator(_number), Field(ge=1)] = 20
    """Steps after which a run without an answer ends."""
    headed: bool = False
    """Whether the browser has a window that can be watched."""
    viewport: Annotated[tuple[_Side, _Side], BeforeValidator(_viewport)] = (1120, 896)
    """Width and height of what the model sees, in CSS pixels; also read from "1120x896"."""
    coordinates: Annotated[tuple[_Line, _Line] | None, BeforeValidator(_viewport)] = None
    """Columns and rows of the grid on which the model names points of what it sees; also read from "1000x1000". None:
    as the model's family does, see `webagent.families`."""
    session_dir: Annotated[Path, BeforeValidator(_path)] = Field(
        default_factory=lambda: user_data_path("webagent") / "sessions"
    )
    """Folder in which each run makes a folder of its own."""
    record: bool = True
    """Whether a run leaves a session folder."""
    record_network: bool = False
    """Whether it also leaves what pages asked for and got, as network.har, with which it replays without a network."""
    record_limit: Annotated[int, BeforeValidator(_number), Field(ge=1)] = 10
    """Megabytes that a body in network.har may have; a larger one is left out, and the file says so."""
    keep_cookies: bool = False
    """Whether the session folder keeps the browser's cookies, with which `webagent resume` is still logged in."""
    sessions_max_days: Annotated[
        Annotated[float, Field(gt=0, allow_inf_nan=False)] | None, BeforeValidator(_number)
    ] = None
    """Sessions that ended longer ago than this are removed when a run begins. None: none are."""
    sessions_max_mb: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_number)] = None
    """When a run begins, the oldest sessions in `session_dir` are removed until the rest has this many megabytes."""
    browser_path: Annotated[Path | None, BeforeValidator(_path)] = None
    """The browser to start. None: the first Chromium or Chrome found."""
    driver_path: Annotated[Path | None, BeforeValidator(_path)] = None
    """The chromedriver to start. None: the one that fits the browser."""
    allow_host: Annotated[tuple[str, ...], BeforeValidator(_hosts)] = ()
    """HOST:PORT of servers the browser may reach although they stand in a private network; a port of * means all."""
    allow_domain: Annotated[tuple[str, ...], BeforeValidator(_domains)] = ()
    """If there are any, the browser may reach these domains and their subdomains alone."""
    block_domain: Annotated[tuple[str, ...], BeforeValidator(_domains)] = ()
    """Domains that the browser may not reach, nor their subdomains."""
    allow_scripts: bool = False
    """Whether the model's code and tools of yours may run JavaScript of their own in pages."""
    upload_dir: Annotated[tuple[Path, ...], BeforeValidator(_folders)] = ()
    """Folders whose files may be given to pages."""
    downloads: bool = True
    """Whether what pages have the browser download is kept, in the session's folder; without one nothing is."""
    download_limit: Annotated[int, BeforeValidator(_number), Field(ge=1)] = 100
    """Megabytes that a download may have; a larger one is stopped."""
    unsafe_no_sandbox: bool = False
    """Whether the model's code may run without the box that keeps it from this machine's files, keys and network."""
    vision: bool = True
    """Whether the model is shown pictures of the page; without them it is told the page's text."""
    marks: bool = False
    """Whether what can be used has numbered boxes in the pictures, see `webagent.marks`."""
    page_text: Annotated[int, BeforeValidator(_number), Field(ge=0, le=100_000)] = 0
    """Characters of the page's visible text that are told with each step. Without vision, 0 stands for 4,000."""
    keep_screenshots: Annotated[int, BeforeValidator(_number), Field(ge=1)] = 1
    """How many of the latest screenshots the model sees at each step."""
    action_timeout: Annotated[float, BeforeValidator(_number), Field(gt=0, le=86_400, allow_inf_nan=False)] = 60.0
    """Seconds after which a step's code is stopped."""

    def public(self) -> dict[str, Any]:
        """Return the settings that are set, as JSON values, without the key and without secrets in the address.

        Where sessions lie is left out as well: it says nothing about a run, and a session may be moved.
        """
        values = self.model_dump(mode="json", exclude_none=True, exclude={"api_key", "session_dir", "upload_dir"})
        if self.api_base:
            parts = urlsplit(self.api_base)
            values["api_base"] = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        return values
