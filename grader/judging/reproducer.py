"""A cell that puts a question to a student's own code once more, to paste below it."""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.asking.agreement import difference
from grader.i18n import _
from grader.judging import check_source
from grader.judging.about import About, judged
from grader.judging.expected import array_of, beside, numbers, of_evidence
from grader.judging.expressions import IMPORTS, UnwritableError, expression
from grader.judging.statements import Statements, given_name, is_writable, references, result_of
from grader.results.evidence import Evidence
from grader.scenario import (
    Get,
    Operate,
    Outcome,
    Raised,
    Scenario,
    Seed,
    Step,
    Transcript,
    Value,
    made_of,
)

# Asks a student again.
Again = Callable[[Scenario], Transcript]
# Steps, each with what came of it.
Came = Sequence[tuple[Step, Outcome]]


@dataclass(frozen=True)
class Reproduction:
    """The source of a cell, and the names of the inputs that it uses."""

    source: str
    used: frozenset[str]


def cell(
    asked: Sequence[Transcript], evidence: Evidence, message: str, again: Again | None = None
) -> Reproduction | None:
    """Return a cell that asks what led to `message`, one of what was `asked`, and prints it."""
    about = judged(asked, evidence, message)
    return None if about is None else written(about, evidence, again)


def written(about: About, evidence: Evidence, again: Again | None = None) -> Reproduction | None:
    """Return a cell that does what a verdict is about once more, and prints what came of it.

    Inputs that `evidence` shows keep their names, and what was expected stands beside the result.
    Steps without which the answer stays the same, when the student is asked `again`, are left out.
    None where a step is none that a student could take, or an argument is too large to be read.
    """
    source = about.told.shown or about.told.condition
    steps = about.asked.scenario.steps[: len(about.asked.outcomes)]
    about = replace(about, index=check_source.mentioned(source, steps, about.index))
    if not all(map(is_writable, about.steps)):
        return None
    try:
        return _Cell(about, evidence).written(again)
    except UnwritableError:
        return None


class _Cell:
    """A cell while it is written."""

    def __init__(self, about: About, evidence: Evidence) -> None:
        self.about = about
        self.told = about.told
        self.evidence = evidence
        self.named = {
            item.name: array
            for item in evidence.inputs
            if item.name.isidentifier() and (array := array_of(item)) is not None
        }
        # Inputs that are no arrays of numbers are written where they are used, unless a line
        # names them.
        self.plain = {
            item.name: item.value
            for item in evidence.inputs
            if item.name.isidentifier()
            and not item.is_of_numbers
            and (item.shape is None or item.value is not None)
        }
        self.spoken: set[str] = set()

    def written(self, again: Again | None) -> Reproduction:
        """Return the whole cell."""
        shown = self._shown()
        uses = () if shown is None else shown.results
        # What is read is printed from where it is kept.
        inline = {result_of(self.about.step)} if isinstance(self.about.step, Get) else set()
        kept = _needed(self.about, again, uses)
        self.statements = Statements(self.named, uses, inline)
        if shown is None:
            self.statements.write(kept[:-1])
            last = self._ended(*kept[-1])
        else:
            self.statements.write(kept)
            last = [self._printed(shown)]
        return self._whole([*self.statements.lines, *last])

    def _shown(self) -> check_source.Shown | None:
        """Return what is printed, None where the last step says all."""
        step, source = self.about.step, self.told.shown or self.told.condition
        result = result_of(step)
        nothing = not result or (isinstance(step, Operate) and step.operator.endswith("item"))
        if isinstance(step, Operate) and step.operator == "getitem":
            nothing = False
        if self.told.raises or self.told.argument is not None:
            return None
        if not isinstance(self.about.outcome, Value) or nothing or check_source.heard(source):
            return None
        inputs = {**self.named, **self.plain}
        return check_source.shown(source, self.about.steps, inputs) or check_source.Shown(
            result, (result,), by_itself=True
        )

    def _printed(self, shown: check_source.Shown) -> str:
        """Return the line that prints an expression beside what is expected."""
        self.spoken |= shown.inputs
        text = self.statements.shown(shown.text, shown.results)
        told = self.told
        if shown.by_itself and told.shown:
            # Only the check itself knows what it computed with that.
            return f"print({text})  {self._condition()}".rstrip()
        if told.difference is not None:
            return beside(f"{text}{told.path}", *told.difference, self._condition())
        if not told.condition:
            return of_evidence(text, self.about.outcome, self.evidence)
        if told.shown or shown.by_itself:
            return f"print({text})  {self._condition()}"
        return _("print({name})  # expected {numbers}", name=text, numbers=True)

    def _condition(self) -> str:
        """Return the comment that says what should hold, "" where nothing does."""
        if not self.told.condition:
            return ""
        self.spoken.update(check_source.names(self.told.condition))
        return _("# expected: {condition}", condition=check_source.spoken(self.told.condition))

    def _ended(self, step: Step, outcome: Outcome) -> list[str]:
        """Return the last step as a statement, beside what should have come of it."""
        *before, last = (self.statements.statement(step, outcome) or given_name(step)).split("\n")
        if self.told.argument is not None:
            call, position = self.told.argument
            given = getattr(self.about.asked.scenario.steps[call], "args", ())[position]
            expected = _("  # expected {numbers}", numbers=numbers(np.asarray(given)))
            return [*before, last, f"print({self.statements.value(given)}){expected}"]
        if self.told.raises:
            kinds = _(" or ").join(self.told.raises)
            return [*before, _("{statement}  # expected {kinds}", statement=last, kinds=kinds)]
        if not isinstance(outcome, Value):
            line = f"print({last})" if isinstance(step, Get) else last
            return [*before, f"{line}  {_('# expected no error')}"]
        return [*before, *self._heard(last)]

    def _heard(self, call: str) -> list[str]:
        """Return a call beside what it should have printed, or what should hold of it."""
        if self.told.difference is None or not check_source.is_printed(self.told.shown):
            return [f"{call}  {self._condition()}".rstrip()]
        lines = str(self.told.difference[1]).splitlines()
        if len(lines) > 1:
            return [call, _("# expected to print:"), *(f"# {line}" for line in lines)]
        if not lines:
            return [_("{call}  # expected to print nothing", call=call)]
        return [_("{call}  # expected to print: {text}", call=call, text=lines[0])]

    def _whole(self, lines: Sequence[str]) -> Reproduction:
        """Return the cell with the definitions and the imports that its lines need."""
        used = (self.statements.used | self.spoken) & {*self.named, *self.plain}
        defined = []
        for name in (item.name for item in self.evidence.inputs):
            if name in used and name in self.named:
                defined += self.statements.definition(name)
            elif name in used:
                defined.append(f"{name} = {expression(_as_given(self.plain[name]))}")
        source = "\n".join([*defined, *lines])
        return Reproduction("\n".join([*_imports(source), source]), frozenset(used))


