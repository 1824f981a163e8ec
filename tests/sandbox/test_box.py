"""The worker's box, for real: what gets out of it, and what still works inside. Nearly all gets out without one."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from webagent.browser.watchdog import Watchdog
from webagent.sandbox import landlock, limits, probe, seccomp
from webagent.sandbox.box import Box, Landlock, choose_box
from webagent.sandbox.bubblewrap import Bubblewrap
from webagent.sandbox.start import start
from webagent.sandbox.trial import try_box
from webagent.sandbox.wire import Wire, WireClosed

BOXES = ("bubblewrap", "landlock")
NOBODY = 65534
ALL = {*probe.attacks({"parent": 0, "file": ""}), probe.BECOME}
OF_PROCESSES = {"fork", "start a program", "start a shell", "leave the process group", probe.BECOME}


def box_named(name: str) -> Box:
    if name == "bubblewrap":
        try:
            subprocess.run([shutil.which("bwrap") or "", "--unshare-all", "--ro-bind", "/", "/", "true"], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"bubblewrap does not work here: {error}")
        return Bubblewrap.find()
    if not landlock.abi() or not seccomp.available():
        pytest.skip("this kernel has no Landlock, or no seccomp")
    return Landlock(landlock.abi())


@pytest.fixture(params=BOXES)
def box(request: pytest.FixtureRequest) -> Box:
    return box_named(request.param)


@dataclass(frozen=True)
class Partly:
    """A box without some of what the process does to itself."""

    box: Box
    without: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.box.name

    def around(self, python: list[str], folder: Path, imports: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
        command, plan = self.box.around(python, folder, imports)
        kept = {key: value for key, value in plan.items() if key not in self.without}
        return command, {"seccomp": False} | kept


Do = Callable[..., Any]


@contextmanager
def inside(
    box: Box | None, *imports: str, cpu: int = limits.CPU_SECONDS, group: int | None = None
) -> Iterator[tuple[Do, subprocess.Popen[bytes], Path]]:
    """Start `boxed` in a box; `do(name, argument, ...)` has it call a function. Its stderr goes to the file."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, errors = Path(temporary) / "box", Path(temporary) / "errors"
        folder.mkdir()
        ours, theirs = socket.socketpair()
        with theirs, errors.open("wb") as file:
            process = start(
                box, "boxed", theirs, folder=folder, group=group, imports=("boxed", *imports), cpu=cpu, errors=file
            )
        wire = Wire(ours)

        def do(name: str, *arguments: object) -> Any:
            wire.send({"do": name, "with": list(arguments)})
            reply = wire.receive(60)
            return reply["returned"] if "returned" in reply else reply["raised"]

        try:
            yield do, process, errors
        finally:
            wire.close()
            process.kill()
            process.wait()


