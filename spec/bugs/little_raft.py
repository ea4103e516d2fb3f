"""Decide whether two leaders can be elected in one term if a late vote is counted (andreev-io/little-raft#44).

A candidate counts the votes that it gets, and does not look of which term they are. A vote from an earlier election
arrives in a later one, and makes a second leader beside the one that most have voted for. The mend leaves out votes of
other terms.

Three servers; 0 and 1 stand for election. A request is answered at once, or never; answers may take any time.
"""

from enum import Enum

from checker.lang import Array, Opt, Param, Range, Record, SetOf, Var, action, always, final, require, sometimes
from checker.lang.idioms import Channels


class Role(Enum):
    """What a server takes itself for."""

    FOLLOWER = "follower"
    CANDIDATE = "candidate"
    LEADER = "leader"


class LittleRaft(Channels):
    """Elections in a few terms. Link s brings answers to server s."""

    terms = Param(2, Range(1, 4))
    reorders = True

    Server = Range(3)
    Term = Range(0, terms)
    Link = Server
    Message = Record(voter=Server, term=Term)

    term = Var(Array(Server, Term))
    voted_for = Var(Array(Server, Opt(Server)))
    role = Var(Array(Server, Role))
    votes = Var(Array(Server, SetOf(Server)))
    leaders = Var(Array(Term, SetOf(Server)))

    @action
    def stands(self, s: Server):
        """A server stands for election in the next term, and votes for itself."""
        require(s != 2 and self.term[s] < self.terms and self.role[s] != Role.LEADER)
        self.term[s] += 1
        self.role[s] = Role.CANDIDATE
        self.voted_for[s] = s
        self.votes[s] = {s}

    @action
    def votes_for(self, s: Server, candidate: Server):
        """A server is asked for its vote, and gives it."""
        newer = self.term[candidate] > self.term[s]
        require(s != candidate and self.role[candidate] == Role.CANDIDATE)
        require(newer or (self.term[candidate] == self.term[s] and self.voted_for[s] is None))
        if newer:
            self.role[s] = Role.FOLLOWER
            self.votes[s] = set()
        self.term[s] = self.term[candidate]
        self.voted_for[s] = candidate
        self.send(candidate, self.Message(voter=s, term=self.term[s]))

    @action
    def counts(self, s: Server):
        """process_vote_response_as_candidate."""
        m = self.receive(s)
        if self.role[s] == Role.CANDIDATE and self.is_counted(s, m):
            self.votes[s].add(m.voter)
            if len(self.votes[s]) >= 2:
                self.role[s] = Role.LEADER
                self.votes[s] = set()
                self.leaders[self.term[s]].add(s)

    def is_counted(self, s: Server, m: Message):
        """Whether a vote counts: any does."""
        return True

    @always
    def one_leader_a_term(self):
        """No term has two leaders."""
        return all(len(self.leaders[t]) <= 1 for t in self.Term)

    @final
    def over(self):
        """No answer is on its way, and nobody stands for election any more."""
        return all(len(self.on_way[s]) == 0 for s in self.Server)

    @sometimes
    def another_leads_in_the_next_term(self):
        """One server can lead in a term, and another in the next."""
        return any(0 in self.leaders[t] for t in self.Term) and any(1 in self.leaders[t] for t in self.Term)


class LittleRaftLooksAtTerms(LittleRaft):
    """Mended: a vote counts in the term in which it was given."""

    def is_counted(self, s: LittleRaft.Server, m: LittleRaft.Message):
        return m.term == self.term[s]
