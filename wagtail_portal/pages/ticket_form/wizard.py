"""A form of several steps, on the server: answers are kept between the steps, in the database.

All the answers so far make one form each time, so that conditions across steps hold and nothing
is checked in two ways; a step shows and judges its own part of it.
"""

from django.http import QueryDict
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext

from wagtail_portal.actions import discard_form_draft, save_form_draft
from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.fields.files import FilesField
from wagtail_portal.fields.steps import Step, split
from wagtail_portal.models import FormDraft, Member
from wagtail_portal.pages import drafts
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.errors import add_to_form
from wagtail_portal.pages.uploads import find_uploads, keep_after_error
from wagtail_portal.permissions import Actor, Verb


def step_label(number: int, count: int) -> str:
    """Where one is: "Step 2 of 3"."""
    return gettext("Step %(number)d of %(count)d") % {"number": number, "count": count}


class Wizard:
    """One visit of one member to one step."""

    def __init__(self, page, request, member: Member):
        self.page, self.request, self.member = page, request, member
        self.steps: list[Step] = split(self.items)
        self.saved: dict[str, list[str]] = self._load()
        self.position = self._position(request.GET.get("step", "1"))

    # What depends on who fills the form; see ``visitor`` for somebody who is not signed in.

    @property
    def items(self):
        """Questions and content."""
        return self.page.items

    @cached_property
    def actor(self) -> Actor:
        """The member, as one who does something."""
        return Actor.for_member(self.member)

    def _load(self) -> dict[str, list[str]]:
        if portal_context(self.request).is_read_only:
            # What a customer has not sent is nobody else's.
            return {}
        draft = FormDraft.objects.filter(member=self.member, form_id=self.page.pk).first()
        return draft.data if draft else {}

    def _keep(self, form, data) -> None:
        save_form_draft(self.page, by=self.actor, data=data)
        self.saved = data

    def _discard(self) -> None:
        discard_form_draft(self.page, by=self.actor)

    def _refusal(self) -> NotAllowed | None:
        return None if self.actor.may(Verb.OPEN) else NotAllowed(Verb.OPEN)

    def _find_uploads(self, ids):
        return find_uploads(self.member, ids)

    def _keep_files(self, form) -> None:
        keep_after_error(self.request, self.member, form)

    def _build(self, *args, **kwargs):
        return self.page.build_form(self.request, self.member, *args, **kwargs)

    def _position(self, text: str) -> int:
        """The index of the step that the address names, the first one for nonsense."""
        number = int(text) if text.isdecimal() and len(text) < 3 else 1
        return min(max(number, 1), len(self.steps)) - 1

    @property
    def step(self) -> Step:
        """The step of this visit."""
        return self.steps[self.position]

    def address(self, position: int) -> str:
        """Where a step is."""
        path = self.page.get_url(self.request)
        return path if position == 0 else f"{path}?step={position + 1}"

    # Asking

    def show(self):
        """The step, with what was answered to it before."""
        missing = self._first_with_errors(self.position)
        if missing is not None:
            # Nobody jumps over a step.
            return redirect(self.address(missing))
        kept = drafts.take(self.request, self.request.path)
        if kept:
            self.saved = {**self.saved, **self._own_part(kept)}
        initial = {name: self._initial(name, values) for name, values in self.saved.items()}
        if not self.saved:
            initial = self.page.prefill(self.request)
        form = self._build(initial=initial)
        for name, field in form.fields.items():
            if isinstance(field, FilesField):
                ids = self.saved.get(f"{name}-kept", [])
                field.widget.kept = self._find_uploads(ids)
        return self._render(form, restored=bool(kept))

    def _initial(self, name, values):
        question = next((q for q in self.page.question_list if q.name == name), None)
        several = question is not None and question.spec.type == "choices"
        return values if several else (values[-1] if values else "")

    # Taking

    def take(self, open_ticket):
        """What was sent: go on, go back, or, from the last step, open the ticket.

        :param open_ticket: takes the form, and returns a response, or None for one with errors,
            which it may put there.
        """
        form = self._whole_form(self._merged(), self.request.FILES)
        if refusal := self._refusal():
            add_to_form(form, refusal)
            return self._render(form, only=self.step.names)
        back = self.request.POST.get("go") == "back" and self.position > 0
        valid = form.is_valid()
        own_errors = self.step.names & set(form.errors)
        last = self.position == len(self.steps) - 1
        if last and not back:
            response = open_ticket(form)
            if response is not None:
                self._discard()
                drafts.forget(self.request, self.request.path)
                return response
            own_errors = own_errors or valid
        self._keep_files(form)
        self._save(form)
        if self._own_part(drafts.take(self.request, self.request.path) or {}):
            # What was kept over a sign-in is older than this.
            drafts.forget(self.request, self.request.path)
        if back:
            return redirect(self.address(self.position - 1))
        if own_errors or form.errors.get("__all__"):
            return self._render(form, only=self.step.names)
        if last:
            return redirect(self.address(self._first_with_errors(self.position) or 0))
        return redirect(self.address(self.position + 1))

    def _own_part(self, data) -> dict[str, list[str]]:
        """Of what was posted, only the fields of this step, with their uploads."""
        names = self.step.names
        allowed = names | {f"{name}-kept" for name in names} | {f"{name}-remove" for name in names}
        return {name: list(values) for name, values in data.items() if name in allowed}

    def _merged(self) -> QueryDict:
        """The answers so far, with those of this step as they were sent."""
        posted = self._own_part(dict(self.request.POST.lists()))
        others = {
            name: values
            for name, values in self.saved.items()
            if name.removesuffix("-kept") not in self.step.names
        }
        source = self.request.POST.getlist("source") or self.saved.get("source", [])
        return _query({**others, **posted, "submission_key": self._key(), "source": source})

    def _key(self) -> list[str]:
        # Of the whole form, not of a step: sending the last one twice opens one ticket.
        return self.saved.get("submission_key") or self.request.POST.getlist("submission_key")

    def _whole_form(self, data, files=None):
        return self._build(data, files)

    def _save(self, form) -> None:
        """Keep the answers as they were sent, and the files that arrived."""
        data = {name: values for name, values in form.data.lists() if not name.endswith("-remove")}
        for name, field in form.fields.items():
            if isinstance(field, FilesField):
                data[f"{name}-kept"] = [str(upload.pk) for upload in field.widget.kept]
        self._keep(form, data)

    def _first_with_errors(self, before: int) -> int | None:
        """The first step in front of ``before`` that is not answered as it must be."""
        if before == 0:
            return None
        errors = set(self._whole_form(_query(self.saved)).errors)
        found = (index for index in range(before) if self.steps[index].names & errors)
        return next(found, None)

    # Showing

    def _render(self, form, *, only=None, restored=False):
        if only is not None:
            # What stands in other steps is judged there.
            for name in set(form.errors) - only - {"__all__"}:
                del form.errors[name]
        return self.page.render_form(
            self.request,
            form,
            restored=restored,
            rows=form.layout_of(self.step.items, self._answered()),
            step={
                "number": self.position + 1,
                "count": len(self.steps),
                "title": self.step.title,
                "is_last": self.position == len(self.steps) - 1,
                "label": step_label(self.position + 1, len(self.steps)),
            },
        )

    def _answered(self) -> dict:
        """Cleaned answers of the earlier steps by question id; hidden ones as not answered."""
        form = self._whole_form(_query(self.saved))
        form.is_valid()
        here = self.step.names
        earlier = [q for q in self.page.question_list if q.name not in here]
        return {question.id: form.shown.get(question.id) for question in earlier}


def _query(data: dict[str, list[str]]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, values in data.items():
        query.setlist(name, values)
    return query
