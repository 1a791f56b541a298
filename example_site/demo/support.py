"""The portal as an editor would set it up: fields, forms and settings."""

from datetime import time

from wagtail.models import Page, Site

from wagtail_portal.models import (
    Colour,
    Days,
    DesignatedField,
    EmailTemplate,
    HeaderLink,
    PortalSettings,
    SetBy,
    SupportHours,
    TicketField,
    TicketFieldChoice,
)
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage

#: Email templates: event, subject and body.
EMAIL_TEMPLATES = [
    (
        "satisfaction_asked",
        "How did we do with #{number}?",
        "Hello {recipient},\n\nWe’ve closed “{subject}”. Did we solve the problem? Let us know "
        "with one click. We read every comment.",
    ),
    (
        "reply_added",
        "",
        "Hello {recipient},\n\n{author} replied:",
    ),
]

#: Ticket fields: key, label, type, who sets it, help text, choices with their colours.
FIELDS = [
    (
        "severity",
        "Severity",
        "choice",
        SetBy.CUSTOMERS,
        "Blocking: work has stopped. Degraded: it works, but not well.",
        [
            ("blocking", "Blocking", Colour.RED),
            ("degraded", "Degraded", Colour.ORANGE),
            ("minor", "Minor", Colour.YELLOW),
            ("question", "Question", Colour.GREY),
        ],
    ),
    (
        "area",
        "Product area",
        "choice",
        SetBy.CUSTOMERS,
        "",
        [
            ("flows", "Flows", ""),
            ("connectors", "Connectors", ""),
            ("runner", "Runner", ""),
            ("api", "API and command line", ""),
            ("access", "Sign-in and access", ""),
            ("billing", "Billing", ""),
        ],
    ),
    (
        "environment",
        "Environment",
        "choice",
        SetBy.CUSTOMERS,
        "",
        [
            ("production", "Production", Colour.BLUE),
            ("staging", "Staging", Colour.PURPLE),
            ("development", "Development", Colour.GREY),
        ],
    ),
    (
        "plan",
        "Plan",
        "choice",
        SetBy.TEAM,
        "The customer’s plan.",
        [("team", "Team", ""), ("business", "Business", ""), ("enterprise", "Enterprise", "")],
    ),
    ("fixed-in", "Fixed in", "text", SetBy.TEAM, "The release that contains the fix.", []),
]

#: What customers see of a ticket: field, in the list, on the ticket, as a filter.
DESIGNATED = [
    ("status", True, True, True),
    ("severity", True, True, True),
    ("area", True, True, True),
    ("requester", True, True, False),
    ("assignee", False, True, False),
    ("urgency", False, True, False),
    ("environment", False, True, False),
    ("fixed-in", False, True, False),
    ("opened", False, True, False),
]

#: The ones that customers can change.
EDITABLE = {"severity", "urgency", "environment"}

#: Questions that belong to one form only, by the names used in the conversations.
ASK_RUN, ASK_INVOICE = "Run", "Invoice number"
ASK_PERSON, ASK_NEED, ASK_REASON = "Who is it about?", "What do you need?", "Why is it needed?"
OWN_QUESTIONS = {
    "run": ASK_RUN,
    "invoice": ASK_INVOICE,
    "person": ASK_PERSON,
    "need": ASK_NEED,
    "reason": ASK_REASON,
}
NEEDS = ["Add a person", "Change a role", "Remove a person", "Something else"]


def build_fields() -> dict[str, TicketField]:
    """Create the five ticket fields and return them by key."""
    made = {}
    for order, (key, label, kind, set_by, help_text, choices) in enumerate(FIELDS):
        made[key] = TicketField.objects.create(
            key=key,
            label=label,
            type=kind,
            set_by=set_by,
            help_text=help_text,
            sort_order=order,
            in_inbox=key == "severity",
        )
        for choice_order, (choice_key, choice_label, colour) in enumerate(choices):
            TicketFieldChoice.objects.create(
                field=made[key],
                key=choice_key,
                label=choice_label,
                colour=colour,
                sort_order=choice_order,
            )
    return made


def build_portal(home: Page, fields: dict[str, TicketField]) -> dict[str, TicketFormPage]:
    """Create the portal below the site's home page and return its forms by slug."""
    portal = PortalHomePage(title="Support", slug="support", show_in_menus=True)
    home.add_child(instance=portal)
    forms = {}
    for content in _forms(fields):
        form = TicketFormPage(**content)
        portal.add_child(instance=form)
        # Reload it to get the IDs that the blocks were given.
        forms[form.slug] = TicketFormPage.objects.get(pk=form.pk)
    return forms


