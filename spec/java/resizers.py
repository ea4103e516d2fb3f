"""Decide which of the tests carry the weight that a thread makes before it joins a resize (JDK-8214427).

Until that was mended, addCount and helpTransfer compared sizeCtl with a stamp that had not been shifted: two of the
tests were never true. Here nobody puts anything: the table is full enough, and all threads come to move it at once.
"""

from checker.lang import process
from spec.java.transfer import Transfer


class Resizers(Transfer):
    """Threads in addCount, after the count: each begins a resize or joins it. At most two can be counted."""

    threads = 3
    keys = 2

    it_grows_to_the_end = None

    @process(Transfer.Thread)
    def thread(self, t: Transfer.Thread):
        yield from self.addCount(t, 0)

    def count_one(self, _check: Transfer.Count):
        return self.capacity