def ends(process: psutil.Process) -> bool:
    """Return whether a process of others ends; who takes note of its end may take a while."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
    return False


def innermost(process: subprocess.Popen[bytes]) -> psutil.Process:
    started = psutil.Process(process.pid)
    return next(iter(started.children()), started)


def test_nothing_gets_out(box: Box) -> None:
    trial = try_box(box)
    assert trial.got_out == ()
    assert set(trial.refused) == ALL


def test_without_a_box_all_of_it_gets_out() -> None:
    trial = try_box(None)
    yama = Path("/proc/sys/kernel/yama/ptrace_scope")
    spared = {"read webagent's memory"} if yama.exists() and yama.read_text().strip() != "0" else set()
    assert set(trial.got_out) | spared == ALL


def test_bubblewrap_keeps_all_but_processes_in_without_seccomp() -> None:
    found = box_named("bubblewrap")
    assert isinstance(found, Bubblewrap)
    box = replace(found, filtered=False)
    assert box.name.endswith("without seccomp")
    assert set(try_box(box).got_out) <= OF_PROCESSES


def test_landlock_keeps_files_and_tcp_in_without_seccomp() -> None:
    got_out = set(try_box(Partly(box_named("landlock"), ("seccomp",))).got_out)
    left_open = {"change a file's mode", "send by UDP", "connect to a unix socket", "write to a unix socket"}
    left_open |= {"signal the run's other processes", "have files signal webagent"}
    assert got_out <= OF_PROCESSES | left_open | {"read webagent's memory"}
    assert "send by UDP" in got_out  # which is why seccomp is asked for


def test_seccomp_keeps_all_but_reading_in_without_landlock() -> None:
    got_out = set(try_box(Partly(box_named("landlock"), ("readable",))).got_out)
    assert {one for one in got_out if not one.startswith(("read ", "write to another folder"))} == set()
    assert "read /etc/passwd" in got_out


@pytest.mark.parametrize("version", range(1, 8))
def test_with_each_version_of_landlock_nothing_gets_out(version: int) -> None:
    box_named("landlock")
    if version > landlock.abi():
        pytest.skip(f"this kernel's Landlock is older: ABI {landlock.abi()}")
    assert try_box(Landlock(version)).got_out == ()


def test_ordinary_work_goes_on(box: Box) -> None:
    with inside(None) as (do, *_):
        expected = do("ordinary_work")
    assert "kept" in expected
    with inside(box) as (do, *_):
        assert do("ordinary_work") == expected
        assert set(do("variables")) <= probe._HARMLESS


@pytest.mark.parametrize(
    ("zone", "distance"),
    [("UTC", "+0000"), ("Asia/Kolkata", "+0530"), ("America/Caracas", "-0400"), ("XYZ1:30", "-0130")],
)
def test_the_local_time_is_the_same(box: Box, zone: str, distance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with inside(box) as (do, *_):
            assert do("zone") == distance
    finally:
        monkeypatch.undo()
        time.tzset()


def test_no_other_system_call_gets_through(box: Box) -> None:
    with inside(box) as (do, *_):
        assert do("refused_calls") == {}
        assert {what: error for what, error in do("limited_calls").items() if error != 1} == {}


def test_modules_of_ones_own_are_there_and_nothing_beside_them(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one_module.py").write_text("")
    (tmp_path / "a_package").mkdir()
    (tmp_path / "a_package" / "__init__.py").write_text("")
    (tmp_path / "a_package" / "part.py").write_text("")
    (tmp_path / "no_init").mkdir()
    (tmp_path / "no_init" / "part.py").write_text("")
    (tmp_path / "not_named.py").write_text("")
    (tmp_path / ".env").write_text("KEY=secret")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    with inside(box, "one_module", "a_package.part", "no_init.*", "no_such_module", "__main__") as (do, *_):
        for name in ("one_module", "a_package.part", "no_init.part"):
            assert do("import_named", name) == name
        assert do("import_named", "not_named") == "ModuleNotFoundError"
        assert do("read", str(tmp_path / ".env")) in {"PermissionError", "FileNotFoundError"}
        assert do("read", str(tmp_path / "not_named.py")) in {"PermissionError", "FileNotFoundError"}


def test_where_the_program_was_started_is_no_folder_of_packages(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some-1.0.dist-info").mkdir()
    (tmp_path / ".env").write_text("KEY=secret")
    monkeypatch.syspath_prepend(tmp_path)
    with inside(box) as (do, *_):
        assert do("read", str(tmp_path / ".env")) == "KEY=secret"  # a folder of packages is readable
    monkeypatch.chdir(tmp_path)
    with inside(box) as (do, *_):
        assert do("read", str(tmp_path / ".env")) in {"PermissionError", "FileNotFoundError"}


def test_landlock_keeps_what_can_be_read_from_being_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = box_named("landlock")
    if landlock.abi() < 3:
        pytest.skip("this kernel's Landlock does not know it; seccomp does")
    (tmp_path / "one_module.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path)
    with inside(Partly(box, ("seccomp",)), "one_module") as (do, *_):
        assert do("empty", str(tmp_path / "one_module.py")) == "PermissionError"
    assert (tmp_path / "one_module.py").read_text() == "x = 1"


def test_a_checkout_shows_the_package_alone(box: Box) -> None:
    root = Path(__file__).parents[2]
    with inside(box) as (do, *_):
        assert do("read", str(root / "webagent" / "__init__.py")).startswith('"""')
        assert do("read", str(root / "pyproject.toml")) in {"PermissionError", "FileNotFoundError"}
        seen = do("names_in", str(root))
        # tests: boxed.py itself; and the environment, where it lies in the checkout.
        assert seen == "PermissionError" or set(seen) <= {"tests", "webagent", Path(sys.prefix).name}


