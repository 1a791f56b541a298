"""Forms with several steps. Answers are saved after each step, and reviewed before they're sent.

Each step builds the form from all answers so far, so that conditions work across steps. It shows
and validates its own part of that form. Every POST is answered with a redirect, also one with
errors, so that the browser's Back button never asks to send a step again.
"""

from contextlib import suppress

from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext

from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields.files import keep_files
from wagtail_portal.fields.followers import FollowersField
from wagtail_portal.fields.form import is_typed
from wagtail_portal.fields.questions import Step, split_into_steps
from wagtail_portal.fields.review import review_of
from wagtail_portal.fields.submission import SUBMISSION_KEY, derive_key
from wagtail_portal.pages import drafts
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import add_action_error
from wagtail_portal.utils.sent_forms import confirm_sent

#: Where the session holds the errors of a step until it's sent again.
ERRORS_KEY = "wagtail_portal_step_errors"
MAX_ERRORS = 5


def step_label(number: int, steps: int) -> str:
    """Return the label of a step, such as "Step 2 of 3".

    :param steps: the number of steps with questions; the review is one more.
    """
    return gettext("Step %(number)d of %(count)d") % {"number": number, "count": steps + 1}


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
    for name, field in form.fields.items():
        if isinstance(field, FollowersField):
            field.widget.keys = data.get(f"{name}-teammates", ())
    return form


