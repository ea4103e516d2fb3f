"""Decide whether memory in use is ever given back to the system, and whether free memory always is (Go 1.23).

Beside Go 1.23: mgcscavenge.go scavengeOne, mpagealloc.go. The scavenger takes a page as if it allocated it, gives its
memory back to the system, and frees it again, as one that has been scavenged. It need not come: it has goals.
"""

from enum import Enum

from checker.lang import (
    Array,
    Model,
    Param,
    Picture,
    Range,
    Var,
    action,
    always,
    choose,
    leads_to,
    process,
    require,
    sometimes,
)


class Page(Enum):
    """What has become of a page."""

    FREE = "free"
    USED = "used"
    TAKEN = "taken"  # by the scavenger
    SCAVENGED = "scavenged"  # free, and the system has its memory


class Scavenger(Model):
    """Spans are allocated and freed, and the scavenger gives pages back to the system when it comes round."""

    pages = Param(2, Range(1, 4))
    takes_first = Param(True)  # it takes the page before it gives the memory back

    PageNumber = Range(pages)

    page = Var(Array(PageNumber, Page))
    backed = Var(Array(PageNumber, Range(0, 1)))  # whether there is memory behind it

    def init(self):
        """All is free, and has memory."""
        self.backed = [1 for _ in self.PageNumber]

    @action
    def allocate(self, p: PageNumber):
        """A span takes a free page. One that has been scavenged is mapped again."""
        require(self.page[p] in (Page.FREE, Page.SCAVENGED))
        self.page[p] = Page.USED
        self.backed[p] = 1

    @action
    def free(self, p: PageNumber):
        """freeSpan: the sweep has found nothing in it."""
        require(self.page[p] == Page.USED)
        self.page[p] = Page.FREE

    @process(fair=False)
    def bgscavenge(self):
        """It owes nobody anything."""
        while True:
            p = choose({p for p in self.PageNumber if self.page[p] == Page.FREE})
            if self.takes_first:
                self.page[p] = Page.TAKEN
            yield "has taken"
            self.backed[p] = 0
            yield "has given back"
            self.page[p] = Page.SCAVENGED
            yield "rests"

    @always
    def what_is_used_is_there(self):
        """Behind a page in use there is memory."""
        return all(self.page[p] != Page.USED or self.backed[p] == 1 for p in self.PageNumber)

    @sometimes
    def allocated_again(self):
        """A page can be in use while another has been given back."""
        return any(self.page[p] == Page.USED for p in self.PageNumber) and any(b == 0 for b in self.backed)

    @leads_to
    def goes_back(self, p: PageNumber):
        """A free page is given back to the system, then or later."""
        return self.page[p] == Page.FREE, self.backed[p] == 0

    def picture(self):
        picture = Picture(arrange="row", gap=40)
        row = picture.group("pages", "pages", arrange="column", framed=True, gap=20)
        for p in self.PageNumber:
            colour = "green" if self.page[p] == Page.USED else "plain"
            row.node(p, f"page {p}", shape="box", colour=colour, note=self.page[p].value, dashed=self.backed[p] == 0)
        return picture


class ScavengerLate(Scavenger):
    """The scavenger gives the memory back before it has taken the page: somebody uses it by then."""

    takes_first = False

    goes_back = None