def test_nothing_else_can_be_written(box: Box) -> None:
    places = [Path("/"), Path("/dev"), Path("/usr/lib"), Path(sys.prefix), Path(sys.prefix) / "lib"]
    with inside(box) as (do, *_):
        for place in [*places, Path(landlock.__file__).parent]:
            file = place / f"webagent-{secrets.token_hex(4)}"
            said = do("write", str(file))
            there = file.exists()
            file.unlink(missing_ok=True)
            assert (said, there) in {(error, False) for error in ("OSError", "PermissionError", "FileNotFoundError")}
        assert do("write", "written") is None


def test_root_is_nobody_special(box: Box) -> None:
    with inside(Partly(box, ("seccomp",))) as (do, *_):
        assert do("capabilities") == [0] * 6


def test_bubblewrap_hides_the_machines_name() -> None:
    with inside(box_named("bubblewrap")) as (do, *_):
        assert do("host") == "box"


def test_stderr_takes_so_much_and_no_more(box: Box) -> None:
    with inside(box) as (do, _, errors):
        assert do("write_errors") == limits.FILE_SIZE
        assert errors.stat().st_size == limits.FILE_SIZE


def test_the_working_folder_in_memory_is_small() -> None:
    with inside(box_named("bubblewrap")) as (do, *_):
        assert 0 < do("fill_folder") <= limits.FILE_SIZE


def test_an_older_bubblewrap_gives_no_folder_to_write_to() -> None:
    found = box_named("bubblewrap")
    assert isinstance(found, Bubblewrap)
    box = replace(found, version=(0, 6, 1))  # which cannot limit its size
    assert try_box(box).got_out == ()
    with inside(box) as (do, *_):
        assert do("write", "written") == "OSError"


def test_open_files_are_limited(box: Box) -> None:
    with inside(box) as (do, *_):
        assert 0 < do("open_many") < limits.OPEN_FILES


def test_it_leaves_no_core_and_locks_no_memory(box: Box) -> None:
    with inside(box) as (do, *_):
        assert do("core_and_locked") == [0, 0, 0, 0]


def test_threads_end_with_memory(box: Box) -> None:
    with inside(box) as (do, *_):
        assert do("many_threads") != 0
        assert do("ordinary_work")


def test_processor_time_is_limited(box: Box) -> None:
    with inside(box, cpu=1) as (do, process, _):
        with pytest.raises(WireClosed):
            do("compute")
        assert process.wait(10) in (-signal.SIGKILL, 128 + signal.SIGKILL)


def test_it_ends_where_it_is_killed_from_outside(box: Box) -> None:
    with inside(box) as (do, process, _):
        do("zone")
        worker = innermost(process)
        process.kill()
        assert ends(worker)


def test_it_ends_with_its_group(box: Box) -> None:
    watchdog = Watchdog()
    try:
        with inside(box, group=watchdog.group) as (do, process, _):
            do("zone")
            worker = innermost(process)
            assert os.getpgid(worker.pid) == watchdog.group
            watchdog.close()
            assert ends(worker)
            assert process.wait(10) != 0
    finally:
        watchdog.close()


