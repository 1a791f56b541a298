"""A ticket form: a page whose questions open a ticket."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, PageChooserPanel
from wagtail.models import Page, Site
from wagtail.url_routing import RouteResult

from wagtail_portal.actions import open_ticket
from wagtail_portal.fields.blocks import FormBlocks, PresetBlocks
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH, TicketRequestForm
from wagtail_portal.fields.prefill import initial_from
from wagtail_portal.fields.questions import (
    Content,
    Question,
    parse,
    read_typed_answer,
    split_into_steps,
)
from wagtail_portal.fields.stream import PortalStreamField
from wagtail_portal.fields.subject_template import fill_subject, unknown_placeholders
from wagtail_portal.models import PAGE_MODEL, Member, PortalSettings, Status
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import ViewRestrictionsMixin
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import form_context
from wagtail_portal.pages.routing import is_reserved
from wagtail_portal.permissions import Actor, Verb, agent_groups, agents
from wagtail_portal.utils import markup
from wagtail_portal.utils.email_addresses import parse_addresses, validate_addresses
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.query_params import parse_pk, pk_in
from wagtail_portal.utils.strict import StrictPageMixin

from .anonymous import serve_visitor
from .audience import FormAudienceMixin
from .form_views import serve_member, serve_unpublished
from .wizard import step_label


def assignable():
    """Limit a choice to users who can be assigned tickets."""
    return models.Q(pk__in=agents().values("pk"))


def assignable_groups():
    """Limit a choice to groups that can be assigned tickets."""
    return models.Q(pk__in=agent_groups().values("pk"))


def first_questions() -> list[tuple]:
    """Return the questions of a new form. They are complete values, because the page editor doesn't
    add defaults."""
    blocks = FormBlocks().child_blocks
    return [(name, blocks[name].get_default()) for name in ("subject", "description")]


def find_source(request, pk: str):
    """Return the live page of this site with that primary key, or None.

    The browser says in which page the form was embedded. That informs the team, and gives access
    to nothing.
    """
    site, pk = Site.find_for_request(request), parse_pk(pk)
    if site is None or pk is None:
        return None
    return Page.objects.live().public().in_site(site).filter(pk=pk).first()


class TicketFormPageMixin(StrictPageMixin, ViewRestrictionsMixin, FormAudienceMixin):
    """Mix into a page class, in front of the base page. Its parent is a portal home."""

    #: See :mod:`wagtail_portal.portal_urls`.
    portal_page = "form"

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
        FieldPanel("questions"),
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

    def clean(self):
        super().clean()
        if is_reserved(self.slug):
            text = gettext("The portal uses this slug itself. Choose another one.")
            raise ValidationError({"slug": text})
        if unknown := unknown_placeholders(self.subject_template, self.question_list):
            text = gettext("This form doesn’t ask for: %(names)s.") % {"names": comma_list(unknown)}
            raise ValidationError({"subject_template": text})

    def route(self, request, path_components):
        """Route as Wagtail does, but give back what was typed into a form that was unpublished
        meanwhile."""
        was_live = not self.live and self.first_published_at is not None
        if was_live and not path_components and request.method == "POST":
            return RouteResult(self, kwargs={"unpublished": True})
        return super().route(request, path_components)

    def serve(self, request, *args, unpublished=False, **kwargs):
        """Show the form, or open a ticket with what was sent."""
        if self.is_for_anyone and portal_context(request).member is None:
            return serve_visitor(request, self, unpublished=unpublished)
        if unpublished:
            return serve_unpublished(request, self)
        return serve_member(request, self)

    def serve_preview(self, request, mode_name):
        """Show the form before it is saved; sending it does nothing. Steps are shown one below the
        other, each under its title."""
        form = self.build_form(request, None)
        steps = split_into_steps(self.items)
        rows = []
        for number, step in enumerate(steps, start=1):
            if len(steps) > 1:
                label = step_label(number, len(steps))
                title = f"{label} · {step.title}" if step.title else label
                rows.append({"kind": "heading", "text": title})
            rows += form.layout_of(step.items)
        return self.render_form(request, form, rows=rows)

    def prefill(self, request) -> dict:
        """Return initial values from the URL."""
        initial = initial_from(request.GET, self.question_list)
        source = pk_in(request.GET, "source")
        return initial if source is None else {**initial, "source": source}

    @cached_property
    def items(self) -> list[Question | Content]:
        """Questions and content, in the editors' order."""
        return parse(self.questions)

    @property
    def question_list(self) -> list[Question]:
        """The questions only."""
        return [item for item in self.items if isinstance(item, Question)]

    def build_form(self, request, member: Member | None, *data, **kwargs) -> TicketRequestForm:
        """Build the form with its questions; override to use another class."""
        context = form_context(request, member)
        return TicketRequestForm(*data, items=self.items, context=context, **kwargs)

    def open_ticket(self, request, member: Member, form: TicketRequestForm):
        """Open the ticket of a valid form; override to add to it."""
        data = form.ticket_data()
        data.setdefault("subject", self.subject_for(form, data))
        return open_ticket(
            site=PortalSettings.current(request).site,
            requester=member,
            by=Actor.for_member(member),
            form=self,
            source_page=find_source(request, form.cleaned_data["source"]),
            status=self.initial_status,
            assignee=self._present_assignee(),
            group=self._present_group(),
            notify_addresses=parse_addresses(self.notify_addresses)[0],
            presets=self.preset_values(),
            **data,
        )

    def _present_assignee(self):
        """Return the assignee of new tickets; None if they're no longer an agent."""
        agent = self.assignee
        return agent if agent and Actor.for_agent(agent).may(Verb.REPLY) else None

    def _present_group(self):
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

    def confirm(self, request, ticket):
        """Redirect to the ticket, and say its number and what happens next."""
        drafts.confirm(request)
        opened = gettext("Ticket #%(number)s was opened.") % {"number": ticket.number}
        messages.success(request, f"{opened} {self.confirmation_text}")
        page = self.confirmation_page
        # A page outside of all sites has no URL.
        if page is not None and page.live and (url := page.get_url(request)):
            return redirect(url)
        home = portal_context(request).home
        return redirect(home.portal_url(request, "portal_ticket", ticket.number))

    def render_form(self, request, form, *, restored="", rows=None, step=None):
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

    @staticmethod
    def field_names(form) -> dict[str, str]:
        """Return the form's field names by the argument names of ``open_ticket``."""
        names = {question.target: question.name for question in form.questions}
        return {"body": "description", **names}
