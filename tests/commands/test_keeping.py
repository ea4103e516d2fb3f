"""--checkpoint, --resume and --disk: what goes together, and what is said. That a run goes on to the same end is tested
in tests/engines/explicit/test_checkpoint.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.commands.keeping import keeping
from checker.contract.task import Keeping
from checker.errors import UsageError
from tests.support import forked

HERE = Path("kept")
COUNTER = """
from evacheck import Model, Range, Var, action, always

class Counter(Model):
    count = Var(Range(100))

    @action
    def up(self):
        self.count = (self.count + 1) % 100

    @always
    def within(self):
        return self.count < 100
"""


def test_where_states_are_kept_the_explicit_engine_is_asked() -> None:
    assert keeping("auto", True, HERE, "30s", None, None) == (Keeping(HERE, 30.0), "explicit")
    assert keeping("explicit", True, None, None, HERE, None) == (Keeping(HERE, resume=True), "explicit")
    assert keeping("auto", True, None, None, None, HERE) == (Keeping(disk=HERE), "explicit")
    assert keeping("auto", True, None, None, None, None) == (Keeping(), "auto")


@pytest.mark.parametrize(
    ("engine", "one", "checkpoint", "every", "resume", "disk", "said"),
    [
        ("auto", True, HERE, None, HERE, None, "--checkpoint and --resume do not go together"),
        ("auto", True, None, "5m", None, None, "--checkpoint-every says how often, and not where"),
        ("auto", True, HERE, "soon", None, None, "--checkpoint-every soon is no duration"),
        ("auto", False, HERE, None, None, None, "--checkpoint goes with one model"),
        ("auto", False, None, None, None, HERE, "--disk goes with one model"),
        ("bmc", True, None, None, HERE, None, "--resume does not go with --engine bmc"),
        ("reference", True, None, None, None, HERE, "--disk does not go with --engine reference"),
    ],
)
def test_what_does_not_go_together_is_refused(
    engine: str,
    one: bool,
    checkpoint: Path | None,
    every: str | None,
    resume: Path | None,
    disk: Path | None,
    said: str,
) -> None:
    with pytest.raises(UsageError, match="U008") as raised:
        keeping(engine, one, checkpoint, every, resume, disk)
    assert said in str(raised.value)


def test_a_model_that_was_changed_is_not_gone_on_with(tmp_path: Path) -> None:
    """The command, from a stopped run to one that goes on, and one of another model in the same file."""
    model = tmp_path / "counter.py"
    model.write_text(COUNTER)
    stopped = forked.command(tmp_path, ["verify", "counter.py", "--checkpoint", "kept", "--max-states", "50"])
    assert stopped.returncode == 3
    assert "kept in kept, after 50 states, depth 50: `--resume kept` goes on from there" in stopped.stdout
    went_on = forked.command(tmp_path, ["verify", "counter.py", "--resume", "kept"])
    assert went_on.returncode == 0
    assert "went on from what kept kept, after 50 states, depth 50" in went_on.stdout
    assert "within       holds (all 100 states)" in went_on.stdout
    model.write_text(COUNTER.replace("+ 1", "+ 3"))
    other = forked.command(tmp_path, ["verify", "counter.py", "--resume", "kept"])
    assert other.returncode == 2
    assert "U028 no checkpoint in kept can be used: it is of a model that has been changed since" in other.stderr
