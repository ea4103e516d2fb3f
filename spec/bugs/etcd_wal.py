"""Decide whether etcd can lose what it has acknowledged when the power fails (etcd-io/etcd#6368).

A new segment of the write-ahead log is written under another name, synchronized, and renamed. Entries are then appended
and synchronized, and the client is told that its data are safe; but the directory, in which the rename is written, was
never synchronized. After a power failure the entries can be in a file that nobody finds. The mend of
etcd-io/etcd#6381 synchronizes the directory after the rename.
"""

from enum import Enum

from checker.lang import Bool, Param, Range, Var, process, require, sometimes
from checker.lang.idioms import Disk


class Kept(Enum):
    """What is on disk: the directory says whether the segment has its name, the segment how many entries it holds."""

    DIRECTORY = "directory"
    SEGMENT = "segment"


class WAL(Disk):
    """One segment and one entry, and a power failure at any time."""

    failures = Param(1, Range(0, 3))

    File = Kept
    Content = Range(2)  # of the directory: 1 where the segment has been renamed; of the segment: entries

    acknowledged = Var(Bool)
    failed = Var(Range(0, failures))

    def after_rename(self):
        """Nothing."""

    def power_fails(self):
        require(self.failed < self.failures)
        self.failed += 1
        self.power_failure()

    @process(crash="power_fails")
    def etcd(self):
        found = self.content[Kept.DIRECTORY] == 1 and self.content[Kept.SEGMENT] == 1
        assert found or not self.acknowledged, "what was acknowledged is lost"
        if found:
            return
        yield "recovered"
        self.write(Kept.DIRECTORY, 1)
        self.after_rename()
        yield "renamed the segment"
        self.write(Kept.SEGMENT, 1)
        yield "appended"
        self.sync(Kept.SEGMENT)
        yield "synchronized"
        self.acknowledged = True
        while True:
            yield "runs"

    @sometimes
    def it_comes_back_with_its_data(self):
        """After a power failure what was acknowledged can be found."""
        return self.etcd.finished and self.acknowledged and self.failed > 0


class WALDirectorySynchronized(WAL):
    """Mended: the directory is synchronized after the rename."""

    def after_rename(self):
        self.sync(Kept.DIRECTORY)