class Wizard:
    """One request for one step, or for the review after the last one.

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
        return min(max(number, 1), len(self.steps) + 1) - 1

    @property
    def is_review(self) -> bool:
        """Whether the request is for the review."""
        return self.position == len(self.steps)

    @property
    def names(self) -> set[str]:
        """The names of the fields of the step that was asked for."""
        return set() if self.is_review else self.steps[self.position].names

    def url(self, position: int) -> str:
        """Return the URL of a step."""
        path = self.page.get_url(self.request)
        return path if position == 0 else f"{path}?step={position + 1}"

    def show(self):
        """Show the step, with what was answered to it before, or the review."""
        missing = self._first_with_errors(self.position)
        if missing is not None:
            # Steps can't be skipped.
            return redirect(self.url(missing))
        if self.is_review:
            return self._show_review()
        unsent = drafts.load(self.request, self.request.path)
        data = {**self.saved, **self._own_part(unsent)}
        form = build_from(self.draft, data, self.page.prefill(self.request))
        self._restore_errors(form)
        notice = drafts.notice(self.request, self.request.path) if self._own_part(unsent) else ""
        return self._show_step(form, restored=notice)

    def _show_step(self, form, restored=""):
        return self.page.render_form(
            self.request,
            form,
            restored=restored,
            rows=form.layout_of(self.steps[self.position].items, self._answered()),
            step=self._context(),
        )

    def show_preview(self, html, errors):
        """Show the step with what was sent and a preview of its description."""
        if self.is_review:
            return redirect(self.url(self.position))
        form = self.draft.build(self._merged(), self.request.FILES)
        form.is_valid()
        with suppress(ActionError):
            self.draft.save(form)
        shown = build_from(self.draft, self.draft.data, {})
        shown.previewed, shown.preview_errors = html, errors
        return self._show_step(shown)

    def handle(self, open_ticket):
        """Handle a submitted step: go on, go back, or open the ticket from the review.

        :param open_ticket: takes the form, and returns a response, or None for one with errors,
            which it may put there.
        """
        # Otherwise, it's a step that an editor has removed since.
        is_sent = self.is_review and "reviewed" in self.request.POST
        if self.request.POST.get("go") == "back" and is_sent:
            return redirect(self.url(self.position - 1))
        form = self.draft.build(self._merged(), self.request.FILES)
        if refusal := self.draft.refusal:
            add_action_error(form, refusal)
            return self._return(form.errors)
        if is_sent:
            return self._send(form, open_ticket)
        form.is_valid()
        try:
            self.draft.save(form)
        except ActionError as error:
            add_action_error(form, error)
        else:
            # The text saved before the sign-in is older.
            older = self._own_part(drafts.load(self.request, self.request.path))
            drafts.discard(self.request, self.request.path, set(older))
            confirm_sent(self.request, portal_context(self.request).submission_key)
        if self.request.POST.get("go") == "back" and self.position > 0:
            return redirect(self.url(self.position - 1))
        own = {name: form.errors[name] for name in form.errors if name in self.names | {"__all__"}}
        if own:
            return self._return(own)
        self._keep_errors({}, self.position)
        missing = self._first_with_errors(self.position)
        if missing is not None:
            return self._return_to(missing)
        return redirect(self.url(min(self.position + 1, len(self.steps))))

    def _send(self, form, open_ticket):
        """Open the ticket, unless the answers aren't those that were reviewed."""
        missing = self._first_with_errors(len(self.steps))
        if missing is not None:
            return self._return_to(missing)
        if self.request.POST.get("reviewed") != self._reviewed:
            text = gettext("Your answers have changed in the meantime. Check them and send them.")
            return self._return({"__all__": [text]})
        response = open_ticket(form)
        if response is None:
            return self._return({"__all__": [text for row in form.errors.values() for text in row]})
        self.draft.delete()
        drafts.confirm(self.request)
        return response

    @cached_property
    def _all_names(self) -> set[str]:
        return set().union(*(step.names for step in self.steps))

    @cached_property
    def _reviewed(self) -> str:
        """A key of the answers, by which a review of others is recognized."""
        return str(derive_key(as_query(self._own_part(self.saved, self._all_names))))

    def _own_part(self, data, names=None) -> dict[str, list[str]]:
        """Return the fields of this step from ``data``, with their uploads.

        :param names: the names of other fields.
        """
        names = self.names if names is None else names
        suffixes = ("", "-kept", "-remove", "-teammates")
        allowed = {f"{name}{suffix}" for name in names for suffix in suffixes}
        return {name: list(values) for name, values in data.items() if name in allowed}

    def _merged(self) -> QueryDict:
        """Return the answers so far, with those of this step as they were sent."""
        # An editor may have moved a question since, or removed it.
        sent = dict(self.request.POST.lists())
        posted = self._own_part(sent, {*self._all_names, *filter(is_typed, sent)})
        others = {
            name: values
            for name, values in self.saved.items()
            if name.removesuffix("-kept").removesuffix("-teammates") not in self.names
        }
        removed = {name for name in filter(is_typed, others) if name not in self._all_names}
        if sum(len(text) for name in removed for text in others[name]) > drafts.MAX_CHARACTERS:
            # Made-up names must not fill the database.
            others = {name: others[name] for name in others.keys() - removed}
        source = self.request.POST.getlist("source") or self.saved.get("source", [])
        return as_query({**others, **posted, SUBMISSION_KEY: self._key(), "source": source})

    def _key(self) -> list[str]:
        # The key of the whole form: sending the review twice opens one ticket.
        sent = self.request.POST.getlist(SUBMISSION_KEY)
        return sent if sent and self.is_review else self.saved.get(SUBMISSION_KEY) or sent

    def _first_with_errors(self, before: int) -> int | None:
        """Return the first step before ``before`` whose answers are missing or invalid."""
        if before == 0:
            return None
        errors = set(self.draft.build(as_query(self.saved)).errors)
        found = (index for index in range(before) if self.steps[index].names & errors)
        return next(found, None)

    def _return_to(self, position: int):
        """Redirect to an earlier step that an editor, for example, has changed since it was sent,
        and say there what's missing."""
        errors, names = self.draft.build(as_query(self.saved)).errors, self.steps[position].names
        return self._return({name: errors[name] for name in names & errors.keys()}, position)

    def _return(self, errors, position: int | None = None):
        """Redirect to the step, which will show these errors."""
        position = self.position if position is None else position
        shown = {name: [str(text) for text in texts] for name, texts in errors.items()}
        self._keep_errors(shown, position)
        return redirect(self.url(position))

    def _keep_errors(self, errors: dict[str, list[str]], position: int) -> None:
        # They can't be found again by validating the saved answers: a refused file isn't saved.
        url = self.url(position)
        if errors or url in self.request.session.get(ERRORS_KEY, {}):
            drafts.remember(self.request, ERRORS_KEY, url, errors, limit=MAX_ERRORS)

    def _restore_errors(self, form) -> None:
        """Put the errors of what was sent last into a form that isn't bound."""
        kept = self.request.session.get(ERRORS_KEY, {}).get(self.url(self.position), {})
        known = {name: texts for name, texts in kept.items() if name in {*form.fields, "__all__"}}
        if known:
            form.cleaned_data, form._errors = {}, ErrorDict()
            for name, texts in known.items():
                form.add_error(None if name == "__all__" else name, texts)

    def _show_review(self):
        # Bound, so that every answer is shown as it'll be sent.
        form = self.draft.build(as_query(self.saved))
        form.is_valid()
        sections = [
            {
                "title": step.title or step_label(number + 1, len(self.steps)),
                "url": self.url(number),
                "rows": review_of(form, step.items),
            }
            for number, step in enumerate(self.steps)
        ]
        shown = build_from(self.draft, self.saved, {})
        self._restore_errors(shown)
        path = self.request.path
        was_sent = "reviewed" in drafts.load(self.request, path)
        return self.page.render_review(
            self.request,
            shown,
            sections=[section for section in sections if section["rows"]],
            reviewed=self._reviewed,
            restored=drafts.notice(self.request, path) if was_sent else "",
            step=self._context(),
        )

    def _context(self) -> dict:
        """Return what the template shows of the steps."""
        count = len(self.steps)
        titles = [step.title for step in self.steps] + [gettext("Review and send")]
        return {
            "number": self.position + 1,
            "title": titles[self.position],
            "label": step_label(self.position + 1, count),
            "all": [
                {
                    "title": title or step_label(index + 1, count),
                    "is_current": index == self.position,
                    "url": self.url(index) if index < self.position else "",
                }
                for index, title in enumerate(titles)
            ],
        }

    def _answered(self) -> dict:
        """Return cleaned answers of earlier steps by question ID; None for hidden questions."""
        form = self.draft.build(as_query(self.saved))
        form.is_valid()
        here = self.names
        earlier = [q for q in self.page.question_list if q.name not in here]
        return {question.id: form.shown.get(question.id) for question in earlier}
