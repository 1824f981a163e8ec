"""How a session is replayed and compared: `replay.toml` in its folder, and what wins over it."""

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from webagent.errors import ConfigurationError
from webagent.session.matching import Part
from webagent.session.plain_file import read_plain
from webagent.text import one_line

FILE = "replay.toml"
"""Name of the file in a session folder."""

MUST_BE = {
    "ignore_query": "names of query parameters, such as utm_source",
    "match_on": "some of method, url, scheme, host, path, query and body",
    "allow_missing": "addresses, such as https://shop.example/beacon*",
    "freeze_time": "true or false",
    "compare_screenshots": "true or false",
    "screenshot_threshold": "a share of the pixels from 0 to 1, such as 0.01",
}
"""What a value of each option must be, worded to follow "it must be"."""


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    return tuple(value) if isinstance(value, list) else value


def _share(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


class ReplayOptions(BaseModel):
    """How a session is replayed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ignore_query: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_texts)] = ()
    """Query parameters that are not looked at when a request is matched with the recorded ones, nor when the urls of
    pages are compared; `utm_*` means many."""
    match_on: Annotated[tuple[Part, ...], BeforeValidator(_texts), Field(min_length=1)] = ("method", "url", "body")
    """What a request must have in common with a recorded one to be answered as that was."""
    allow_missing: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_texts)] = ()
    """Addresses whose requests may be missing in the recording: they fail, and are not counted; `*` means any letters.
    For beacons and polling, of which there are more in one run than in another."""
    freeze_time: bool = False
    """Whether the clock of each page is set to the time at which it was recorded."""
    compare_screenshots: bool = False
    """Whether the pictures are compared as well."""
    screenshot_threshold: Annotated[float, BeforeValidator(_share), Field(ge=0, le=1, allow_inf_nan=False)] = 0.01
    """The share of pixels, 0 to 1, that may look different in two pictures that count as equal."""


def load_options(
    folder: Path,
    given: Mapping[str, Any] | None = None,
    *,
    where: str = "the call",
    style: Callable[[str], str] = str,
) -> ReplayOptions:
    """Return the options of the session in `folder`: those of its `replay.toml`, and before them those `given`.

    Args:
        folder: a session folder.
        given: options by name; None counts as not given, and so does an empty tuple.
        where: how a sentence names where these come from.
        style: writes an option's name as it is written there.

    Raises:
        ConfigurationError: there is no such option, a value is not understood, or the file is no TOML.
    """
    file = folder / FILE
    told = _read(file)
    _check(told, str(file), str)
    nearer = {name: value for name, value in (given or {}).items() if value is not None and value != ()}
    _check(nearer, where, style)
    return ReplayOptions(**told | nearer)


def _check(values: Mapping[str, Any], where: str, style: Callable[[str], str]) -> None:
    """Raise a `ConfigurationError` that names the first option which is none, or has a wrong value."""
    for name in values:
        if name not in ReplayOptions.model_fields:
            near = get_close_matches(name.lower().replace("-", "_"), ReplayOptions.model_fields, n=1)
            mend = f"did you mean {style(near[0])}?" if near else "remove it"
            raise ConfigurationError(f"{one_line(style(name), 60)} in {where} is no option of a replay: {mend}")
    try:
        ReplayOptions(**values)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise ConfigurationError(
            f"{style(name)} in {where} ({one_line(repr(values[name]), 60)}) is not understood: "
            f"it must be {MUST_BE[name]}"
        ) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_plain(file).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read ({error.strerror}): move it away, or mend its permissions"
        ) from None
    except (ValueError, RecursionError) as error:  # of TOML, and of UTF-8
        raise ConfigurationError(f"{file} is not valid TOML ({one_line(error, 120)}): mend it there") from None
