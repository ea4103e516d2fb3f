"""`evacheck mcp`: a server of the Model Context Protocol over standard input and output, for assistants.

What it answers is made in checker/commands/answering.py, each in a process of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from multiprocessing import set_forkserver_preload
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checker import HOME, __version__
from checker.commands import answering
from checker.commands.answering import NoAnswer, Permitted, bounded
from checker.commands.options import amount, duration
from checker.commands.skill import summary, whole
from checker.errors import EvacheckError, UsageError

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


def mcp(
    limit: Annotated[str, typer.Option("--time", metavar="60s", help="Most time that an answer may take.")] = "60s",
    memory: Annotated[str, typer.Option(metavar="2G", help="Most memory that an answer may take.")] = "2G",
    trust: Annotated[bool, typer.Option("--trust", help="Import models from anywhere.")] = False,
) -> None:
    """Serve assistants over standard input and output (MCP): list, verify, explain, replay, manual."""
    limits = Permitted(duration(limit), amount(memory), trust)
    try:
        server = _server(limits)
    except ModuleNotFoundError:
        raise UsageError(
            "U016", "`mcp` needs the package mcp, which is not installed", "pip install 'evacheck[mcp]'"
        ) from None
    set_forkserver_preload([f"{HOME}checker.commands.answering", f"{HOME}checker.portfolio"])
    server.run("stdio")


def _server(limits: Permitted) -> MCPServer:
    """The server, with its tools. Raises ModuleNotFoundError without the package."""
    from mcp.server.mcpserver import MCPServer  # noqa: PLC0415 - the extra `mcp`
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415 - likewise

    server = MCPServer("evacheck", instructions=summary(), version=__version__)
    one_by_one = asyncio.Lock()  # limits are those of all together

    async def answer(work: Callable[..., Any], *arguments: object) -> Any:
        async with one_by_one:
            found = await asyncio.to_thread(bounded, limits, work, *arguments)
        if isinstance(found, NoAnswer):
            raise ToolError(found.why)
        return found

    @server.tool("list")
    async def _list() -> dict[str, Any]:
        """Name the models in files below the current folder, and those that come with evacheck."""
        return dict(await answer(answering.listed))

    @server.tool("verify")
    async def _verify(
        model: str,
        parameters: dict[str, bool | int | str] | None = None,
        properties: list[str] | None = None,
        engine: str = "auto",
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """Decide the properties of a model, `file.py:Class` or `package.module:Class`: a verdict for each, and the
        first counterexample as text. Only "exhausted", "proved" and "witnessed" are successes. Traces are written below
        `evacheck-out`; `explain` takes such a file. All properties are decided if none is named."""
        named = tuple(dict.fromkeys(properties or ()))
        return dict(await answer(answering.verified, model, parameters or {}, named, engine, seconds))

    @server.tool("explain")
    async def _explain(trace: str) -> str:
        """Say of a trace file why each step could happen, and which part of the property decided."""
        return str(await answer(answering.explained, trace))

    @server.tool("replay")
    async def _replay(trace: str) -> str:
        """Run a trace file again with the reference interpreter: is it a behaviour, and does it show what it claims?"""
        return str(await answer(answering.replayed, trace))

    @server.tool("manual")
    async def _manual(page: str = "") -> str:
        """How to write, verify, read and mend a model; or a page of the manual, such as "language". Read it first."""
        try:
            return whole(page or "skill")
        except EvacheckError as error:
            raise ToolError(str(error)) from None

    return server