def _as_given(value: object) -> object:
    """Return what an input was: a report holds lists as tuples."""
    return [_as_given(each) for each in value] if isinstance(value, tuple) else value


def _imports(source: str) -> list[str]:
    """Return the lines that a cell has to begin with."""
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    lines = [line for name, line in IMPORTS.items() if name in used]
    return [*sorted(lines), ""] if lines else []


def _needed(about: About, again: Again | None, uses: Iterable[str]) -> Came:
    """Return the steps that make a difference."""
    outcomes = about.asked.outcomes
    steps: Came = [
        (each, outcomes[min(i, len(outcomes) - 1)]) for i, each in enumerate(about.steps)
    ]
    is_over = isinstance(about.outcome, Value | Raised)
    if again is None or about.told.argument is not None or not is_over:
        return steps
    made = {given_name(step) for step, _outcome in steps} - {""}
    wanted = ({*uses, *references(about.step)} & made) | {_last_name(about.step)}
    fewer = _reaching(steps, wanted, made)
    reached = {name for step, _outcome in fewer for name in (given_name(step), *references(step))}
    if _suffices(fewer, steps, wanted, again):
        steps = fewer
    kinds = made_of([step for step, _outcome in steps])
    objects = {given_name(each[0]) for each, kind in zip(steps, kinds, strict=True) if kind}
    for other in sorted(objects - reached):
        fewer = [each for each in steps if other not in _touched(each[0])]
        if _suffices(fewer, steps, wanted, again):
            steps = fewer
    return steps


def _last_name(step: Step) -> str:
    return given_name(step) or str(getattr(step, "target", ""))


def _touched(step: Step) -> set[str]:
    """Return what a step makes, and what it is done to."""
    return {given_name(step), str(getattr(step, "target", ""))}


def _reaching(steps: Came, wanted: set[str], made: set[str]) -> Came:
    """Return the steps that `wanted` objects come from or that are about the same as these."""
    named = [{given_name(step), *references(step)} & made for step, _outcome in steps]
    reached, before = set(wanted), set[str]()
    while reached != before:
        before = set(reached)
        reached = reached.union(*(names for names in named if names & reached))
    last = len(steps) - 1
    return [
        each
        for place, each in enumerate(steps)
        if place == last or isinstance(each[0], Seed) or named[place] & reached
    ]


def _suffices(fewer: Came, steps: Came, wanted: set[str], again: Again) -> bool:
    """Whether fewer steps come to the same as all."""
    if len(fewer) == len(steps):
        return False
    left = {given_name(step) for step, _outcome in fewer}
    gone = {given_name(step) for step, _outcome in steps} - left
    if any(gone & set(references(step)) for step, _outcome in fewer):
        return False
    came = again(Scenario(*(step for step, _outcome in fewer))).outcomes
    return len(came) == len(fewer) and all(
        _alike(mine, outcome)
        for mine, (step, outcome) in zip(came, fewer, strict=True)
        if step is fewer[-1][0] or given_name(step) in wanted
    )


def _alike(one: Outcome, other: Outcome) -> bool:
    if isinstance(one, Value) and isinstance(other, Value):
        heard = (one.printed, one.warned) == (other.printed, other.warned)
        return heard and difference(one.value, other.value, exact=True) is None
    if isinstance(one, Raised) and isinstance(other, Raised):
        return one.error == other.error
    return False
