"""The public door: what `import evacheck` gives, and that it does what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from enum import Enum
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

import evacheck as ev
from counterexamples.draw.page import page
from counterexamples.draw.pictures import trace_picture
from evacheck import Array, Bool, Model, Param, Range, Var, always, process, sometimes


class Counter(Model):
    """Two threads add one to a counter. Reading and writing are two steps, unless it is `atomic`."""

    threads = Param(2)
    atomic = Param(False)
    Thread = Range(threads)
    counter = Var(Range(0, threads))
    finished = Var(Array(Thread, Bool))

    @process(Thread)
    def thread(self, t: Thread):
        seen = self.counter
        if not self.atomic:
            yield "read"
        self.counter = seen + 1
        self.finished[t] = True

    @always
    def nothing_is_lost(self):
        """When all have finished, all additions are there."""
        return not all(self.finished) or self.counter == self.threads

    @sometimes
    def all_finish(self):
        return all(self.finished)


def test_everything_that_is_promised_is_there() -> None:
    for name in ev.__all__:
        assert getattr(ev, name) is not None
    with pytest.raises(AttributeError, match="module 'evacheck' has no attribute 'verfy'"):
        ev.verfy  # type: ignore[attr-defined]  # noqa: B018


def test_a_model_that_is_right_passes_check() -> None:
    result = ev.verify(Counter(atomic=True), time=60)
    assert result.ok and result.check() is result
    assert (result.states, result.stopped) == (4, None)
    assert "  nothing_is_lost  holds (all 4 states)\n" in str(result)


def test_a_violation_fails_a_test_with_the_counterexample_as_its_text() -> None:
    result = ev.verify(Counter, engine="reference")
    assert not result.ok
    with pytest.raises(ev.CheckFailed) as caught:
        result.check()
    text = str(caught.value)
    assert text == str(result)
    assert text.startswith("Counter(threads=2, atomic=False): ")
    assert "  nothing_is_lost  VIOLATED in a trace of 5 states\n" in text
    assert "not all(self.finished) or self.counter == self.threads" in text
    assert set(result.traces) == {"nothing_is_lost", "all_finish"}
    assert "Relevant: " in result.traces["nothing_is_lost"].explain()


def test_at_a_prompt_a_result_and_a_trace_show_what_they_print() -> None:
    """Python shows a value by its `repr`, which was the whole program."""
    result = ev.verify(Counter, engine="reference")
    assert repr(result) == str(result)
    trace = result.traces["nothing_is_lost"]
    assert repr(trace) == str(trace) and "State 5 violates nothing_is_lost" in repr(trace)


def test_a_notebook_shows_the_page_in_a_frame_that_needs_nothing_else() -> None:
    result = ev.verify(Counter, engine="reference")
    trace = result.traces["nothing_is_lost"]
    shown = trace._repr_html_()
    (inside,) = re.findall(
        r'<iframe sandbox="allow-scripts" title="nothing_is_lost" [^>]*srcdoc="([^"]*)"></iframe>', shown
    )
    assert unescape(inside) == page(trace.program, trace.trace, trace.shows)
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", unescape(inside))
    table = result._repr_html_()
    assert table.endswith(shown) and table.count("<tr>") == 4
    assert "<td>✗</td><td><code>nothing_is_lost</code></td><td>VIOLATED in a trace of 5 states</td>" in table
    good = ev.verify(Counter(atomic=True))._repr_html_()
    assert "iframe" not in good and good.count("✓") == 4
    open_ = ev.verify(Counter(atomic=True, threads=6), engine="reference", states=3)._repr_html_()
    assert open_.count("<td>?<") == 4 and "Stopped early: state budget of 3 ended" in open_


class Unseen(Counter):
    """Its picture fails."""

    def picture(self):
        return 1 // 0


def test_a_notebook_shows_the_text_where_the_picture_of_a_model_fails() -> None:
    shown = ev.verify(Unseen, engine="reference").traces["nothing_is_lost"]._repr_html_()
    assert shown.startswith("<pre>") and "State 5 violates nothing_is_lost" in shown and "U019" in shown


HOSTILE = Enum("HOSTILE", {'</style><script>alert("x")</script>': 1, "'\"><img src=x onerror=alert(1)>": 2})


class Hostile(ev.Model):
    """Its states have names that would be markup."""

    at = ev.Var(HOSTILE)

    @ev.process
    def goes(self):
        yield "</svg><script>alert(2)</script>"
        self.at = ev.choose(HOSTILE)

    @ev.always
    def stays(self):
        return self.goes.at("start")

    def picture(self):
        picture = ev.Picture()
        picture.node("<b>", "</text><script>alert(3)</script>", note="</svg>")
        return picture


def _inside(shown: str) -> ElementTree.Element:
    """The SVG within a frame in which nothing runs."""
    found = re.fullmatch(r'<iframe sandbox title="([^"<]*)" style="[^"<]*" srcdoc="([^"<]*)"></iframe>', shown)
    assert found is not None
    page = unescape(found[2])
    assert not re.search(r"""(src|href|url\()=?["']?(https?:)?//""", page)
    assert page.count("<script") == page.count("<img") == 0
    return ElementTree.fromstring(page[page.index("<svg ") :])


def test_a_notebook_shows_the_states_of_a_model_as_a_graph() -> None:
    trace = ev.verify(Counter, engine="reference").traces["nothing_is_lost"]
    found = ev.graph(Counter, trace=trace)
    assert repr(found) == "Counter(threads=2, atomic=False): 12 states, all; 14 steps between them"
    assert (len(found), found.cut, sum(path for _, path in found.networkx.nodes(data="path"))) == (12, False, 5)
    drawn = _inside(found._repr_html_())
    assert sum("card" in each.get("class", "") for each in drawn.iter() if each.tag.endswith("rect")) == 12
    few = ev.graph(Counter(threads=3), states=5)
    assert few.cut and len(few) == 5 and "5 states, the first of more; " in repr(few)
    assert found.dot().count(" -> ") == 14
    with pytest.raises(ev.UsageError, match="U008 states=0: there is nothing to draw"):
        ev.graph(Counter, states=0)


def test_a_notebook_shows_the_pictures_of_a_trace(tmp_path: Path) -> None:
    trace = ev.verify(Counter, engine="reference").traces["nothing_is_lost"]
    drawn = trace.picture()
    assert repr(drawn) == "Counter: nothing_is_lost in a trace of 5 states"
    _inside(drawn._repr_html_())
    drawn.save(tmp_path / "trace.svg")
    assert (tmp_path / "trace.svg").read_text(encoding="utf-8") == trace_picture(
        trace.program, trace.trace, trace.shows
    )
    with pytest.raises(ev.ModelError, match="U019"):
        ev.verify(Unseen, engine="reference").traces["nothing_is_lost"].picture()


def test_what_a_model_calls_its_things_is_no_markup_in_a_notebook() -> None:
    result = ev.verify(Hostile, engine="reference")
    drawn = [ev.graph(Hostile), *(each.picture() for each in result.traces.values())]
    assert len(drawn) > 1
    for each in drawn:
        words = "".join(_inside(each._repr_html_()).itertext())
        assert "alert(" in words


def test_what_was_not_decided_does_not_pass() -> None:
    result = ev.verify(Counter(atomic=True, threads=6), engine="reference", states=3)
    assert result.stopped is not None
    with pytest.raises(ev.CheckFailed, match="stopped early: "):
        result.check()


def test_only_what_is_asked_for_is_decided() -> None:
    assert set(ev.verify(Counter, properties=["all_finish"]).verdicts) == {"all_finish", "no_failure"}
    with pytest.raises(ev.UsageError, match="U003"):
        ev.verify(Counter, properties=["all_finsh"])
    with pytest.raises(ev.UsageError, match="U001 3 is no model"):
        ev.verify(3)  # type: ignore[arg-type]


def test_a_trace_is_saved_loaded_and_replayed(tmp_path: Path) -> None:
    (path,) = ev.verify("spec.classics.diehard:DieHard").save(tmp_path)
    loaded = ev.replay(path)
    assert (path.name, loaded.shows, len(loaded)) == ("DieHard-big_is_not_4.itf.json", "big_is_not_4", 7)
    assert str(loaded) == str(ev.load_trace(path))
    data = json.loads(path.read_text())
    data["states"][3], data["states"][4] = data["states"][4], data["states"][3]
    path.write_text(json.dumps(data))
    with pytest.raises(ev.EvacheckError):
        ev.replay(path)


def test_a_hypothesis_machine_comes_from_a_model() -> None:
    assert issubclass(ev.machine(Counter), object)


def test_a_model_is_read_without_importing_engines() -> None:
    heavy = ("z3", "llvmlite", "hypothesis", "typer", "networkx")
    code = f"import evacheck, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
