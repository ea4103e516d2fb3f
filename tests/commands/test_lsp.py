"""The language server: mistakes, types and verdicts where an editor shows them; as a process that an editor drives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from checker.commands.looking import Decided, Looked, Mistake, _judge, _look, apart, has_models
from checker.commands.lsp import Files, path_of, word_at

COUNTER = """from evacheck import Array, Bool, Model, Param, Range, Var, always, process


class Counter(Model):
    threads = Param(2)
    Thread = Range(threads)
    counter = Var(Range(0, threads))
    finished = Var(Array(Thread, Bool))

    @process(Thread)
    def thread(self, t: Thread):
        seen = self.counter
        yield "read"
        self.counter = seen + 1
        self.finished[t] = True

    @always
    def nothing_is_lost(self):
        return not all(self.finished) or self.counter == self.threads
"""
WRONG = COUNTER.replace("seen + 1", "lost + 1")


def _file(folder: Path, text: str) -> Path:
    path = folder / "counter.py"
    path.write_text(text)
    return path


def test_a_file_without_mistakes_shows_its_models(tmp_path: Path) -> None:
    found = _look(_file(tmp_path, COUNTER))
    assert found.mistakes == ()
    (model,) = found.models
    assert (model.name, model.line, model.properties) == ("Counter", 4, {"nothing_is_lost": 18})
    assert model.names["counter"] == "counter: Range(3)"
    assert model.names["threads"].startswith("threads = 2, a parameter of Range(")
    assert model.names["thread"] == "process thread, for each t of Range(2)\nseen: Range(3)"


def test_a_mistake_stands_at_its_place_with_its_remedy(tmp_path: Path) -> None:
    found = _look(_file(tmp_path, WRONG))
    (mistake,) = found.mistakes
    assert (mistake.line, mistake.code) == (14, "E203")
    assert "lost" in mistake.text and "\n" in mistake.text
    assert found.models[0].line == 4, "what can be verified again is shown all the same"


def test_a_file_that_is_no_python_has_a_mistake(tmp_path: Path) -> None:
    (mistake,) = _look(_file(tmp_path, "from evacheck import Model\nclass :\n")).mistakes
    assert mistake.line == 2


def test_a_verdict_stands_above_its_property(tmp_path: Path) -> None:
    path = _file(tmp_path, COUNTER)
    files, address = Files(30.0), path.as_uri()
    files.looked[address] = _look(path)
    assert files.lenses(address) == [(4, "verify", "Counter")]
    files.judged[address, "Counter"] = _judge(path, "Counter", 30.0)
    shown = files.lenses(address)
    assert shown[0] == (4, "verify · 12 states", "Counter")
    assert (18, "nothing_is_lost: VIOLATED in a trace of 5 states", None) in shown
    assert (4, "no_deadlock: holds (all 12 states)", None) in shown
    assert files.hover(address, 7, "counter") == "counter: Range(3)"
    assert files.hover(address, 2, "counter") is None, "above the class"


def test_what_takes_too_long_or_dies_is_ended() -> None:
    ended = Looked((Mistake(1, 1, "U026", "ended"),))
    before = set(active_children())
    assert apart(_endless, (), 0.3, ended) == ended
    assert set(active_children()) <= before, "it would use a processor for as long as the editor runs"
    assert apart(os._exit, (1,), 30.0, ended) == ended


def _endless() -> Looked:
    while True:
        pass


def test_only_files_with_models_are_run() -> None:
    assert has_models("from evacheck import Model\n") and has_models("import evacheck as ev\n")
    assert not has_models("import os\nos.remove('x')\n") and not has_models("# from evacheck\nx = 'import evacheck'\n")


def test_a_model_that_went_away_is_said() -> None:
    assert _judge(Path(__file__), "Counter", 1.0) == Decided(problem="there is no Counter any more")


@pytest.mark.parametrize(("column", "word"), [(0, ""), (4, "self"), (8, "self"), (9, "counter"), (16, "counter")])
def test_the_word_around_a_place(column: int, word: str) -> None:
    assert word_at("    self.counter += 1", column) == word


def test_an_address_is_a_file_or_nothing() -> None:
    assert path_of("file:///tmp/a%20b.py") == Path("/tmp/a b.py")
    assert path_of("untitled:Untitled-1") is None


class Editor:
    """What an editor says to the server, and hears."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "checker.start", "lsp"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, **pipes)
        self._next = 0

    def says(self, method: str, given: Any, wants: bool = False) -> Any:
        """A message; the answer, if one is wanted."""
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": given}
        if wants:
            self._next += 1
            message["id"] = self._next
        self._write(message)
        answer = self.hears(lambda heard: heard.get("id") == self._next and "method" not in heard) if wants else {}
        assert "error" not in answer, answer["error"]
        return answer

    def hears(self, wanted: Any) -> Any:
        """The next message of a kind; what the server asks for meanwhile is granted."""
        assert self.process.stdout is not None
        while True:
            length = 0
            while line := self.process.stdout.readline().strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            heard = json.loads(self.process.stdout.read(length))
            if wanted(heard):
                return heard
            if "method" in heard and "id" in heard:
                self._write({"jsonrpc": "2.0", "id": heard["id"], "result": None})

    def _write(self, message: Any) -> None:
        assert self.process.stdin is not None
        text = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(text), text))
        self.process.stdin.flush()


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    started = Editor(tmp_path)
    yield started
    started.process.kill()
    started.process.communicate()


@pytest.mark.needs("pygls")
def test_an_editor_is_served(editor: Editor, tmp_path: Path) -> None:
    """Opened with a mistake, mended and saved, verified: as an editor does it."""
    path = _file(tmp_path, WRONG)
    document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": WRONG}
    editor.says("initialize", {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}}, wants=True)
    editor.says("initialized", {})
    editor.says("textDocument/didOpen", {"textDocument": document})
    published = editor.hears(lambda heard: heard.get("method") == "textDocument/publishDiagnostics")
    (mistake,) = published["params"]["diagnostics"]
    assert (mistake["code"], mistake["range"]["start"]["line"]) == ("E203", 13)
    path.write_text(COUNTER)
    change = {"textDocument": {"uri": path.as_uri(), "version": 2}, "contentChanges": [{"text": COUNTER}]}
    editor.says("textDocument/didChange", change)
    editor.says("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})
    published = editor.hears(lambda heard: heard.get("method") == "textDocument/publishDiagnostics")
    assert published["params"]["diagnostics"] == []
    at = {"textDocument": {"uri": path.as_uri()}, "position": {"line": 6, "character": 6}}
    assert editor.says("textDocument/hover", at, wants=True)["result"]["contents"]["value"] == "counter: Range(3)"
    asked = {"textDocument": {"uri": path.as_uri()}}
    (lens,) = editor.says("textDocument/codeLens", asked, wants=True)["result"]
    assert lens["command"]["title"] == "verify"
    command = {"command": lens["command"]["command"], "arguments": lens["command"]["arguments"]}
    editor.says("workspace/executeCommand", command, wants=True)
    shown = [each["command"]["title"] for each in editor.says("textDocument/codeLens", asked, wants=True)["result"]]
    assert "nothing_is_lost: VIOLATED in a trace of 5 states" in shown
