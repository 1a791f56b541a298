"""A ticket form in any page of the site."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from wagtail_portal.fields.basic_blocks import LineBlock
from wagtail_portal.fields.files import FilesField
from wagtail_portal.fields.questions import split_into_steps
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.theme import theme_url
from wagtail_portal.permissions import Actor, Verb

from .form_page import TicketFormPageMixin
from .wizard import step_label


class TicketFormBlock(blocks.StructBlock):
    """A ticket form for the StreamFields of any page.

    It looks the same to everyone, so that caches can store the page. Visitors are asked to sign in
    when they send it, and keep what they typed. The ticket stores the page.

    :param page_type: models of form pages, as :class:`~wagtail.blocks.PageChooserBlock` takes
        them, for sites with form pages of their own.
    """

    def __init__(
        self,
        local_blocks: Any = None,
        *,
        page_type: str = "wagtail_portal_pages.TicketFormPage",
        **kw: Any,
    ) -> None:
        form = blocks.PageChooserBlock(page_type=page_type, label=_("Ticket form"))
        heading = LineBlock(
            required=False,
            max_length=120,
            label=_("Heading"),
            help_text=_("Leave empty to use the form’s title."),
        )
        super().__init__([("form", form), ("heading", heading), *(local_blocks or [])], **kw)

    def get_context(self, value: Any, parent_context: dict | None = None) -> dict:
        context = super().get_context(value, parent_context)
        request, page = context.get("request"), value["form"] and value["form"].localized.specific
        if request is None or page is None or not page.is_open:
            return context
        return {**context, **embedded_form_context(request, page, context.get("page"))}

    class Meta:
        icon = "form"
        label = _("Ticket form")
        template = "wagtail_portal/blocks/ticket_form.html"


def embedded_form_context(request: HttpRequest, page: TicketFormPageMixin, source: Any) -> dict:
    """Return what the block's template needs to show ``page`` in the page ``source``.

    A form for only some customers is a link, because not everyone may see its questions. Members
    who can't send the form are told so instead.
    """
    settings = PortalSettings.current(request)
    pk = source.pk if source is not None else None
    context = {
        "form_page": page,
        "form_url": page.get_url(request),
        "theme_url": theme_url(settings, "block"),
        "source": pk,
    }
    if refusal := refusal_for(request, page):
        return {**context, "refusal": refusal}
    is_for_some = page.is_restricted or page.depends_on_customer
    if is_for_some or page.get_view_restrictions().exists():
        return context
    form = page.build_form(request, None, initial={"submission_key": "", "source": pk or ""})
    # The page has neither its styles nor its script.
    form.has_composer = False
    steps = split_into_steps(page.items)
    rows = form.layout_of(steps[0].items)
    if not page.takes_files_from(request.user):
        rows = [row for row in rows if not _asks_for_files(row)]
    step = None
    if len(steps) > 1:
        step = {"label": step_label(1, len(steps)), "title": steps[0].title}
    return {**context, "form": form, "rows": rows, "step": step}


def refusal_for(request: HttpRequest, page: TicketFormPageMixin) -> str:
    """Return why the signed-in member can't send the form; "" for everyone else."""
    member = portal_context(request).member if request.user.is_authenticated else None
    if member is None:
        return ""
    if not Actor.for_member(member).may(Verb.OPEN):
        return gettext("Your role in this organization doesn’t allow you to open tickets.")
    if not page.is_for(member):
        return gettext("This form isn’t for your organization or your role.")
    return ""


def _asks_for_files(row: Any) -> bool:
    return row["kind"] == "field" and isinstance(row["field"].field, FilesField)
