"""A ticket form: a page whose questions open a ticket."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, PageChooserPanel
from wagtail.url_routing import RouteResult

from wagtail_portal.actions import open_ticket
from wagtail_portal.fields.basic_blocks import synchronized
from wagtail_portal.fields.blocks import FormBlocks
from wagtail_portal.fields.compare import FormComparison
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH, TicketRequestForm
from wagtail_portal.fields.prefill import initial_from
from wagtail_portal.fields.preset_blocks import PresetBlocks
from wagtail_portal.fields.questions import (
    Question,
    decide_items,
    read_typed_answer,
    split_into_steps,
)
from wagtail_portal.fields.stream import PortalStreamField
from wagtail_portal.fields.subject_template import fill_subject, unknown_placeholders
from wagtail_portal.models import PAGE_MODEL, Member, PortalSettings, Status, Ticket
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import ViewRestrictionsMixin
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import form_context
from wagtail_portal.pages.routing import is_reserved
from wagtail_portal.permissions import Actor, Verb, agent_groups, agents
from wagtail_portal.utils import markup
from wagtail_portal.utils.email_addresses import parse_addresses, validate_addresses
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.strict import StrictPageMixin

from .anonymous import serve_visitor
from .audience import FormAudienceMixin
from .closed import is_form
from .copy_form import CopyFormPageForm, reserved_slug_message
from .form_items import FormItemsMixin
from .form_views import find_source, serve_member, serve_unpublished
from .wizard import step_label


def assignable() -> models.Q:
    """Limit a choice to users who can be assigned tickets."""
    return models.Q(pk__in=agents().values("pk"))


def assignable_groups() -> models.Q:
    """Limit a choice to groups that can be assigned tickets."""
    return models.Q(pk__in=agent_groups().values("pk"))


def first_questions() -> list[tuple]:
    """Return the questions of a new form. They are complete values, because the page editor doesn't
    add defaults."""
    blocks = FormBlocks().child_blocks
    return [(name, blocks[name].get_default()) for name in ("subject", "description")]


class QuestionsPanel(FieldPanel):
    """The panel of the questions, whose versions are compared by their wording."""

    class BoundPanel(FieldPanel.BoundPanel):
        def get_comparison(self) -> list[Callable]:
            field = self.panel.db_field
            return [lambda a, b: FormComparison(field, a, b)]


class TicketFormPageMixin(
    StrictPageMixin, ViewRestrictionsMixin, FormItemsMixin, FormAudienceMixin
):
    """Mix into a page class, in front of the base page. Its parent is a portal home."""

    #: See :mod:`wagtail_portal.portal_urls`.
    portal_page = "form"
    override_translatable_fields = synchronized("notify_addresses", "for_roles")
    copy_form_class = CopyFormPageForm

    introduction = models.CharField(
        _("introduction"),
        max_length=300,
        blank=True,
        help_text=_("What the form is for. Shown above it and where customers choose a form."),
    )
    questions = PortalStreamField(
        FormBlocks(), verbose_name=_("questions"), blank=True, default=first_questions
    )
    initial_status = models.ForeignKey(
        Status,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("status of new tickets"),
        help_text=_("Leave empty to use the first “New” status."),
    )
    confirmation = models.CharField(
        _("confirmation"),
        max_length=300,
        blank=True,
        help_text=_("What happens next, and when. Shown after a ticket is opened."),
    )

    confirmation_page = models.ForeignKey(
        PAGE_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmation page"),
        help_text=_("Where customers go after sending the form. Leave empty to show their ticket."),
    )
    subject_template = models.CharField(
        _("subject template"),
        max_length=SUBJECT_MAX_LENGTH,
        blank=True,
        help_text=_(
            "Used when the form doesn’t ask for a subject, for example “Access request: "
            "{system}”. Put the key of a ticket field in braces, or the label of a question "
            "with hyphens instead of spaces."
        ),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to=assignable,
        verbose_name=_("assigned to"),
        help_text=_("Who new tickets are assigned to. Leave empty for no one."),
    )
    group = models.ForeignKey(
        "auth.Group",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to=assignable_groups,
        verbose_name=_("assigned group"),
        help_text=_("The group that new tickets are assigned to, with or without a person."),
    )
    notify_addresses = models.CharField(
        _("notify by email"),
        max_length=500,
        blank=True,
        validators=[validate_addresses],
        help_text=_(
            "Team email addresses to notify of each new ticket, separated by commas. The team "
            "address in the portal settings is always notified."
        ),
    )
    presets = PortalStreamField(
        PresetBlocks(),
        verbose_name=_("preset ticket fields"),
        blank=True,
        help_text=_("Values that every ticket from this form gets without asking."),
    )
    form_panels = [
        FieldPanel("introduction"),
        QuestionsPanel("questions"),
        MultiFieldPanel(
            [
                FieldPanel("subject_template"),
                FieldPanel("initial_status"),
                FieldPanel("assignee"),
                FieldPanel("group"),
                FieldPanel("notify_addresses"),
                FieldPanel("presets"),
            ],
            heading=_("New tickets"),
            classname="collapsed",
        ),
        MultiFieldPanel(
            [FieldPanel("confirmation"), PageChooserPanel("confirmation_page")],
            heading=_("After sending"),
            classname="collapsed",
        ),
        FormAudienceMixin.audience_panel,
    ]

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if is_reserved(self.slug):
            raise ValidationError({"slug": reserved_slug_message()})
        if unknown := unknown_placeholders(self.subject_template, self.question_list):
            text = gettext("This form doesn’t ask for: %(names)s.") % {"names": comma_list(unknown)}
            raise ValidationError({"subject_template": text})

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Route as Wagtail does, but give back what was typed into a form that was unpublished
        meanwhile."""
        was_live = not self.live and self.first_published_at is not None
        if was_live and not path_components and is_form(request):
            return RouteResult(self, kwargs={"unpublished": True})
        return super().route(request, path_components)

    def serve(
        self, request: HttpRequest, *args: Any, unpublished: bool = False, **kwargs: Any
    ) -> HttpResponse:
        """Show the form, or open a ticket with what was sent."""
        portal_context(request).form_page = self
        if self.is_for_anyone and portal_context(request).member is None:
            return serve_visitor(request, self, unpublished=unpublished)
        if unpublished:
            return serve_unpublished(request, self)
        return serve_member(request, self)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """Show the form before it is saved; sending it does nothing. Steps are shown one below the
        other, each under its title."""
        form = self.build_form(request, None)
        steps = split_into_steps(form.items)
        rows = []
        for number, step in enumerate(steps, start=1):
            if len(steps) > 1:
                label = step_label(number, len(steps))
                title = f"{label} · {step.title}" if step.title else label
                rows.append({"kind": "heading", "text": title})
            rows += form.layout_of(step.items)
        return self.render_form(request, form, rows=rows)

    def prefill(self, request: HttpRequest) -> dict:
        """Return initial values from the URL."""
        asked = self.items_for(portal_context(request).member)
        questions = [item for item in asked if isinstance(item, Question)]
        initial = initial_from(request.GET, questions)
        source = pk_in(request.GET, "source")
        return initial if source is None else {**initial, "source": source}

    def get_route_paths(self) -> list[str]:
        """Return no paths: Wagtail's redirects would tell everyone where a form is, even if only
        some may see it. The portal remembers where its forms were."""
        return []

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict]:
        """Return the URL of a form for anyone. Others aren't for everyone to know."""
        is_public = self.is_public and self.is_open
        return super().get_sitemap_urls(request) if is_public else []

    @property
    def is_public(self) -> bool:
        """Whether anyone can read the form."""
        return self.is_for_anyone and not self.is_restricted_by_wagtail

    @property
    def is_open(self) -> bool:
        """Whether the form and its portal are published."""
        return self.live and self.get_parent().live

    def build_form(
        self, request: HttpRequest, member: Member | None, *data: Any, **kwargs: Any
    ) -> TicketRequestForm:
        """Build the form with its questions; override to use another class.

        :param member: None for a preview, with the questions for all customers.
        """
        context = form_context(request, member)
        items = self.items_for(member) if member else decide_items(self.items, None)
        return TicketRequestForm(*data, items=items, context=context, **kwargs)

    def open_ticket(self, request: HttpRequest, member: Member, form: TicketRequestForm) -> Ticket:
        """Open the ticket of a valid form; override to add to it."""
        data = form.ticket_data()
        teammate = data.pop("teammate", None)
        data.setdefault("subject", self.subject_for(form, data))
        return open_ticket(
            site=PortalSettings.current(request).site,
            requester=self._requester(member, teammate),
            by=Actor.for_member(member),
            source_page=find_source(request, form.cleaned_data["source"]),
            **self.ticket_arguments(),
            **data,
        )

    def ticket_arguments(self) -> dict:
        """Return what every ticket of this form gets, also those that are opened by email:
        arguments for :func:`wagtail_portal.actions.open_ticket`."""
        return {
            "form": self,
            "status": self.initial_status,
            "assignee": self._present_assignee(),
            "group": self._present_group(),
            "notify_addresses": parse_addresses(self.notify_addresses)[0],
            "presets": self.preset_values(),
        }

    def _requester(self, member: Member, teammate: int | None) -> Member:
        """Return the member for whom ``member`` opens a ticket: usually themselves."""
        if teammate is None:
            return member
        same = Member.objects.with_access().filter(organization=member.organization_id)
        found = same.select_related("user", "role", "organization").filter(pk=teammate).first()
        return found or member

    def _present_assignee(self) -> Any:
        """Return the assignee of new tickets; None if they're no longer an agent."""
        agent = self.assignee
        return agent if agent and Actor.for_agent(agent).may(Verb.REPLY) else None

    def _present_group(self) -> Any:
        """Return the assigned group of new tickets; None if it may no longer reply."""
        if self.group_id is None:
            return None
        return agent_groups().filter(pk=self.group_id).first()

    def subject_for(self, form: TicketRequestForm, data: dict) -> str:
        """Return the subject of a form that doesn't ask for one."""
        filled = fill_subject(self.subject_template, form) if self.subject_template else ""
        subject = filled or markup.excerpt(data.get("body", ""), 80) or self.title
        return subject[:SUBJECT_MAX_LENGTH]

    def preset_values(self) -> dict:
        """Return stored values of preset ticket fields by key, without those that no longer fit."""
        values = {}
        for block in self.presets:
            field = block.value["field"]
            try:
                values[field.key] = read_typed_answer(block.value, "value", field.spec())
            except (AttributeError, ValidationError):
                # The field or choice was deleted, which must not stop the ticket.
                continue
        return values

    @property
    def confirmation_text(self) -> str:
        """What happens next, for someone who has sent the form."""
        return self.confirmation or gettext("We’ll email you when we reply.")

    def confirm(self, request: HttpRequest, ticket: Ticket) -> HttpResponse:
        """Redirect to the ticket, and say its number and what happens next."""
        drafts.confirm(request)
        opened = gettext("Ticket #%(number)s was opened.") % {"number": ticket.number}
        messages.success(request, f"{opened} {self.confirmation_text}")
        page = self.confirmation_page and self.confirmation_page.localized
        # A page outside of all sites has no URL.
        if page is not None and page.live and (url := page.get_url(request)):
            return redirect(url)
        home = portal_context(request).home
        return redirect(home.portal_url(request, "portal_ticket", ticket.number))

    def render_form(
        self,
        request: HttpRequest,
        form: Any,
        *,
        restored: str = "",
        rows: list[dict] | None = None,
        step: Any = None,
    ) -> HttpResponse:
        """Render the page with the form, or with one step of it.

        :param restored: what to say about answers that were written before signing in.
        """
        context = {
            "page": self,
            "form": form,
            "rows": form.layout if rows is None else rows,
            "step": step,
            "restored": restored,
        }
        return render(request, "wagtail_portal/ticket_form/form.html", context)

    def render_review(self, request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
        """Render the answers to all steps, to be checked before they're sent.

        :param context: ``sections``, ``reviewed`` (a key of these answers), ``step``, and
            ``restored`` (what to say if they were sent before signing in).
        """
        context |= {"page": self, "form": form}
        return render(request, "wagtail_portal/ticket_form/review.html", context)

    @staticmethod
    def field_names(form: TicketRequestForm) -> dict[str, str]:
        """Return the form's field names by the argument names of ``open_ticket``."""
        names = {question.target: question.name for question in form.questions}
        return {"body": "description", **names}
