"""Questions of every type as a ticket form shows them, empty and with errors."""

from django.utils.datastructures import MultiValueDict

from wagtail_portal.fields import Choice, FieldSpec, FormContext, field_types
from wagtail_portal.fields.context import Person
from wagtail_portal.fields.file_types import CONTENT_TYPES
from wagtail_portal.fields.files import FileLimits
from wagtail_portal.fields.form import TicketRequestForm
from wagtail_portal.fields.questions import BUILT_IN_QUESTIONS, Question

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "")
CHOICES = tuple(Choice(colour or "none", (colour or "none").title(), colour) for colour in COLOURS)
LONG = "Help text in a sentence that is long enough to need a second line on a phone."


class Upload:
    """A file from an earlier attempt."""

    pk, name, size, url = "0", "quarterly-report-of-the-whole-company-2026.pdf", 14_336, ""


def questions() -> list[Question]:
    """Return each built-in question and one of each field type, some of them required."""
    built_in = [
        Question(name, name, name, FieldSpec("text", str(label), required=required))
        for name, (label, required) in BUILT_IN_QUESTIONS.items()
    ]
    own = [
        Question(
            key,
            key,
            "answer",
            FieldSpec(
                key,
                str(kind.label),
                help_text=LONG if number % 2 else "",
                required=number % 3 != 1,
                placeholder="For example" if number % 4 == 0 else "",
                choices=CHOICES if kind.has_choices else (),
            ),
        )
        for number, (key, kind) in enumerate(field_types().items())
    ]
    return [*built_in, *own]


def form(data: dict | None = None, **kwargs) -> TicketRequestForm:
    """Return a form with all questions."""
    limits = FileLimits(10 * 2**20, 5, frozenset(CONTENT_TYPES))
    context = FormContext(
        file_limits=limits,
        find_uploads=lambda ids: [Upload()] if ids else [],
        find_members=lambda ids=None: [Person(1, "Kim Sample", "two@sample.invalid")],
    )
    if data is not None:
        data = MultiValueDict({key: [value] for key, value in data.items()})
        return TicketRequestForm(data, MultiValueDict(), items=questions(), context=context)
    return TicketRequestForm(items=questions(), context=context)


def with_mistakes() -> TicketRequestForm:
    """Return the form with errors: required fields empty, others invalid, and a file kept."""
    data = {
        "attachments-kept": "0",
        "followers": "someone@elsewhere.example",
        "email": "not an address",
        "url": "not a link",
        "number": "many",
        "decimal": "much",
        "date": "soon",
        "datetime": "later",
    }
    found = form(data)
    found.is_valid()
    return found


def values() -> list[dict]:
    """Return answers as the portal displays them."""
    shown = {
        "text": "One line",
        "long_text": "Two\nlines",
        "choice": "red",
        "choices": [choice.key for choice in CHOICES],
        "yes_no": True,
        "number": 1200,
        "decimal": "1200.50",
        "date": "2026-11-23",
        "datetime": "2026-11-23T10:30:00+00:00",
        "email": "one@sample.invalid",
        "url": "https://docs.example/",
        "file": {"id": "0", "name": "log.txt", "size": 14_336},
        "member": 1,
    }
    found = []
    context = FormContext(
        find_members=lambda ids=None: [Person(1, "Kim Sample", "two@sample.invalid")],
        names={1: "Kim Sample"},
    )
    for key, kind in field_types().items():
        if key in shown:
            spec = kind.prepare(
                FieldSpec(key, str(kind.label), choices=CHOICES), context, [shown[key]]
            )
            found.append({"label": kind.label, "html": kind.html(shown[key], spec)})
    return found


def review() -> dict:
    """Return the context of the page on which all answers are reviewed."""
    steps = [
        {"url": "#", "title": "What happened"},
        {"title": "Review and send", "is_current": True},
    ]
    row = {"label": "Subject", "html": "The export stops", "anchor": "subject"}
    return {
        "page": {"title": "Report a problem"},
        "step": {"label": "Step 2 of 2", "title": "Review and send", "all": steps},
        "sections": [{"title": "What happened", "url": "#", "rows": [row]}],
    }
