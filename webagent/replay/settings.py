"""What the run of a replay is told: partly as it was recorded, and never more than the user allows."""

import socket
from pathlib import Path

import ada_url

from webagent.browser.reach import Reach, Refused
from webagent.errors import ConfigurationError
from webagent.session.format import STEPS_LEFT
from webagent.session.reader import Session
from webagent.settings import Settings
from webagent.sources import changed
from webagent.task import web_url
from webagent.text import one_line

AS_RECORDED = (
    *("viewport", "coordinates", "max_steps", "keep_screenshots", "action_timeout"),
    *("vision", "marks", "page_text", "downloads", "download_limit"),
)
"""Settings that decide what the model sees and when it ends."""
_AS_RECORDED_OFFLINE = ("allow_host", "allow_domain", "block_domain", "allow_scripts")
_PORTS = {"http:": 80, "https:": 443}


def replay_settings(session: Session, settings: Settings, folder: Path, *, offline: bool) -> Settings:
    """Return the settings of a replay.

    A session may come from a stranger: of the settings that open a wall, its own are taken only offline, where nothing
    is connected to.

    Args:
        session: what was recorded.
        settings: the user's own.
        folder: where the replay is recorded.
        offline: whether pages come from the recorded network.

    Raises:
        ConfigurationError: the recorded settings are not understood.
    """
    fixed: dict[str, object] = {
        "model": None,
        "api_base": None,
        "api_key": None,
        "coordinates": None,
        "mmproj": None,
        "session_dir": folder,
        "record": True,
        "record_network": False,
        "keep_cookies": False,
        "sessions_max_days": None,
        "sessions_max_mb": None,
    }
    if offline:
        fixed |= {"allow_host": (), "allow_domain": (), "block_domain": (), "allow_scripts": False}
    names = AS_RECORDED + (_AS_RECORDED_OFFLINE if offline else ())
    told = with_recorded(session, settings.model_copy(update=fixed), names)
    return told.model_copy(update={"coordinates": told.coordinates or told.viewport})


def with_recorded(session: Session, settings: Settings, names: tuple[str, ...] = AS_RECORDED) -> Settings:
    """Return `settings` with those of these names as the session has them.

    Raises:
        ConfigurationError: what is recorded is no value of that setting.
    """
    told = {name: session.info.settings[name] for name in names if name in session.info.settings}
    if "max_steps" in names and (limit := _limit(session)) is not None:
        told["max_steps"] = limit
    try:
        return changed(settings, told)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"the session in {session.folder} holds a setting that is none ({one_line(error)}): record it anew"
        ) from error


def _limit(session: Session) -> int | None:
    """Return after how many steps the recorded run would have ended, as the model was told; None where it was not.

    More than the setting says where it was resumed, or began with the steps of another session.
    """
    for step in reversed(session.steps):
        if found := STEPS_LEFT.search(step.observation or ""):
            return step.step + int(found[1])
    return None


def check_start_page(url: str, settings: Settings) -> None:
    """Return if a recorded address may be opened on the live web, as far as that can be told before: for the sentence.

    The address that a user gives on the command line may be a private one; that of a session may be a stranger's. The
    wall is elsewhere, where connections are made: a `RecordedTask` opens no private host. A name may lead to another
    address by then.

    Raises:
        ConfigurationError: it stands where only the user may send a browser, or its host cannot be one.
    """
    try:
        parsed = ada_url.URL(web_url(url))
    except ValueError:
        return  # the browser says so
    host, port = parsed.hostname, int(parsed.port or _PORTS.get(parsed.protocol, 0))
    reach = Reach(
        allow_host=settings.allow_host, allow_domain=settings.allow_domain, block_domain=settings.block_domain
    )
    try:
        reach.judge_name(host, port)
        for address in [] if _is_localhost(host) else _addresses(host):
            reach.judge_address(address, host, port)
    except Refused as refusal:
        raise ConfigurationError(
            f"the session begins at {one_line(url, 120)}, and a replay on the live web goes only where you let it: "
            f"{refusal}"
        ) from None


def _is_localhost(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")  # judged by name: one of its addresses is enough


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except OSError:
        return []  # a proxy may know it; otherwise the browser says that there is no such host
    except UnicodeError:  # of encodings.idna, which looks at the parts between dots
        raise ConfigurationError(
            f"the session begins at a host whose name is none ({one_line(host, 80)}): record it anew"
        ) from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))
