"""The judge: what may be done to the browser, asked before every command of the worker and of the tools.

It allows what is listed and refuses all else, in a sentence that says what to do instead.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from webagent.browser import known_scripts
from webagent.browser.addresses import host_of, parse_url
from webagent.browser.commands import COMMANDS, COMMANDS_OF_TOOLS, SCRIPT, what_to_use_instead
from webagent.browser.reach import Reach, Refused
from webagent.browser.uploads import resolve_files
from webagent.text import one_line

Asker = Literal["worker", "tool"]

_ASYNC_SCRIPT = "w3cExecuteScriptAsync"
_NO_SCRIPTS = (
    "JavaScript of your own does not run in pages here (the user may allow it with --allow-scripts); "
    "use helium's functions and the tools."
)


class Policy:
    """What the worker and the tools may have the browser do.

    Args:
        reach: which hosts may be asked for.
        allow_scripts: whether JavaScript may run that is not known.
        upload_dirs: folders whose files may be given to pages.
    """

    def __init__(self, reach: Reach, *, allow_scripts: bool = False, upload_dirs: Sequence[Path] = ()) -> None:
        self._reach, self._allow_scripts, self._upload_dirs = reach, allow_scripts, tuple(upload_dirs)

    def judge(self, command: str, params: dict[str, Any], asker: Asker) -> None:
        """Return if `command` may be sent with `params`.

        It knows nothing of the page. What depends on that the gate asks: whether the page holds a `data:` url, which
        is refused here, and whether keys go to a file input, for which see `judge_files`.

        Args:
            command: selenium's name for it, one of `webagent.browser.commands.COMMANDS` if it is to pass.
            params: the command's parameters, of which the session's id does not count.
            asker: who wants it: the model's code in the worker, or a tool in this process.

        Raises:
            Refused: it may not.
        """
        allowed = COMMANDS_OF_TOOLS if asker == "tool" else COMMANDS
        takes = allowed.get(command) if isinstance(command, str) else None
        if command == _ASYNC_SCRIPT:
            if not self._allow_scripts:
                raise Refused(_NO_SCRIPTS)
            takes = SCRIPT
        if takes is None:
            said = _said(command)
            instead = what_to_use_instead(command) if isinstance(command, str) else None
            raise Refused(
                instead or f"The command {said!r} is not available here; use helium's functions and the tools."
            )
        if not isinstance(params, dict):
            raise Refused(f"The parameters of {command!r} are no dict.")
        for name, parameter in takes.items():
            if name not in params:
                if parameter.optional:
                    continue
                raise Refused(f"The command {command!r} needs {name!r}: it must be {parameter.must_be}.")
            if not parameter.fits(params[name]):
                raise Refused(f"The command {command!r} needs another {name!r}: it must be {parameter.must_be}.")
        for name in params:
            if name not in takes and name != "sessionId":
                raise Refused(f"The command {command!r} takes no {_said(name)!r}.")
        if command == "w3cExecuteScript" and not self._allow_scripts:
            script, args = params["script"], params["args"]
            packaged = asker == "tool" and script in known_scripts.of_the_tools()
            if not packaged and not known_scripts.of_the_hands(script, args):
                raise Refused(_NO_SCRIPTS)
        if command == "get":
            self.judge_url(params["url"])

    def judge_url(self, url: str) -> str:
        """Return `url` as it is to be opened, written as browsers read it.

        Args:
            url: as a user or a model writes it; "http://" is put before what has no scheme.

        Raises:
            Refused: it is not valid, not of the web, or leads to where the browser may not connect.
        """
        parsed = parse_url(url)
        web = parsed
        if parsed.protocol == "blob:":
            # Of a page's own making, and as good as the page; without one its origin is "null", which is no host.
            if not parsed.pathname.startswith(("http://", "https://")):
                raise Refused("That blob: address belongs to no page of the web; use the address of a page.")
            web = parse_url(parsed.pathname)
        elif parsed.protocol == "about:" and parsed.pathname == "blank":
            return str(parsed.href)
        elif parsed.protocol == "data:":
            raise Refused("A data: address can be opened only where the page itself links to it or shows it.")
        elif parsed.protocol not in ("http:", "https:"):
            raise Refused(
                f"Only pages of the web can be opened (http, https), not {_said(parsed.protocol)!r} addresses."
            )
        host, port = host_of(web)
        try:
            self._reach.judge_name(host, port)
        except Refused as refusal:
            raise Refused(f"{str(refusal).removesuffix('.')}.") from None
        return str(parsed.href)

    def judge_files(self, text: str) -> str:
        """Return the keys to send to a file input in place of `text`: the files that it names, links followed.

        Raises:
            Refused: one of them is not in a folder that was named for it.
        """
        return resolve_files(text, self._upload_dirs)


def _said(name: object) -> str:
    """Return a name that came from elsewhere as it can be repeated; only its beginning is looked at."""
    return one_line(name[:100], 30) if isinstance(name, str) else type(name).__name__
