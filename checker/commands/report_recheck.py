"""What came of a recheck, as styled lines and as an exit status. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from checker.certificates.manifest import Certificate
from checker.certificates.obligations import UNCHECKED
from checker.certificates.recheck import Answer, PartResult, concluded
from checker.commands.report_proofs import seconds, wrapped
from checker.contract.wording import Status, counted
from counterexamples.explain.text import Line, Style

_ANSWERS = {Answer.CONFIRMED: Style.GOOD, Answer.REFUTED: Style.BAD, Answer.UNDECIDED: Style.PLAIN}

AGAIN = {
    Answer.CONFIRMED: Status.AS_EXPECTED,
    Answer.REFUTED: Status.NOT_AS_EXPECTED,
    Answer.UNDECIDED: Status.INCONCLUSIVE,
}
"""The exit status of a recheck."""


def recheck_lines(certificate: Certificate, found: Sequence[PartResult]) -> list[Line]:
    """What came of a certificate: each part that says something of its own, then each property."""
    parameters = {**dict.fromkeys(certificate.every, "every"), **certificate.parameters}
    shown = "".join(f"  {name}={value}" for name, value in parameters.items())
    lines: list[Line] = [((Style.STEP, f"{certificate.model}{shown}"),)]
    proven = [each for each in found if each.part in certificate.obligations and each.answer is Answer.CONFIRMED]
    for each in found:
        if each not in proven:
            lines.append(((Style.PLAIN, f"  {each.part}: "), (_ANSWERS[each.answer], each.words)))
    if proven:
        spent = f"{seconds(sum(each.seconds for each in proven))} of its time"
        said = f"{len(proven)} of {counted(len(certificate.obligations), 'obligation')} {proven[0].words}, {spent}"
        lines.append(((Style.PLAIN, "  obligations: "), (Style.GOOD, said)))
        lines += wrapped(f"not checked: {UNCHECKED}", "    ")
    lines.append(())
    width = max(len(name) for name in (*certificate.verdicts, *certificate.others))
    for name, answer in concluded(certificate, list(found)).items():
        lines.append(((Style.PLAIN, f"  {name.ljust(width)}  "), (_ANSWERS[answer], answer.value)))
    for name, verdict in certificate.others.items():
        lines.append(((Style.QUIET, f"  {name.ljust(width)}  not certified ({verdict})"),))
    return lines