def _forms(fields):
    def ticket_field(key, **options):
        return ("ticket_field", {"field": fields[key], **options})

    return [
        {
            "title": "Report a problem",
            "slug": "problem",
            "introduction": "Something doesn’t work, or not as you expect.",
            "confirmation": "An engineer will look at it within four working hours.",
            "questions": [
                ("subject", {"placeholder": "What’s wrong, in one line"}),
                ticket_field("severity", required=True, width="half"),
                ticket_field("area", required=True, width="half"),
                ticket_field("environment", width="half"),
                (
                    "question_text",
                    {
                        "label": ASK_RUN,
                        "help_text": "The ID at the top of the run, if there is one.",
                        "placeholder": "8f21c4",
                        "width": "half",
                    },
                ),
                ("heading", "What happened"),
                (
                    "description",
                    {
                        "help_text": "What did you do, what happened, and what did you expect? "
                        "Put logs between lines of ```.",
                        "required": True,
                    },
                ),
                ("attachments", {"help_text": "Logs and screenshots help a lot."}),
                ("followers", {"help_text": "Colleagues who should be kept informed."}),
            ],
        },
        {
            "title": "Ask about billing",
            "slug": "billing",
            "introduction": "Invoices, plans, row counts and everything else about billing.",
            "confirmation": "You’ll hear from us by the end of the next working day.",
            "questions": [
                ("subject", {}),
                ("question_text", {"label": ASK_INVOICE, "placeholder": "MR-…", "width": "half"}),
                ("description", {"label": "Your question", "required": True}),
                ("attachments", {}),
            ],
        },
        {
            "title": "Request access",
            "slug": "access",
            "introduction": "Add or remove people, or change their roles.",
            "confirmation": "We usually do this within two working hours.",
            "questions": [
                (
                    "rich_text",
                    "<p>Owners can invite people themselves, in the console under "
                    "<b>Workspace → People</b>. Use this form if you’re not an owner, or if that "
                    "doesn’t help.</p>",
                ),
                ("subject", {}),
                (
                    "question_choice",
                    {
                        "label": ASK_NEED,
                        "required": True,
                        "choices": [{"label": label} for label in NEEDS],
                        "width": "half",
                    },
                ),
                (
                    "question_text",
                    {
                        "label": ASK_PERSON,
                        "placeholder": "name@company.example",
                        "width": "half",
                    },
                ),
                ("question_long_text", {"label": ASK_REASON}),
                ("description", {"label": "Anything else", "required": False}),
            ],
        },
        {
            "title": "Contact us",
            "slug": "contact",
            "introduction": "Not a customer yet, or can’t sign in? Ask us anything.",
            "confirmation": "We’ll email you within two working days.",
            "audience": "anyone",
            "notify_addresses": "hello@millrace.example",
            "questions": [
                ("subject", {"label": "What is it about?"}),
                ("question_text", {"label": "Your company", "width": "half"}),
                ("description", {"label": "Your question", "required": True}),
                ("attachments", {}),
            ],
        },
    ]


def build_settings(site: Site, fields: dict[str, TicketField]) -> PortalSettings:
    """Save the portal's texts and colour, and what customers see of tickets."""
    settings = PortalSettings.for_site(site)
    settings.portal_name = "Millrace Support"
    settings.accent_colour = "#0b6a62"
    settings.support_zone = "Europe/Vienna"
    settings.welcome_text = "Your messages are read and answered by engineers."
    settings.sign_in_text = "Enter your work email address and we’ll send you a sign-in code."
    settings.footer = (
        "<p>Millrace Software · Enterprise customers: in an emergency, call the number in your "
        "contract.</p>"
    )
    settings.sender_name = "Millrace Support"
    settings.sender_address = "support@millrace.example"
    settings.team_address = "team@millrace.example"
    settings.months_shown = 12
    settings.ask_satisfaction = True
    settings.designated_fields = [
        DesignatedField(
            builtin="" if key in fields else key,
            ticket_field=fields.get(key),
            in_list=in_list,
            on_ticket=on_ticket,
            as_filter=as_filter,
            editable=key in EDITABLE,
            sort_order=order,
        )
        for order, (key, in_list, on_ticket, as_filter) in enumerate(DESIGNATED)
    ]
    settings.save()
    HeaderLink.objects.create(settings=settings, label="millrace.example", page=site.root_page)
    HeaderLink.objects.create(settings=settings, label="Status", url="https://status.example/")
    for event, subject, text in EMAIL_TEMPLATES:
        EmailTemplate.objects.create(
            site=site, event=event, language="en", subject=subject, text=text
        )
    SupportHours.objects.create(
        settings=settings, days=Days.WEEKDAYS, opens=time(8), closes=time(18)
    )
    return settings
