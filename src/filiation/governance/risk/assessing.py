"""The assessment of marginal risk: a risk file, what the atlas holds beside it, what people answered, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from filiation.core.decision import Given
from filiation.governance.answers import merged, open_questions
from filiation.governance.assessment import Assessment, Group, Language, Question, Result, Table
from filiation.governance.risk import changes, checklist, duties, vectors
from filiation.governance.risk.file import Purpose, RiskFile
from filiation.governance.risk.keeping import DIGEST_CHARS
from filiation.governance.risk.steps import term
from filiation.governance.risk.validation import Problem, problems
from filiation.governance.risk.words import words
from filiation.governance.subject import Subject
from filiation.knowledge import load

REVIEW = "risk.review"
_DONE = ("yes", "not_applicable")
_RISKS = ("unknown", "none", "low", "considerable", "high")


class RiskAssessment(Assessment, frozen=True, tag_field="schema", tag="filiation/assess-risk/v1"):
    """Marginal risk of a model's open weights. ``risk.complete`` among the results says whether the file is valid."""


def questions() -> tuple[str, ...]:
    """Return the ids of what people may answer one by one; the steps are answered in a risk file, as a whole."""
    asked = [f"{checklist.PREFIX}{name}" for name in checklist.ids()]
    return (*asked, *(f"{duties.PREFIX}{duty.id}" for duty in duties.duties()), REVIEW)


def require_known(file: RiskFile, name: str) -> None:
    """Refuse what a risk file answers though nobody asks it.

    Raises:
        FiliationError: If its checklist or its responsibilities name what there is not.
    """
    checklist.require_known(file, name)
    duties.require_known(file, name)


def assessment(
    ref: str,
    file: RiskFile | None,
    known: Subject | None,
    given: Sequence[Given],
    at: datetime,
    lang: Language,
    purpose: Purpose,
    against: RiskFile | None = None,
) -> RiskAssessment:
    """Return the assessment of a model.

    Args:
        ref: The model, in full.
        file: What was worked out about it; None for nothing yet.
        known: What an atlas holds of it; None where none was asked.
        given: What people answered.
        at: When, naive UTC.
        lang: Language of the sentences.
        purpose: Whether the model is released or adopted.
        against: An earlier version, to tell what changed.
    """
    found = problems(file) if file else []
    groups = [
        *(vectors.groups(file, found, lang) if file else ()),
        *checklist.groups(file, known, purpose, lang),
        duties.group(file, purpose, lang),
        *(_review(file, lang) if file else ()),
    ]
    answered = _checked(merged(groups, given, at), file, lang)
    carried = next(group for group in answered if group.id == "risk.responsibilities")
    tables = [*_steps(file, found, against, lang), duties.table(file, carried.questions, purpose, lang)]
    told = words(lang)
    return RiskAssessment(
        kind="risk",
        ref=ref,
        title=told[f"title_{purpose}"].format(ref=ref),
        lang=lang,
        dated=load("risk_steps")["dated"],
        day=f"{at:%Y-%m-%d}",
        notice=told["notice"],
        results=tuple(_results(file, found, answered, against, lang)),
        groups=answered,
        open_questions=open_questions(answered),
        tables=tuple(tables),
    )


def _steps(file: RiskFile | None, found: Sequence[Problem], against: RiskFile | None, lang: Language) -> list[Table]:
    """Return the file beside the version before and published studies; what the steps ask where nothing is worked out yet."""
    before = [changes.table(against, file, lang)] if against and file else []
    return [*before, vectors.table(file, found, lang) if file and file.vectors else vectors.outline(lang)]


def _review(file: RiskFile, lang: Language) -> list[Group]:
    told = words(lang)
    digest = file.digest[:DIGEST_CHARS]
    asked = told["review_asks"].format(version=file.version, digest=digest)
    gap = told["review_gap"].format(digest=digest)
    return [
        Group(REVIEW, told["review"], told["review_about"], (Question(REVIEW, asked, gap=gap, source=told["review_source"]),))
    ]


def _checked(groups: tuple[Group, ...], file: RiskFile | None, lang: Language) -> tuple[Group, ...]:
    """Return the groups, the review open again where it was given to another version or by an author."""
    if file is None:
        return groups

    def settled(question: Question) -> Question:
        given = question.answered
        if question.id != REVIEW or given is None or question.value not in _DONE:
            return question
        told, digest = words(lang), file.digest[:DIGEST_CHARS]
        if digest not in question.detail:
            gap = told["review_other"].format(digest=digest)
        elif given.who in file.authors:
            gap = told["review_author"].format(who=given.who)
        else:
            return question
        return msgspec.structs.replace(question, value="unknown", gap=gap)

    replace = msgspec.structs.replace
    return tuple(replace(group, questions=tuple(map(settled, group.questions))) for group in groups)


