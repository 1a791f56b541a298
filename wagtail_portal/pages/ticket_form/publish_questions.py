"""Ask the question of :mod:`.publish_warning` wherever a form is published, or on its way to it.

The page editor's own button is handled there. Here are moderation, several pages at once, and slugs
that the portal has needed since a draft was saved.
"""

from functools import wraps

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.views.pages import workflow

from wagtail_portal.compat import AbstractPage
from wagtail_portal.pages.routing import is_reserved
from wagtail_portal.utils.questions import ANSWERED, ask

from .form_page import TicketFormPageMixin
from .publish_warning import LEAD, warnings

#: Names of the buttons of the page editor that lead to publishing, and those to leave out to save a
#: draft instead.
SUBMITTING = ("action-submit", "action-restart-workflow")
APPROVING, SAVING_INSTEAD = "action-workflow-action", "action-save-instead"


def ask_before_edit(request, page):
    """Ask before a form is submitted for moderation or approved in the page editor: a
    ``before_edit_page`` hook."""
    if request.method != "POST" or not isinstance(page, TicketFormPageMixin):
        return None
    if SAVING_INSTEAD in request.POST:
        request.POST = request.POST.copy()
        for name in (*SUBMITTING, APPROVING):
            request.POST.pop(name, None)
        return None
    is_approval = request.POST.get("workflow-action-name") == "approve"
    approves = APPROVING in request.POST and is_approval
    if ANSWERED in request.POST or not (approves or any(n in request.POST for n in SUBMITTING)):
        return None
    draft = _typed(request, page)
    found = warnings(draft) if draft is not None else []
    return _ask(request, page, found, approves=approves, save_button=gettext("Save draft"))


def _typed(request, page):
    """Return the form as it was sent from the page editor; None if it's locked or has mistakes."""
    live = type(page)._default_manager.get(pk=page.pk)
    if live.alias_of_id or live.permissions_for_user(request.user).page_locked():
        return None
    draft = live.get_latest_revision_as_object()
    form = draft.get_edit_handler().get_form_class()(
        request.POST,
        request.FILES,
        instance=draft,
        parent_page=live.get_parent(),
        for_user=request.user,
    )
    return form.save(commit=False) if form.is_valid() else None


def _ask(request, page, found, *, approves, **context):
    if not found:
        return None
    return ask(
        request,
        title=gettext("Approve this change?") if approves else gettext("Submit this change?"),
        subtitle=page.get_admin_display_title(),
        lead=LEAD,
        texts=found,
        button=gettext("Approve anyway") if approves else gettext("Submit anyway"),
        back_url=reverse("wagtailadmin_pages:edit", args=[page.pk]),
        **context,
    )


def ask_before_bulk_publishing(request, action_type, pages, action):
    """Ask before several forms are published at once, and refuse those that can't be: a
    ``before_bulk_action`` hook."""
    if action_type != "publish" or not issubclass(action.model, AbstractPage):
        return None
    drafts = [*map(_draft_of, pages)]
    if action.cleaned_form.cleaned_data.get("include_descendants"):
        drafts += [_draft_of(one) for page in pages for one in page.get_descendants().not_live()]
    forms = [draft for draft in drafts if isinstance(draft, TicketFormPageMixin)]
    if reserved := [form for form in forms if is_reserved(form.slug)]:
        text = gettext(
            "“%(title)s” can’t be published: the portal uses the slug “%(slug)s” itself. Choose "
            "another one."
        )
        values = {"title": reserved[0].get_admin_display_title(), "slug": reserved[0].slug}
        url = reverse("wagtailadmin_pages:edit", args=[reserved[0].pk])
        messages.error(request, text % values, buttons=[messages.button(url, gettext("Edit"))])
        return redirect(action.next_url)
    found = [
        f"{form.get_admin_display_title()}: {text}" for form in forms for text in warnings(form)
    ]
    if not found:
        return None
    return ask(
        request,
        title=gettext("Publish these changes?"),
        lead=LEAD,
        texts=found,
        button=gettext("Publish anyway"),
        back_url=action.next_url,
    )


def _draft_of(page):
    return page.specific.get_latest_revision_as_object()


def ask_before_approval(post):
    """Ask before a form is approved elsewhere than in the page editor.

    :param post: the method of Wagtail's view, which has checked the permission.
    """

    @wraps(post)
    def wrapper(self, request, *args, **kwargs):
        page = self.object.specific
        if self.action_name == "approve" and isinstance(page, TicketFormPageMixin):
            found = warnings(page.get_latest_revision_as_object())
            if response := _ask(request, page, found, approves=True):
                return response
        return post(self, request, *args, **kwargs)

    return wrapper


def connect() -> None:
    """Ask in Wagtail's view, which has no hook."""
    # Wagtail 8 has given it another name.
    view = getattr(workflow, "WorkflowActionView", None) or workflow.WorkflowAction
    if not hasattr(view.post, "__wrapped__"):
        view.post = ask_before_approval(view.post)
