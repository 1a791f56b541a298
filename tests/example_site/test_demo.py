"""The demo data are complete, make sense, and are loaded only once."""

from random import Random

from example_site.demo import people
from example_site.demo.support import OWN_QUESTIONS
from example_site.demo.threads import suits, tell, templates

COUNTS = """
    from django.apps import apps
    answer = {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if model._meta.app_label in ("wagtail_portal", "wagtail_portal_pages", "auth", "marketing")
    }
"""


def test_loading_twice_changes_nothing(demo):
    before = demo.ask(COUNTS)
    assert "already exists" in demo.call("call_command('load_demo', small=True)")
    assert demo.ask(COUNTS) == before


def test_every_status_field_and_form_is_used(demo):
    found = demo.ask("""
        from wagtail_portal.models import Status, Ticket, TicketField
        from wagtail_portal.pages.models import TicketFormPage
        tickets = list(Ticket.objects.all())
        answer = {
            "statuses": [status.key for status in Status.objects.filter(tickets=None)],
            "fields": sorted(TicketField.objects.values_list("key", flat=True)),
            "used": sorted({key for ticket in tickets for key in ticket.values}),
            "forms": sorted(TicketFormPage.objects.values_list("slug", flat=True)),
            "used_forms": sorted({ticket.form.slug for ticket in tickets}),
        }
    """)
    assert found["statuses"] == []
    assert len(found["fields"]) == 5
    assert found["used"] == found["fields"]
    assert found["used_forms"] == ["access", "billing", "problem"]
    # The form for visitors hasn't been used yet.
    assert found["forms"] == ["access", "billing", "contact", "problem"]


def test_demo_covers_everything_customers_can_do(demo):
    found = demo.ask("""
        from wagtail_portal.models import PortalSettings, Rating, Ticket, TicketLogEntry
        settings = PortalSettings.objects.get()
        changed = TicketLogEntry.objects.filter(action="wagtail_portal.change_fields")
        answer = {
            "private": Ticket.objects.filter(private=True).count(),
            "follow-ups": Ticket.objects.exclude(follow_up_to=None).count(),
            "ratings": Rating.objects.count(),
            "by customers": sum(entry.data["side"] == "customer" for entry in changed),
            "editable": len(settings.editable),
        }
    """)
    assert all(found.values()), found


def test_no_date_is_in_the_future_and_no_email_was_sent(demo):
    found = demo.ask("""
        from django.utils import timezone
        from wagtail_portal.models import Message, Notification, Rating, Ticket, TicketLogEntry
        now = timezone.now()
        answer = [
            Message.objects.filter(created_at__gt=now).count(),
            Ticket.objects.filter(team_updated_at__gt=now).count(),
            TicketLogEntry.objects.filter(timestamp__gt=now).count(),
            Rating.objects.filter(updated_at__gt=now).count(),
            Notification.objects.count(),
        ]
    """)
    assert found == [0, 0, 0, 0, 0]


def test_people_in_the_hints_see_what_the_hints_say(demo):
    customer = people.CUSTOMERS[0]
    admin, member = (people.address(name, customer.domain) for name, _role in customer.people[:2])
    found = demo.ask(f"""
        from django.contrib.auth import get_user_model
        from django.test import Client
        from wagtail_portal.models import Member, Ticket
        answer = {{}}
        for email in ({admin!r}, {member!r}):
            seen = Ticket.objects.visible_to(Member.objects.get(user__email=email))
            client = Client(headers={{"host": "localhost:8000"}})
            client.force_login(get_user_model().objects.get(email=email))
            paths = ["/support/", "/support/problem/", "/support/billing/", "/support/access/"]
            paths += [f"/support/tickets/{{ticket.number}}/" for ticket in seen]
            answer[email] = [seen.count(), [client.get(path).status_code for path in paths]]
        team = get_user_model().objects.filter(email__endswith={people.TEAM_DOMAIN!r})
        answer["team"] = all(
            user.check_password({people.PASSWORD!r}) and user.has_perm("wagtailadmin.access_admin")
            for user in team
        )
        client = Client(headers={{"host": "localhost:8000"}})
        paths = ["/", "/product/", "/pricing/", "/security/", "/company/"]
        answer["site"] = [client.get(path).status_code for path in paths]
    """)
    assert found["team"] is True
    assert set(found["site"]) == {200}
    (all_tickets, of_admin), (own_tickets, of_member) = found[admin], found[member]
    assert all_tickets > own_tickets > 0
    assert set(of_admin) == set(of_member) == {200}


def test_team_of_an_older_demo_can_still_sign_in(demo):
    answer = demo.ask(f"""
        from django.contrib.auth.hashers import check_password, make_password
        old = make_password({people.PASSWORD!r}, hasher="pbkdf2_sha256")
        answer = check_password({people.PASSWORD!r}, old)
    """)
    assert answer is True


def test_hints_contain_urls_and_people(demo):
    hints = demo.manage("demo_hints", "--port", "8123")
    for path in ("/", "/support/", "/admin/", "/dev/emails/"):
        assert f"http://localhost:8123{path}" in hints
    for who in ("maren@brightwater.example", "ilse@brightwater.example", "hanna", "milo"):
        assert who in hints
    assert people.PASSWORD in hints


def test_links_in_emails_follow_the_port(demo):
    demo.call("call_command('load_demo', port=8124)")
    code = "from wagtail.models import Site; answer = Site.objects.get().root_url"
    assert demo.ask(code) == "http://localhost:8124"


def test_every_conversation_is_complete():
    names = ("me", "agent", "expert", "org", "run", "date", "version", "next")
    for template in templates():
        assert any(suits(variant, "nobody.example") for variant in template["variants"])
        assert set(template.get("answers", ())) <= set(OWN_QUESTIONS)
        for variant in template["variants"]:
            domain = variant.get("customers", ["nobody"])[0]
            words = {**dict.fromkeys(names, "word"), "domain": domain}
            thread = tell({**template, "variants": [variant]}, words, Random(1))
            assert thread.turns[0].who == "customer"
            assert len(thread.turns) > 1
            for text in (thread.subject, *(turn.text for turn in thread.turns)):
                assert text
                assert "«" not in text, thread.subject


def test_there_are_enough_different_conversations():
    assert len(templates()) >= 40
    assert len(people.CUSTOMERS) == 12


def test_visitors_read_their_browsers_language(demo):
    found = demo.ask("""
        from django.test import Client
        answer = Client(headers={"accept-language": "ar"}).get("/accounts/login/").text
    """)
    assert '<html lang="ar" dir="rtl"' in found
