"""Forms with several steps. The answers are saved after each step.

Each step builds the form from all answers so far, so that conditions work across steps. It shows
and validates its own part of that form.
"""

from django.http import QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields.files import keep_files
from wagtail_portal.fields.questions import Step, split_into_steps
from wagtail_portal.pages import drafts
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import add_action_error
from wagtail_portal.utils.sent_forms import confirm_sent


def step_label(number: int, count: int) -> str:
    """Return the label of a step, such as "Step 2 of 3"."""
    return gettext("Step %(number)d of %(count)d") % {"number": number, "count": count}


def as_query(data: dict[str, list[str]]) -> QueryDict:
    """Return saved answers as a browser sends them."""
    query = QueryDict(mutable=True)
    for name, values in data.items():
        query.setlist(name, values)
    return query


def build_from(draft, data: dict[str, list[str]], otherwise: dict):
    """Build the form with saved answers, and the files that came with them.

    :param otherwise: initial values if nothing was saved.
    """
    several = {q.name for q in draft.page.question_list if q.spec.type == "choices"}
    initial = {
        name: values if name in several else (values[-1] if values else "")
        for name, values in data.items()
    }
    form = draft.build(initial=initial or otherwise)
    keep_files(form, data)
    return form


class Wizard:
    """One request for one step.

    :param draft: a :class:`~.form_views.MemberDraft` or :class:`~.anonymous.AnonymousRequest`.
    """

    def __init__(self, page, request, draft):
        self.page, self.request, self.draft = page, request, draft
        self.steps: list[Step] = split_into_steps(draft.items)
        self.position = self._position(request.GET.get("step", "1"))

    @property
    def saved(self) -> dict[str, list[str]]:
        """The answers so far."""
        return self.draft.data

    def _position(self, text: str) -> int:
        """Return the index of the step that the URL names, or else of the first one."""
        number = int(text) if text.isdecimal() and len(text) < 3 else 1
        return min(max(number, 1), len(self.steps)) - 1

    @property
    def step(self) -> Step:
        """The step that was asked for."""
        return self.steps[self.position]

    def url(self, position: int) -> str:
        """Return the URL of a step."""
        path = self.page.get_url(self.request)
        return path if position == 0 else f"{path}?step={position + 1}"

    def show(self):
        """Show the step, with what was answered to it before."""
        missing = self._first_with_errors(self.position)
        if missing is not None:
            # Steps can't be skipped.
            return redirect(self.url(missing))
        unsent = drafts.load(self.request, self.request.path)
        data = {**self.saved, **self._own_part(unsent)}
        form = build_from(self.draft, data, self.page.prefill(self.request))
        notice = drafts.notice(self.request, self.request.path) if self._own_part(unsent) else ""
        return self._render(form, restored=notice)

    def handle(self, open_ticket):
        """Handle a submitted step: go on, go back, or open the ticket from the last step.

        :param open_ticket: takes the form, and returns a response, or None for one with errors,
            which it may put there.
        """
        form = self.draft.build(self._merged(), self.request.FILES)
        if refusal := self.draft.refusal:
            add_action_error(form, refusal)
            return self._render(form, only=self.step.names)
        back = self.request.POST.get("go") == "back" and self.position > 0
        valid = form.is_valid()
        own_errors = self.step.names & set(form.errors)
        last = self.position == len(self.steps) - 1
        if last and not back:
            response = open_ticket(form)
            if response is not None:
                self.draft.delete()
                drafts.confirm(self.request)
                return response
            own_errors = own_errors or valid
        try:
            self.draft.save(form)
        except ActionError as error:
            add_action_error(form, error)
        else:
            if self._own_part(drafts.load(self.request, self.request.path)):
                # The text saved before the sign-in is older.
                drafts.delete(self.request, self.request.path)
            confirm_sent(self.request, portal_context(self.request).submission_key)
        if back:
            return redirect(self.url(self.position - 1))
        if own_errors or form.errors.get("__all__"):
            return self._render(form, only=self.step.names)
        if last:
            return redirect(self.url(self._first_with_errors(self.position) or 0))
        return redirect(self.url(self.position + 1))

    def _own_part(self, data) -> dict[str, list[str]]:
        """Return the fields of this step from ``data``, with their uploads."""
        names = self.step.names
        allowed = names | {f"{name}-kept" for name in names} | {f"{name}-remove" for name in names}
        return {name: list(values) for name, values in data.items() if name in allowed}

    def _merged(self) -> QueryDict:
        """Return the answers so far, with those of this step as they were sent."""
        posted = self._own_part(dict(self.request.POST.lists()))
        others = {
            name: values
            for name, values in self.saved.items()
            if name.removesuffix("-kept") not in self.step.names
        }
        source = self.request.POST.getlist("source") or self.saved.get("source", [])
        return as_query({**others, **posted, "submission_key": self._key(), "source": source})

    def _key(self) -> list[str]:
        # The key of the whole form: sending the last step twice opens one ticket. It depends on the
        # answers of that step.
        sent = self.request.POST.getlist("submission_key")
        if sent and self.position == len(self.steps) - 1:
            return sent
        return self.saved.get("submission_key") or sent

    def _first_with_errors(self, before: int) -> int | None:
        """Return the first step before ``before`` whose answers are missing or invalid."""
        if before == 0:
            return None
        errors = set(self.draft.build(as_query(self.saved)).errors)
        found = (index for index in range(before) if self.steps[index].names & errors)
        return next(found, None)

    def _render(self, form, *, only=None, restored=""):
        if only is not None:
            # The other steps show their own errors.
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
        """Return cleaned answers of earlier steps by question ID; None for hidden questions."""
        form = self.draft.build(as_query(self.saved))
        form.is_valid()
        here = self.step.names
        earlier = [q for q in self.page.question_list if q.name not in here]
        return {question.id: form.shown.get(question.id) for question in earlier}