def test_it_outlives_the_thread_that_started_it(box: Box) -> None:
    held: list[Any] = []

    def begin() -> None:
        context = inside(box)
        held.extend([context, context.__enter__()])

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    context, (do, process, _) = held
    try:
        assert do("ordinary_work")
        assert do("zone")
        assert process.poll() is None
    finally:
        context.__exit__(None, None, None)


def test_where_no_box_works_it_says_so() -> None:
    with inside(box_named("landlock")) as (do, *_):  # which lets nothing start bubblewrap, nor ask for Landlock
        said = do("choose")
    assert said.startswith("the model's code cannot be boxed here (")
    assert "apt-get install bubblewrap" in said
    assert "--unsafe-no-sandbox" in said


def test_without_bubblewrap_it_is_landlock(tmp_path: Path) -> None:
    box_named("landlock")
    program = "from webagent.sandbox.box import choose_box; print(choose_box(unsafe=False).name)"
    environment = {**os.environ, "PATH": str(tmp_path)}
    found = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout == f"Landlock (ABI {landlock.abi()}) with seccomp\n"
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    found = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("Landlock")


def test_no_box_is_said_each_time(caplog: pytest.LogCaptureFixture) -> None:
    for times in (1, 2):
        assert choose_box(unsafe=True) is None
        assert [record.name for record in caplog.records] == ["webagent"] * times
        assert "--unsafe-no-sandbox" in caplog.text
    assert choose_box(unsafe=False) is choose_box(unsafe=False)


ORDINARY = """
import json, os, sys
sys.path += {packages!r}
from webagent.sandbox.trial import try_box
from webagent.sandbox import landlock
from webagent.sandbox.box import Landlock
from webagent.sandbox.bubblewrap import Bubblewrap
assert os.getuid() == {user}
box = {{"bubblewrap": Bubblewrap.find, "landlock": lambda: Landlock(landlock.abi()), "none": lambda: None}}[{box!r}]()
print(json.dumps(try_box(box).got_out))
sys.path.append({tests!r})
from sandbox.ready import ready
from sandbox.test_box import inside
print(json.dumps(ready(box)))
with inside(box) as (do, *_):
    print(do("many_threads"))
"""


@pytest.mark.parametrize("name", [*BOXES, "none"])
def test_an_ordinary_user_with_a_venv_at_home(name: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests run as an ordinary user already")
    if name != "none":
        box_named(name)
    python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    packages = next(path for path in sys.path if path.endswith("site-packages") and path.startswith(sys.prefix))
    root = Path(__file__).parents[2]
    as_nobody: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    reads = f"import os; print(os.access({packages!r}, os.R_OK) and os.access({str(root / 'webagent')!r}, os.R_OK))"
    try:
        can = subprocess.run([python, "-I", "-c", reads], **as_nobody, capture_output=True, text=True, check=True)
    except OSError as error:
        pytest.skip(f"the system has no Python of this version that others can read: {error}")
    if can.stdout != "True\n":
        pytest.skip(f"other users cannot read {packages} or the package")
    home = Path(tempfile.mkdtemp(prefix="wa-"))
    try:
        os.chown(home, NOBODY, NOBODY)
        environment = {"HOME": str(home), "PATH": os.defpath}
        create = [python, "-m", "venv", "--without-pip", str(home / "venv")]
        subprocess.run(create, **as_nobody, env=environment, cwd=home, check=True)
        program = ORDINARY.format(
            packages=[packages, str(root)], user=NOBODY, box=name, tests=str(Path(__file__).parents[1])
        )
        done = subprocess.run(
            [str(home / "venv/bin/python"), "-c", program],
            **as_nobody,
            env=environment,
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(home)
    assert done.returncode == 0, done.stderr
    got_out, ready, threads = (json.loads(line) for line in done.stdout.splitlines())
    assert ready == "2\n"
    assert set(got_out) == (ALL if name == "none" else set())
    assert threads == -1 if name == "none" else 0 < threads < 2000  # root's are not counted
