"""load: the packaged scripts and their parts."""

from importlib.resources import files
from pathlib import Path

import pytest

from webagent.browser import scripts
from webagent.browser.scripts import load

NAMES = sorted(file.name.removesuffix(".js") for file in files(scripts).iterdir() if file.name.endswith(".js"))


@pytest.mark.parametrize("name", [name for name in NAMES if name[0] != "_"])
def test_every_script_loads_with_its_parts_once(name: str) -> None:
    script = load(name)
    assert "// parts:" not in script
    assert load(name) is script
    source = (files(scripts) / f"{name}.js").read_text(encoding="utf-8")
    wanted = next((line[len("// parts: ") :].split(", ") for line in source.splitlines() if "// parts:" in line), [])
    for part in NAMES:
        if part[0] == "_":
            assert script.count(load(part)) == (part[1:] in wanted)


def test_strictness_is_declared_before_the_parts() -> None:
    for name in NAMES:
        source = (files(scripts) / f"{name}.js").read_text(encoding="utf-8")
        if "// parts:" in source:
            code = [line for line in load(name).splitlines() if not line.startswith("//")]
            assert code[0] == '"use strict";'


def test_a_script_or_part_that_there_is_not_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing"):
        load("nothing")
    (tmp_path / "one.js").write_text("// parts: nothing\nreturn 1;\n")
    monkeypatch.setattr(scripts, "files", lambda package: tmp_path)
    with pytest.raises(FileNotFoundError, match=r"_nothing\.js"):
        load("one")