def _results(
    file: RiskFile | None, found: Sequence[Problem], groups: Sequence[Group], against: RiskFile | None, lang: Language
) -> list[Result]:
    told = words(lang)
    asked = [question for group in groups for question in group.questions if _is_of_checklist(question.id)]
    carried = [question for group in groups for question in group.questions if question.id.startswith(duties.PREFIX)]
    missing = [item for item in asked if item.value not in _DONE]
    unanswered = sum(item.value == "unknown" for item in asked)
    text = told["checklist_text"].format(all=len(asked), done=len(asked) - len(missing), open=unanswered)
    left = [item for item in carried if item.value in ("no", "unknown")]
    duty_text = told["duties_text"].format(open=len(left), all=len(carried))
    return [
        _marginal(file, found, lang),
        _validity(file, found, lang),
        Result("risk.checklist", told["checklist"], str(len(missing)), text, tuple(item.id for item in missing)),
        Result("risk.duties", told["duties"], str(len(left)), duty_text, tuple(item.id for item in left)),
        _version(file, lang),
        *([_changed(against, file, lang)] if against and file else ()),
    ]


def _marginal(file: RiskFile | None, found: Sequence[Problem], lang: Language) -> Result:
    """Return the conclusions of complete vectors; the value is the worst, ``unknown`` where one is open and none is grave."""
    told = words(lang)
    if file is None or not file.vectors:
        return Result("risk.marginal", told["marginal"], "unknown", told["marginal_none"])
    bad = {item.vector for item in found if item.level == "error"}
    lines, values = [], []
    for vector in file.vectors:
        made = vector.conclusion
        if vector.id in bad:
            lines.append(told["marginal_open"].format(title=vectors.title(vector)))
            continue
        values.append(made.marginal_risk)
        risk, sure = term("marginal_risk", made.marginal_risk, lang), term("confidence", made.confidence, lang)
        lines.append(told["marginal_line"].format(title=vectors.title(vector), risk=risk, confidence=sure))
    worst = max(values, key=_RISKS.index, default="unknown")
    is_open = bool(bad) or "unknown" in values
    value = "unknown" if is_open and worst not in ("considerable", "high") else worst
    missing = tuple(f"{vectors.PREFIX}{name}.conclusion" for name in sorted(bad))
    return Result("risk.marginal", told["marginal"], value, "; ".join(lines), missing)


def _validity(file: RiskFile | None, found: Sequence[Problem], lang: Language) -> Result:
    told = words(lang)
    if file is None or not file.vectors:
        return Result("risk.complete", told["complete"], "empty", told["complete_empty"])
    errors = [item for item in found if item.level == "error"]
    bad = {item.vector for item in errors}
    missing = tuple(dict.fromkeys(f"{vectors.PREFIX}{item.vector}.{item.step}" for item in errors))
    count = len(file.vectors)
    if not errors:
        return Result("risk.complete", told["complete"], "complete", told["complete_yes"].format(all=count))
    text = told["complete_no"].format(done=count - len(bad), all=count, errors=len(errors), warnings=len(found) - len(errors))
    return Result("risk.complete", told["complete"], "incomplete", text, missing)


def _version(file: RiskFile | None, lang: Language) -> Result:
    told = words(lang)
    if file is None:
        return Result("risk.version", told["version"], "", told["version_none"])
    authors = ", ".join(file.authors) or told["nobody_named"]
    digest = file.digest[:DIGEST_CHARS]
    text = told["version_text"].format(version=file.version, date=file.date.isoformat(), authors=authors, digest=digest)
    return Result("risk.version", told["version"], digest, text)


def _changed(against: RiskFile, file: RiskFile, lang: Language) -> Result:
    told, found = words(lang), changes.changes(against, file)
    text = told["changes_text"].format(count=len(found), flagged=sum(bool(item.why) for item in found))
    title = told["changes"].format(version=against.version, date=against.date.isoformat())
    return Result("risk.changes", title, str(len(found)), text if found else told["changes_none"])


def _is_of_checklist(name: str) -> bool:
    return name.removeprefix(checklist.PREFIX) in checklist.ids()
