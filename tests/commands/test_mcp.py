"""The server for assistants: driven over standard input and output by the client of the same package; its answers."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.commands.answering import NoAnswer, Permitted, bounded, listed, verified
from checker.commands.init import MODEL as SOURCE
from checker.errors import EvacheckError
from tests.support.pages import ROOT

LIMITS = Permitted(30.0, 1 << 30)
LIFT = """import evacheck as ev
from evacheck import action


class Lift(ev.Model):
    @action(fair="weak")
    def up(self): ...
"""
TRACE = "evacheck-out/counter-threads=2-nothing_is_lost.itf.json"
ELSEWHERE = "from evacheck import Model\nopen('was_run', 'w').close()\n"


async def _served(folder: Path, *options: str) -> dict[str, Any]:
    """What an assistant hears that lists, verifies, explains, replays, and asks for what it may not have."""
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - the extra `mcp`

    words = ["-m", "checker.start", "mcp", *options]
    started = StdioServerParameters(command=sys.executable, args=words, cwd=folder, env={"PYTHONPATH": str(ROOT)})
    heard: dict[str, Any] = {}
    async with Client(started) as client:
        heard["tools"] = [each.name for each in (await client.list_tools()).tools]
        for name, tool, given in (
            ("manual", "manual", {"page": "language"}),
            ("listed", "list", {}),
            ("verified", "verify", {"model": "counter.py", "parameters": {"threads": 2}}),
            ("explained", "explain", {"trace": TRACE}),
            ("replayed", "replay", {"trace": TRACE}),
            ("misspelt", "verify", {"model": "counter.py", "parameters": {"thread": 2}}),
            ("stranger", "verify", {"model": "../elsewhere.py"}),
        ):
            found = await client.call_tool(tool, given)
            heard[name] = (bool(found.is_error), "".join(each.text for each in found.content))
    return heard


@pytest.mark.needs("mcp")
def test_an_assistant_is_served(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "counter.py").write_text(SOURCE)
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    heard = asyncio.run(_served(tmp_path / "mine"))
    assert heard["tools"] == ["list", "verify", "explain", "replay", "manual"]
    assert heard["manual"][1].startswith("# The language\n")
    assert json.loads(heard["listed"][1])["here"] == ["counter.py:Counter"]
    failed, said = heard["verified"]
    assert not failed
    answer = json.loads(said)
    verdicts = {each["property"]: each["verdict"] for each in answer["results"]}
    assert verdicts["nothing_is_lost"] == "violated" and answer["status"] == "safety"
    assert "State 5 violates nothing_is_lost" in answer["counterexample"]
    assert "Why nothing_is_lost is violated" in heard["explained"][1]
    assert heard["replayed"] == (False, "replayed: 5 states, violates nothing_is_lost")
    failed, said = heard["misspelt"]
    assert failed and "Did you mean `threads`?" in said
    failed, said = heard["stranger"]
    assert failed and "U021 the call names the model '../elsewhere.py'" in said and "evacheck mcp --trust" in said
    assert not (tmp_path / "mine" / "was_run").exists()


def test_what_lies_elsewhere_is_not_imported_and_with_trust_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "elsewhere.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path / "mine")
    for model in ("../elsewhere.py", str(tmp_path / "elsewhere.py"), "json", "rich.table:Table"):
        refused = _answer(LIMITS, model)
        assert isinstance(refused, NoAnswer) and "U021" in refused.why, model
    found = verified(Permitted(30.0, 1 << 30, trust=True), "../elsewhere.py", {}, ("nothing_is_lost",), "auto", None)
    assert found["status"] == "safety"


def _answer(limits: Permitted, model: str) -> Any:
    try:
        return verified(limits, model, {}, (), "auto", None)
    except EvacheckError as error:
        return NoAnswer(str(error))


def test_what_takes_too_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model takes memory when it is imported, where no engine counts it."""
    (tmp_path / "greedy.py").write_text(f"taken = bytearray({8 << 30})\n{SOURCE}")
    monkeypatch.chdir(tmp_path)
    found = bounded(Permitted(30.0, 1 << 28), verified, "greedy.py", {}, (), "auto", None)
    assert isinstance(found, NoAnswer) and "MemoryError" in found.why


def test_what_has_no_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "endless.py").write_text(f"{SOURCE}\nwhile True:\n    pass\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("checker.commands.answering.READING_SECONDS", 0.0)
    found = bounded(Permitted(0.5, 1 << 28), verified, "endless.py", {}, (), "auto", None)
    assert found == NoAnswer("It was ended: no answer within 0 s and 256 MiB. Try smaller parameters.")


def test_models_are_found_without_being_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "counter.py": SOURCE,
        "deep/er/lift.py": LIFT,
        "wrong.py": "from evacheck import Model\nclass :\n",
        "other.py": "class Other: ...\n",
        ".venv/lib/hidden.py": SOURCE,
        "runs.py": f"{ELSEWHERE}{SOURCE}",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    found = listed(LIMITS)
    assert found["here"] == ["counter.py:Counter", "runs.py:Counter", "deep/er/lift.py:Lift"]
    assert not (tmp_path / "was_run").exists()
    assert "spec.classics.diehard:DieHard" in [each["model"] for each in found["catalogue"]]  # type: ignore[attr-defined]
