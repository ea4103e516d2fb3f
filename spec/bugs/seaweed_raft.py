"""Decide whether two leaders can be elected in one term if votes are forgotten in a crash (seaweedfs/raft#9).

A server voted, crashed and came back without its vote, for neither currentTerm nor votedFor had been stored; it voted
once more, for another candidate of the same term. Production saw it as a panic: two leaders elected in one term. The
mend stores both before the server answers.

One term; three servers, of which the first two are candidates. A request for a vote may arrive at any time, and again.
"""

from checker.lang import Array, Model, Opt, Param, Range, SetOf, Var, always, choose, process, require, sometimes


class SeaweedRaft(Model):
    """Servers vote in an election. One may crash."""

    servers = Param(3, Range(3, 5))
    most_crashes = Param(1, Range(0, 3))

    Server = Range(servers)
    Candidate = Range(2)

    votes = Var(Array(Candidate, SetOf(Server)))  # that have reached the candidate
    crashes = Var(Range(0, most_crashes))

    def recovers(self, s: Server):
        """The vote that a server that starts finds stored."""
        return

    def stores(self, s: Server, vote: Candidate):
        """A server stores its vote, before it answers."""

    def goes_down(self, s: Server):
        require(self.crashes < self.most_crashes)
        self.crashes += 1

    @process(Server, crash="goes_down")
    def server(self, s: Server):
        voted: Opt(self.Candidate) = self.recovers(s)
        while True:
            yield "waits for a request"
            c = choose(self.Candidate)
            require(voted is None or voted == c)
            if voted is None:
                voted = c
                self.stores(s, c)
            self.votes[c].add(s)

    @always
    def one_leader(self):
        """At most one candidate has the votes of most servers."""
        return sum(2 * len(self.votes[c]) > self.servers for c in self.Candidate) <= 1

    @sometimes
    def somebody_is_elected_after_a_crash(self):
        """A crash does not keep a leader from being elected."""
        return self.crashes > 0 and any(2 * len(self.votes[c]) > self.servers for c in self.Candidate)


class SeaweedRaftStored(SeaweedRaft):
    """Mended: a vote is stored before it is given."""

    stored = Var(Array(SeaweedRaft.Server, Opt(SeaweedRaft.Candidate)))

    def recovers(self, s: SeaweedRaft.Server):
        return self.stored[s]

    def stores(self, s: SeaweedRaft.Server, vote: SeaweedRaft.Candidate):
        self.stored[s] = vote
