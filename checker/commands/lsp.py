"""`evacheck lsp`: a language server, through which editors show what evacheck says of a model while it is written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from multiprocessing import set_forkserver_preload
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import typer

from checker import HOME, __version__
from checker.commands.looking import Decided, Looked, Mistake, Outline, has_models, judge, look
from checker.commands.options import duration
from checker.contract.wording import counted
from checker.errors import UsageError

if TYPE_CHECKING:
    from lsprotocol import types
    from pygls.lsp.server import LanguageServer

_VERIFY = "evacheck.verify"


def lsp(
    limit: Annotated[str, typer.Option("--time", metavar="30s", help="Time limit for `verify` above a class.")] = "30s",
) -> None:
    """Serve editors: mistakes as one saves, types under the mouse, `verify` above each model."""
    seconds = duration(limit)
    try:
        server = _server(Files(seconds))
    except ModuleNotFoundError:
        raise UsageError("U016", "`lsp` needs pygls, which is not installed", "pip install 'evacheck[lsp]'") from None
    set_forkserver_preload([f"{HOME}checker.commands.looking", f"{HOME}checker.portfolio"])
    server.start_io()


class Files:
    """What is known of the files that are open, by address."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.looked: dict[str, Looked] = {}
        self.judged: dict[tuple[str, str], Decided] = {}

    async def look(self, address: str, text: str) -> Looked:
        """Read a file that was opened or saved."""
        path = path_of(address)
        found = await asyncio.to_thread(look, path) if path is not None and has_models(text) else Looked()
        self.looked[address] = found
        for key in [each for each in self.judged if each[0] == address]:
            del self.judged[key]  # it was said of another text
        return found

    async def judge(self, address: str, name: str) -> Decided:
        """Decide a model."""
        path = path_of(address)
        assert path is not None
        self.judged[address, name] = await asyncio.to_thread(judge, path, name, self._seconds)
        return self.judged[address, name]

    def hover(self, address: str, line: int, word: str) -> str | None:
        """What is known of a name on a line, counted from 1; None if nothing is."""
        models = [each for each in self.looked.get(address, Looked()).models if each.line <= line]
        return models[-1].names.get(word) if models else None

    def lenses(self, address: str) -> list[tuple[int, str, str | None]]:
        """What stands above lines, counted from 1: words, and the model that clicking on them verifies, if it does."""
        found: list[tuple[int, str, str | None]] = []
        for model in self.looked.get(address, Looked()).models:
            judged = self.judged.get((address, model.name))
            found.append((model.line, f"verify{_said(judged)}", model.name))
            found += [] if judged is None else _verdicts(model, judged)
        return found


def _said(judged: Decided | None) -> str:
    if judged is None:
        return ""
    return f" · {judged.problem}" if judged.problem else f" · {counted(judged.states, 'state')}"


def _verdicts(model: Outline, judged: Decided) -> list[tuple[int, str, str | None]]:
    """Above each property its verdict; those that every model has stand above the class."""
    return [(model.properties.get(name, model.line), f"{name}: {said}", None) for name, said in judged.verdicts.items()]


def path_of(address: str) -> Path | None:
    """The file that a URI names; None if it names none."""
    split = urlsplit(address)
    return Path(url2pathname(unquote(split.path))) if split.scheme == "file" else None


def word_at(line: str, column: int) -> str:
    """The name around a place of a line, counted from 0; empty if there is none."""
    for found in re.finditer(r"\w+", line):
        if found.start() <= column <= found.end():
            return found[0]
    return ""


def _server(files: Files) -> LanguageServer:
    """The server, with what it answers. Raises ModuleNotFoundError without pygls."""
    from lsprotocol import types  # noqa: PLC0415 - the extra `lsp`
    from pygls.lsp.server import LanguageServer  # noqa: PLC0415 - likewise

    server = LanguageServer("evacheck", __version__)

    async def read(address: str) -> None:
        document = server.workspace.get_text_document(address)
        found = await files.look(address, document.source)
        diagnostics = [_diagnostic(types, document.lines, each) for each in found.mistakes]
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(address, diagnostics))
        server.workspace_code_lens_refresh(None)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def _opened(given: types.DidOpenTextDocumentParams) -> None:
        await read(given.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def _saved(given: types.DidSaveTextDocumentParams) -> None:
        await read(given.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def _hovered(given: types.HoverParams) -> types.Hover | None:
        address, place = given.text_document.uri, given.position
        lines = server.workspace.get_text_document(address).lines
        word = word_at(lines[place.line], place.character) if place.line < len(lines) else ""
        said = files.hover(address, place.line + 1, word)
        return None if said is None else types.Hover(types.MarkupContent(types.MarkupKind.PlainText, said))

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def _lenses(given: types.CodeLensParams) -> list[types.CodeLens]:
        address = given.text_document.uri
        return [_lens(types, address, *each) for each in files.lenses(address)]

    @server.command(_VERIFY)
    async def _verify(address: str, name: str) -> None:
        await files.judge(address, name)
        server.workspace_code_lens_refresh(None)

    return server


def _diagnostic(types: Any, lines: Sequence[str], mistake: Mistake) -> Any:
    """A mistake from its place to the end of the line."""
    line = min(mistake.line, max(1, len(lines))) - 1
    end = len(lines[line].rstrip()) if lines else 0
    start = min(mistake.column - 1, end)
    place = types.Range(types.Position(line, start), types.Position(line, max(end, start)))
    return types.Diagnostic(place, mistake.text, types.DiagnosticSeverity.Error, mistake.code, source="evacheck")


def _lens(types: Any, address: str, line: int, words: str, name: str | None) -> Any:
    """A line of words above a line; a click verifies the model of that name."""
    place = types.Range(types.Position(line - 1, 0), types.Position(line - 1, 0))
    said = "" if name is None else _VERIFY
    command = types.Command(title=words, command=said, arguments=None if name is None else [address, name])
    return types.CodeLens(place, command)
