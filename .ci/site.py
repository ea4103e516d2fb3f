"""The documentation as a site, for mkdocs.yml. Pages stay as they read in a repository; here their links are led on.

The front page is README.md, and the order of pages that of its map. A link to a file outside docs/, such as a model,
leads to a copy of it; one to a folder of docs/ to a list of its pages; one to another folder leads nowhere. A link to
what is not there ends the build: `mkdocs build --strict`.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": "index.md", "spec/README.md": "models.md"}
"""Pages outside docs/, and where they are on the site."""
_LINK = re.compile(r"\[((?:[^]\[]|\[[^]]*\])*)\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")
_FENCED = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The order of pages: the lines of the README's map."""
    text = (ROOT / "README.md").read_text("utf-8").split("\n## Map\n")[1]
    nav: list[Any] = [{"evacheck": "index.md"}]
    for title, line in re.findall(r"^- \*\*([^*]+)\*\*: (.*)$", text, re.MULTILINE):
        links = re.findall(r"\[([^]]+)\]\(([^)#]+)\)", line)
        nav.append({title: [{words: place_of(path)} for words, path in links if path.endswith(".md")]})
    config.nav = nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add pages from outside docs/, and copies of the files that pages link to."""
    for source, place in PAGES.items():
        files.append(File.generated(config, place, content=(ROOT / source).read_text("utf-8")))
    for folder in (ROOT / "docs").iterdir():
        if folder.is_dir() and not (folder / "README.md").exists() and (pages := sorted(folder.glob("*.md"))):
            titles = {page.name: page.read_text("utf-8").partition("\n")[0].removeprefix("# ") for page in pages}
            lines = "".join(f"- [{title}]({name})\n" for name, title in titles.items())
            files.append(File.generated(config, f"{folder.name}/README.md", content=f"# {folder.name}\n\n{lines}"))
    for file in list(files.documentation_pages()):
        source = source_of(file.src_uri)
        for link in _links(file.content_string):
            path = _resolved(source, link)
            place = place_of(path)
            if (ROOT / path).is_file() and place.startswith("source/") and files.get_file_from_path(place) is None:
                files.append(File.generated(config, place, content=(ROOT / path).read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to where their files are on the site."""
    source, here = source_of(page.file.src_uri), page.file.src_uri

    def led(found: re.Match[str]) -> str:
        words, link, heading = found.groups(default="")
        path = _resolved(source, link)
        if not (ROOT / path).exists():
            raise PluginError(f"{source}: there is no {path}, to which it links")
        if (ROOT / path).is_dir() and place_of(path).startswith("source/"):
            return words
        return f"[{words}]({posixpath.relpath(place_of(path), posixpath.dirname(here) or '.')}{heading})"

    pieces = _FENCED.split(markdown)
    return "".join(piece if at % 2 else _LINK.sub(led, piece) for at, piece in enumerate(pieces))


def place_of(path: str) -> str:
    """Where a file of the repository is on the site; a folder is its README."""
    if (ROOT / path).is_dir():
        path = f"{path}/README.md"
    if path in PAGES:
        return PAGES[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"source/{path}.txt"


def source_of(place: str) -> str:
    """The file of the repository that is a page of the site."""
    return next((source for source, page in PAGES.items() if page == place), f"docs/{place}")


def _links(text: str) -> list[str]:
    return [link for at, piece in enumerate(_FENCED.split(text)) if at % 2 == 0 for _, link, _ in _LINK.findall(piece)]


def _resolved(source: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
