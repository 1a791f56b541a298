"""A portal with a sample of everything that pages can show, created through the actions.

All user content is Greek, so that it can be told apart from texts in the code.
"""

from django.contrib.auth.models import Group
from wagtail.models import Page, Site

from tests import factories
from tests.pages.ticket_list.lists import designate
from wagtail_portal import actions
from wagtail_portal.columns import columns
from wagtail_portal.models import Role, Status
from wagtail_portal.permissions import Actor

KINDS = ("text", "long_text", "choice", "choices", "date", "datetime", "yes_no", "decimal",
         "email", "url", "member", "file")  # fmt: skip
CHOICES = [("Μικρό", "green"), ("Μεγάλο", "red")]


def build(home) -> dict:
    """Create the objects and return them by name.

    The names are ``home``, ``form``, ``admin``, ``dana``, ``agent``, ``ticket`` and ``solved``.
    """
    _give_greek_names(home)
    acme = factories.organization("Άκμη")
    admin = factories.member(acme, "admin@acme.example", Role.ADMIN, "Μαρία")
    dana = factories.member(acme, "dana@acme.example", name="Δανάη")
    fields = [
        factories.ticket_field(f"Πεδίο {kind}", kind, CHOICES if "choice" in kind else ())
        for kind in KINDS
    ]
    for number, field in enumerate(fields):
        field.label = f"Πεδίο {number}"
        field.save()
    designate(home, *columns(), *fields, as_filter=True, editable=False)
    questions = [
        factories.block("subject"),
        factories.block("description", required=True),
        factories.block("urgency"),
        factories.block("followers"),
        factories.block("attachments"),
        *(factories.block("ticket_field", field=field.pk) for field in fields),
    ]
    form = factories.form_page(home, questions, title="Φόρμα", slug="form")
    factories.form_page(home, title="Άλλη φόρμα", slug="other")
    agent = factories.staff(name="Άρης Πράκτορας", is_superuser=True)
    team, customer = Actor.for_agent(agent), Actor.for_member(dana)
    ticket = factories.ticket(dana, "Θέμα", "Κείμενο", followers=[admin], form=form)
    files = [factories.upload("αρχείο.txt"), factories.picture("εικόνα.png")]
    actions.reply(ticket, by=team, body="- Απάντηση\n- **Ναι**", attachments=files)
    factories.make_thumbnails()
    actions.add_note(ticket, by=team, body="Σημείωση")
    actions.assign(ticket, by=team, assignee=agent)
    actions.reply(ticket, by=customer, body="Ευχαριστώ")
    solved = factories.ticket(dana, "Λύση", "Κείμενο")
    actions.close_ticket(solved, by=customer)
    actions.invite_member(acme, by=Actor.for_member(admin), email="neo@acme.example")
    return {
        "home": home, "form": form, "admin": admin, "dana": dana, "agent": agent,
        "ticket": ticket, "solved": solved,
    }  # fmt: skip


def urls(sample: dict) -> list[str]:
    """Return the URL of every portal page that an organization's admin can open."""
    ticket = f"/support/tickets/{sample['ticket'].number}/"
    return [
        "/support/",
        "/support/?tab=all&period=all",
        "/support/?q=Θέμα",
        "/support/?q=ζζζ",
        "/support/new/",
        "/support/form/",
        "/support/filters/",
        "/support/members/",
        "/support/members/history/",
        "/support/organization/",
        "/support/notifications/",
        "/support/profile/",
        ticket,
        f"{ticket}followers/",
        f"/support/tickets/{sample['solved'].number}/",
    ]


def _give_greek_names(home) -> None:
    Site.objects.update(site_name="Πύλη")
    Page.objects.filter(depth__lte=2).update(title="Ρίζα")
    home.title, home.draft_title = "Πύλη", "Πύλη"
    home.save()
    for number, group in enumerate(Group.objects.all()):
        group.name = f"Ομάδα {number}"
        group.save()
    for number, row in enumerate([*Status.objects.all(), *Role.objects.all()]):
        row.name = f"Όνομα {number}"
        if isinstance(row, Status):
            row.label = f"Ετικέτα {number}"
        row.save()
