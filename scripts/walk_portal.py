"""Use a portal that `portal_init` has created: sign in, open a ticket, answer it, read the answer.

Runs inside a project, with its settings, and sends every request that a browser would.
"""

# ruff: noqa: E402 - Django has to be set up before models are imported.

import re
import sys
from html import unescape
from io import StringIO

sys.path.insert(0, "")

import django

django.setup()

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone
from wagtail.models import Locale

from wagtail_portal.actions import create_member, create_organization
from wagtail_portal.models import Notification, Role, Ticket
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor
from wagtail_portal.portal_urls import page_models

CODE = re.compile(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b")
CONTROL = re.compile(
    r'<input\b[^>]*?\bname="(?P<name>[^"]+)"[^>]*>'
    r'|<textarea\b[^>]*?\bname="(?P<area>[^"]+)"[^>]*>(?P<text>[^<]*)</textarea>'
    r'|<select\b[^>]*?\bname="(?P<select>[^"]+)"[^>]*>(?P<options>.*?)</select>',
    re.DOTALL,
)
CUSTOMER, AGENT = "kim@customer.example", "agent@example.com"
PASSWORD = "a long password 1"  # noqa: S105


def fields_of(html: str) -> dict[str, str]:
    """Return the fields of a page's forms, with the values that a browser would send."""
    found = {}
    for match in CONTROL.finditer(html):
        if match["name"]:
            value = re.search(r'\bvalue="([^"]*)"', match[0])
            is_choice = re.search(r'type="(checkbox|radio)"', match[0])
            if 'type="file"' in match[0] or (is_choice and " checked" not in match[0]):
                continue
            found[match["name"]] = unescape(value[1]) if value else ""
        elif match["area"]:
            found[match["area"]] = unescape(match["text"])
        else:
            chosen = re.search(r'<option value="([^"]*)"[^>]*\bselected', match["options"])
            found[match["select"]] = unescape(chosen[1]) if chosen else ""
    for button in ("discard", "go", "preview"):
        found.pop(button, None)
    return found


def expect(condition: object, what: str) -> None:
    """Stop with a message if something isn't as a user would expect it."""
    if not condition:
        sys.exit(f"Not as expected: {what}")


def received(to: str) -> str:
    """Send the emails that are due, and return the newest one to an address."""
    call_command("send_emails", stdout=StringIO())
    found = [message.body for message in mail.outbox if to in message.to]
    expect(found, f"an email to {to}")
    return found[-1]


def get(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    expect(response.status_code == 200, f"{path} is shown, not {response.status_code}")
    return response.content.decode()


def post(client: Client, path: str, data: dict) -> str:
    """Send a form and return where it leads."""
    response = client.post(path, data)
    if response.status_code != 302:
        text = re.sub(
            r"<(script|style|svg).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S
        )
        expect(False, f"{path} redirects; it says: {' '.join(text.split())[:1500]}")
    return response.headers["Location"]


def sign_in(client: Client) -> None:
    """Sign a customer in with the code from the email."""
    response = client.get("/support/", follow=True)
    login = (
        response.redirect_chain[-1][0] if response.redirect_chain else response.request["PATH_INFO"]
    )
    confirm = post(client, login, {**fields_of(response.content.decode()), "login": CUSTOMER})
    code = CODE.search(received(CUSTOMER))
    expect(code, "a code in the email")
    leads_to = post(client, confirm, {"code": code.group(), "action": "verify"})
    expect(leads_to == "/support/", f"signing in leads to the portal, not to {leads_to}")


def open_ticket(client: Client) -> Ticket:
    """Fill in the first form that the portal offers."""
    form = page_models("form")[0].objects.order_by("path").first().get_url()
    expect(form in get(client, "/support/new/"), "a form under “New ticket”")
    html = get(client, form)
    answers = {**fields_of(html), "subject": "The pump leaks", "description": "Since this morning."}
    answers |= first_choices(html, answers)
    post(client, form, answers)
    return Ticket.objects.get()


def first_choices(html: str, answers: dict) -> dict[str, str]:
    """Return the first choice of each question with choices that has no answer yet."""
    found = {}
    for match in CONTROL.finditer(html):
        if match["select"] and not answers.get(match["select"]):
            values = re.findall(r'<option value="([^"]+)"', match["options"])
            found.update({match["select"]: unescape(values[0])} if values else {})
        elif match["name"] and 'type="radio"' in match[0] and match["name"] not in answers:
            value = re.search(r'\bvalue="([^"]+)"', match[0])
            if value:
                found.setdefault(match["name"], unescape(value[1]))
    return found


def answer(client: Client, ticket: Ticket) -> None:
    """Sign an agent in to the Wagtail admin, and reply."""
    login = get(client, "/admin/login/")
    post(client, "/admin/login/", {**fields_of(login), "username": AGENT, "password": PASSWORD})
    screen = f"/admin/snippets/wagtail_portal/ticket/edit/{ticket.pk}/"
    reply = {
        name: v for name, v in fields_of(get(client, screen)).items() if name.startswith("reply-")
    }
    post(client, f"{screen}reply/", {**reply, "reply-body": "Close the valve."})


def translate(client: Client) -> None:
    """Translate the portal and a form with wagtail-localize, and open the translation."""
    from wagtail_localize.models import Translation
    from wagtail_localize.operations import translate_object

    french = Locale.objects.get_or_create(language_code="fr")[0]
    form = page_models("form")[0].objects.order_by("path").first()
    for page in (*form.get_ancestors().specific().filter(depth__gt=1), form):
        if not page.has_translation(french):
            translate_object(page, [french])
    for translation in Translation.objects.filter(target_locale=french):
        translation.save_target(publish=True)
    url = form.get_translation(french).get_url()
    expect(url.startswith("/fr/"), f"{url} is French")
    expect('lang="fr"' in get(client, url), "the form in French")


def main() -> None:
    setup_test_environment()
    system = Actor.system()
    organization = create_organization(by=system, name="Customer Ltd")
    role = Role.objects.get(key=Role.ADMIN)
    create_member(organization, by=system, email=CUSTOMER, role=role, notify=False)
    user_model = get_user_model()
    user = user_model(**{"email": "agent@example.com", user_model.USERNAME_FIELD: AGENT})
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name="Support agents"))

    customer, agent = Client(), Client()
    sign_in(customer)
    print("A customer signs in with a code.")
    ticket = open_ticket(customer)
    print(f"They open ticket #{ticket.number} with a form.")
    answer(agent, ticket)
    # The agent can take it back for some seconds. The email is sent after that.
    Notification.objects.update(due_at=timezone.now())
    outbox.send_due()
    expect("Close the valve." in received(CUSTOMER), "the answer in the email")
    print("An agent answers, and the customer gets an email.")
    page = get(customer, f"/support/tickets/{ticket.number}/")
    expect("Close the valve." in page, "the answer on the ticket's page")
    expect("Customer Ltd" in get(customer, "/support/members/"), "the members' page")
    print("The customer reads the answer in the portal.")
    if apps.is_installed("wagtail_localize"):
        translate(customer)
        print("The form can be used in French.")


main()
