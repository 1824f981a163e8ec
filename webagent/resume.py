"""What a run that goes on is told: by its flags, then by its session what is harmless, all else by its user's settings.

A session folder may come from a stranger. So nothing in it opens a wall, names a private host or an address, starts a
program or says where a key is sent:

    - where no flag names others, viewport, screenshots kept, time of an action, and whether network and cookies are
      kept are the session's, whatever the user's environment and files say; the network only where its steps have one
    - its list of the only domains is used where the user has none; those it blocks are blocked as well
    - its model is used where no flag names another. Its name may hold no address and no GGUF file, and unless
      the user's own settings name it as well, it gets the user's api_key only together with an api_base that the user
      gave. Where it ran at a server of its own, the user has to give one
    - the page it stopped on is opened as any link is: one on a private host needs `--allow-host`
    - everything else comes from the user's own flags, environment and files
"""

import logging
from collections.abc import Mapping
from typing import Any

from webagent.errors import ConfigurationError
from webagent.session.reader import Session
from webagent.session.recorder import NETWORK
from webagent.settings import Settings
from webagent.sources import Source, changed, names_gguf
from webagent.text import one_line

_LOG = logging.getLogger("webagent")
_HARMLESS = (
    "viewport", "coordinates", "keep_screenshots", "action_timeout", "record_network", "record_limit", "keep_cookies",
    "block_domain", "allow_domain",
)  # fmt: skip


def as_recorded(session: Session, settings: Settings, flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings to resume a session with.

    Args:
        session: what was recorded.
        settings: the user's, from all sources.
        flags: those of them that the user gave for this very run: they win over the session's, but for what is blocked.

    Raises:
        ConfigurationError: the session holds a setting that is none.
    """
    told = {"record_network": False, **session.info.settings}  # there was no such thing once
    if session.steps:  # their code stays in memory: the model goes on naming points as it did, whichever it is
        told.setdefault("coordinates", (flags or {}).get("viewport") or told.get("viewport"))
    given = {name for name, value in (flags or {}).items() if value is not None and value != ()}
    wins = given - {"block_domain"}  # a flag that blocks more opens nothing
    recorded = Source(
        f"the session {session.folder.name}",
        {name: told[name] for name in _HARMLESS if name in told and told[name] is not None and name not in wins},
    )
    recorded.check()
    values = recorded.values
    if settings.allow_domain:
        values.pop("allow_domain", None)
    if "block_domain" in values:
        also = Settings(block_domain=values["block_domain"]).block_domain
        values["block_domain"] = tuple(dict.fromkeys([*settings.block_domain, *also]))
    if values.get("record_network") and session.steps and not (session.folder / NETWORK).is_file():
        _LOG.warning("webagent: the network is recorded no further, for %s is not in the session any more", NETWORK)
        values["record_network"] = False
    resumed = changed(settings, {**values, "record": True})  # in its folder it goes on, whatever is for new ones
    return resumed if "model" in given else _with_model(session, resumed)


def _with_model(session: Session, settings: Settings) -> Settings:
    name, base = session.info.settings.get("model"), session.info.settings.get("api_base")
    if name is not None and base is not None and not settings.api_base:  # the provider's own is another server
        raise ConfigurationError(
            f"the session {session.folder.name} ran at a server of its own ({_shown(session, base)}): "
            "give --api-base again, or name the model with --model"
        )
    if name is None:
        return settings
    source = Source(f"the session {session.folder.name}", {"model": name})
    source.check()
    name = Settings(**source.values).model or ""  # as it will be read: blanks around it are none of it
    if name == settings.model:
        return settings
    if "://" in name:  # some providers of litellm send the key there
        raise ConfigurationError(
            f"the model of the session {session.folder.name} holds an address, and a session could come from anybody: "
            "name the model with --model"
        )
    if names_gguf(name):  # read by a native library
        raise ConfigurationError(
            f"the session {session.folder.name} ran on a GGUF file ({one_line(name, 120)}), and a session could come "
            "from anybody: name the file again with --model, and its part for pictures with --mmproj"
        )
    key = settings.api_key if settings.api_base else None
    return Settings(**{**dict(settings), "model": name, "mmproj": None, "api_key": key})  # it is no GGUF file


def _shown(session: Session, address: Any) -> str:
    """Return an address for a sentence: without a password, which a session that was written by hand may hold."""
    source = Source(f"the session {session.folder.name}", {"api_base": address})
    source.check()
    return one_line(Settings(**source.values).public()["api_base"], 120)
