"""Records one run over and over in processes that kill themselves: the n-th before its n-th call that could write.

A program of its own, for `test_recorder_killed.py`: it forks, which a test runner with threads of its own should not.
Prints one JSON line for each process: what it told before it was killed, and whether it came to its end.
"""

import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from pictures import png
from PIL import Image

from webagent.session.format import PageRecord, StepRecord, Usage
from webagent.session.recorder import Recorder
from webagent.session.resumed import ResumedRecorder

_WRITES = {
    "open", "write", "writelines", "flush", "close", "fsync", "truncate", "ftruncate", "rename", "replace", "unlink",
    "mkdir", "flock", "link", "seek", "__exit__",
}  # fmt: skip


def record(folder: Path, tell: Any) -> None:
    """Record two steps, stop, and go on with a third; `tell` each thing that is finished."""
    one = Recorder(
        folder, task="Find a lamp.", model="openai/x", settings={}, images=[Image.new("RGB", (8, 6), "green")]
    )
    tell("made")
    one.opened(PageRecord(url="https://a/"), png("red"))
    for number in (1, 2):
        one.step(step(number), png("blue"), unchanged=number == 2)
        tell(number)
    one.close(outcome="failed", reason="broken", answer=None)
    tell("ended")
    again = ResumedRecorder(one.folder)
    again.begin(model="m", settings={})
    again.step(step(3), png("black"))
    tell(3)
    again.close(outcome="answered", reason=None, answer=42)
    tell("answered")


def step(number: int) -> StepRecord:
    # Longer than any buffer: its line is not written in one go.
    usage = Usage(input_tokens=10, output_tokens=1)
    return StepRecord(
        step=number, started=datetime.now(UTC), seconds=1, reply="x" * 30_000, text="ä" * 9000, usage=usage
    )


def killed_at(turn: int, folder: Path, out: int) -> None:
    """Record, and be killed before the `turn`-th call that could write; this never returns."""
    seen = 0

    def watch(frame: FrameType, event: str, called: Any) -> None:
        nonlocal seen
        if event == "c_call" and called.__name__ in _WRITES:
            seen += 1
            if seen == turn:
                os.kill(os.getpid(), signal.SIGKILL)

    def tell(what: object) -> None:
        sys.setprofile(None)
        os.write(out, (json.dumps(what) + "\n").encode())
        sys.setprofile(watch)

    sys.setprofile(watch)
    record(folder, tell)
    os._exit(0)


def main(folder: Path) -> None:
    """Kill at the first call, the second, ..., until the recording comes to its end."""
    for turn in range(1, 2000):
        ours, theirs = os.pipe()
        if (child := os.fork()) == 0:
            killed_at(turn, folder / str(turn), theirs)
        os.close(theirs)
        with os.fdopen(ours) as told:
            finished = [json.loads(line) for line in told]
        _, status = os.waitpid(child, 0)
        print(json.dumps({"turn": turn, "finished": finished, "status": status}))
        if status != signal.SIGKILL:
            return


if __name__ == "__main__":
    png()  # what PIL imports when it is first used is no write
    main(Path(sys.argv[1]))
