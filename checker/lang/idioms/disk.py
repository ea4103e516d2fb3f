"""Files that survive a crash, as far as they have been synchronized.

What was written to a file since it was last synchronized may be there after a crash, or not: any one of the contents
that it had since then is found, in each file without regard to the others. A directory is a file too, which says what
its names mean: a rename writes to it. One write is whole or not there; what tears is two files, or a file of several
parts.
"""

from checker.lang import Array, Bool, Model, Range, SetOf, Var, choose, event


class Disk(Model):
    """Files of which a crash leaves what was synchronized. Give `File` and `Content` anew."""

    File = Range(1)
    Content = Range(2)

    content = Var(Array(File, Content))  # as everybody sees it
    unsure = Var(Array(File, SetOf(Content)))  # what a crash may leave instead; empty where it is synchronized

    @event("writes {c} to {f}")
    def write(self, f: File, c: Content):
        """Change a file. Everybody sees it, and a crash may undo it."""
        self.unsure[f].add(self.content[f])
        self.content[f] = c

    @event("synchronizes {f}")
    def sync(self, f: File):
        """What is in the file now survives: fsync."""
        self.unsure[f] = set()

    def power_failure(self):
        """For the helper that a crash names: each file is as it is, or as it was at some time since it was
        synchronized."""
        for f in self.File:
            if len(self.unsure[f]) > 0 and choose(Bool):
                self._undone(f, choose(self.unsure[f]))
            self.unsure[f] = set()

    @event("{f} is as it was before: {c}")
    def _undone(self, f: File, c: Content):
        """What was written and not synchronized is gone."""
        self.content[f] = c
