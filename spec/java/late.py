"""Decide whether a thread can help a resize that is over (it can), and what is enough to prevent it.

helpTransfer looks at nextTable and table first and at sizeCtl last. In between that resize can end and the next begin:
the compare-and-swap then counts the thread as a resizer of the next, with the tables of the one before. All it finds
there is forwarded, and the bins that it claims it does not move. If it is the last to leave it does not know, for it
compares sizeCtl with the stamp of the old table: nobody finishes, and the map never grows again.

Until JDK-8214427 the stamp was compared before a thread joined.
"""

from spec.java.transfer import Transfer


class LateHelp(Transfer):
    """From one bin to two, and from two to four: two resizes."""

    capacity = 1
    tables = 3
    keys = 2


class ComparesStamps(LateHelp):
    """A thread joins only a resize that has the stamp of the table in its hands."""

    stamp = True


class ReadsSizeCtlFirst(LateHelp):
    """helpTransfer reads sizeCtl before the tables: what it then swaps is of the resize that it has seen."""

    def helpTransfer(self, t: Transfer.Thread, tab: Transfer.Tab, nextTab: Transfer.Tab):
        rs = self.stamped(self.length[tab])
        while True:
            yield "met a forward"
            sc = self.sizeCtl
            if sc >= 0 or self.closed(sc, rs):
                break
            yield "is resizing"
            if nextTab != self.nextTable:
                break
            yield "same nextTable"
            if tab != self.table:
                break
            yield "same table"
            if self.transferIndex <= 0:
                break
            yield "has work"
            if self.sizeCtl == sc:
                self.sizeCtl = sc + 1
                self.inside[t] = tab
                yield from self.transfer(t, tab, nextTab)
                break
        return nextTab
