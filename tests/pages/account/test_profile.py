"""A member's profile: name, language, time zone and signed-in devices."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Member, Profile, Role
from wagtail_portal.pages.account import profile_views
from wagtail_portal.pages.account.user_agents import describe_browser
from wagtail_portal.permissions import Actor

URL = "/support/profile/"


@pytest.fixture
def languages(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "German"), ("ar", "Arabic")]


def page_of(browser, url=URL) -> BeautifulSoup:
    return BeautifulSoup(browser.get(url).content, "html.parser")


def save_profile(browser, **data):
    response = browser.post(URL, {"name": "Dana Reyes", "language": "", "time_zone": "", **data})
    assert response.status_code == 302, response.content.decode()
    return page_of(browser)


def test_menu_links_to_the_profile(as_member, home, dana):
    page = page_of(as_member(dana), "/support/")
    assert page.select_one(f'.portal-menu--user a[href="{URL}"]').get_text(strip=True) == "Profile"


def test_name_is_changed_everywhere(as_member, home, acme, dana):
    page = save_profile(as_member(dana), name="  Dana \x07Maria   Reyes ")
    assert page.select_one("[name=name]")["value"] == "Dana Maria Reyes"
    assert Member.objects.get(pk=dana.pk).name == "Dana Maria Reyes"
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    assert "Dana Maria Reyes" in page_of(admin, "/support/members/").get_text()
    history = page_of(admin, "/support/members/history/").get_text()
    assert "Dana Maria Reyes changed their name" in history


def test_name_is_optional(as_member, home, dana):
    save_profile(as_member(dana), name="")
    assert Member.objects.get(pk=dana.pk).name == "dana"


def test_saving_the_same_name_is_not_logged(as_member, home, acme, dana):
    save_profile(as_member(dana))
    admin = as_member(factories.member(acme, role=Role.ADMIN))
    assert "their name" not in page_of(admin, "/support/members/history/").get_text()


def test_language_applies_to_every_page_of_this_member(as_member, home, dana, languages):
    ticket = factories.ticket(dana)
    browser, form = as_member(dana), factories.form_page(home)
    page = save_profile(browser, language="ar")
    assert page.select_one("option[value=ar]").text == "العربيّة"
    for url in ("/support/", f"/support/tickets/{ticket.number}/", form.url, "/support/nothing/"):
        response = browser.get(url)
        if response.status_code == 200:
            html = BeautifulSoup(response.content, "html.parser").html
            assert (html["lang"], html["dir"]) == ("ar", "rtl"), url
            assert response["Content-Language"] == "ar"
    # The next response of the server is not in Arabic.
    theo = factories.member(dana.organization)
    assert page_of(Client(), "/accounts/login/").html["lang"] == "en"
    assert page_of(as_member(theo), "/support/").html["lang"] == "en"


def test_ticket_stores_the_language_of_its_requester(as_member, home, dana, languages):
    factories.form_page(home)
    browser = as_member(dana)
    save_profile(browser, language="de")
    browser.post("/support/report/", {"subject": "Hilfe", "description": "Es brennt"})
    assert dana.requested_tickets.get().language == "de"


def test_browser_language_is_used_by_default(as_member, home, dana, languages):
    browser = as_member(dana)
    save_profile(browser)
    assert "de" in browser.get(URL, headers={"accept-language": "de"})["Content-Language"]


def test_site_with_one_language_offers_no_choice(as_member, home, dana):
    browser = as_member(dana)
    assert page_of(browser).select_one("[name=language]") is None
    save_profile(browser, language="ar", time_zone="Asia/Kolkata")
    assert Profile.objects.get().language == ""


def test_time_zone_applies_to_every_time(as_member, home, dana):
    at = datetime(2026, 3, 5, 20, 0, tzinfo=UTC)
    ticket = factories.ticket(dana, at=at)
    browser = as_member(dana)
    save_profile(browser, time_zone="Asia/Kolkata")
    for url in ("/support/?tab=all", f"/support/tickets/{ticket.number}/"):
        times = [row["datetime"] for row in page_of(browser, url).select("main time[datetime]")]
        assert times and all(moment.endswith("+05:30") for moment in times), url
    assert "2026-03-06T01:30:00+05:30" in times
    assert timezone.get_current_timezone_name() == "UTC"


def test_time_zone_is_found_by_its_place(as_member, home, dana):
    browser = as_member(dana)
    offered = [row["value"] for row in page_of(browser).select("datalist option")]
    assert "Kolkata, Asia (UTC+05:30)" in offered
    for typed, zone in {
        "Kolkata, Asia (UTC+05:30)": "Asia/Kolkata",
        # The offset may have changed since the page was opened.
        "New York, America (UTC−04:00)": "America/New_York",
        "berlin": "Europe/Berlin",
        "Asia/Tokyo": "Asia/Tokyo",
        "": "",
    }.items():
        page = save_profile(browser, time_zone=typed)
        assert Profile.objects.get().time_zone == zone
        shown = page.select_one("[name=time_zone]").get("value", "")
        assert shown.startswith(zone.rpartition("/")[2].replace("_", " "))


def test_times_name_their_zone_unless_it_is_the_readers_own(as_member, home, dana):
    ticket = factories.ticket(dana, at=datetime(2026, 3, 5, 20, 0, tzinfo=UTC))
    browser, url = as_member(dana), f"/support/tickets/{ticket.number}/"

    def shown():
        return page_of(browser, url).select_one(".portal-message__time time")

    assert shown().get_text().endswith("8 p.m. UTC") and shown()["title"].endswith("UTC")
    assert "UTC" in page_of(browser, "/support/?period=all").select_one("main time")["title"]
    save_profile(browser, time_zone="Asia/Kolkata")
    assert shown().get_text().endswith("1:30 a.m.") and shown()["title"].endswith("a.m.")


@pytest.mark.parametrize("data", [{"time_zone": "Mars/Olympus"}, {"language": "xx"}])
def test_invalid_values_are_rejected_with_a_message(as_member, home, dana, languages, data):
    response = as_member(dana).post(URL, {"name": "Dana", **data})
    assert response.status_code == 200
    page = response.content.decode()
    assert "Choose a place from the list." in page or "is not one of the available" in page
    with pytest.raises(Invalid):
        actions.change_profile(by=Actor.for_member(dana), name="Dana", **data)


def test_only_members_have_a_profile(home, dana):
    agent = factories.agent()
    with pytest.raises(NotAllowed):
        actions.change_profile(by=Actor.for_agent(agent), name="X")
    dana.role = Role.objects.get(key=Role.NO_ACCESS)
    with pytest.raises(NotAllowed):
        actions.change_profile(by=Actor.for_member(dana), name="X")


def test_unknown_time_zone_in_the_profile_causes_no_error(as_member, home, dana):
    Profile.objects.create(user=dana.user, language="tlh", time_zone="Mars/Olympus")
    assert as_member(dana).get("/support/").status_code == 200
    form = as_member(dana).get(URL).context["form"]
    assert form["time_zone"].value() == ""


def test_page_takes_few_queries(as_member, home, dana, django_assert_max_num_queries):
    browser = as_member(dana)
    browser.get("/support/")
    with django_assert_max_num_queries(9):
        browser.get(URL)


def test_signing_out_other_devices_keeps_this_session(as_member, home, acme, dana):
    phone, laptop = as_member(dana), as_member(dana)
    theo = as_member(factories.member(acme))
    response = laptop.post(f"{URL}sign-out/", follow=True)
    assert "signed out everywhere else" in response.content.decode()
    assert phone.get("/support/").status_code == 302
    assert laptop.get("/support/").status_code == 200
    assert theo.get("/support/").status_code == 200


def test_opening_the_page_signs_nobody_out(as_member, home, dana):
    phone, laptop = as_member(dana), as_member(dana)
    assert laptop.get(f"{URL}sign-out/").status_code == 302
    assert phone.get("/support/").status_code == 200


def test_member_with_a_password_is_told_about_it(as_member, home, dana):
    assert "Sign out everywhere else" in page_of(as_member(dana)).get_text()
    dana.user.set_password("a long password")
    dana.user.save()
    text = page_of(as_member(dana)).get_text()
    assert "Sign out everywhere else" not in text
    assert "Change it to be signed out everywhere" in text


def test_sessions_are_listed_if_the_site_tracks_them(as_member, home, dana, monkeypatch):
    now, browser = timezone.now(), as_member(dana)
    rows = [
        SimpleNamespace(
            session_key=browser.session.session_key,
            created_at=now,
            last_seen_at=now,
            user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36",
            ip="192.0.2.7",
        ),
        SimpleNamespace(
            session_key="another",
            created_at=now - timedelta(days=3),
            last_seen_at=now - timedelta(hours=3),
            user_agent="curl/8",
            ip="2001:db8::1",
        ),
    ]
    monkeypatch.setattr(profile_views, "sessions_of", lambda user: rows)
    page = page_of(browser)
    first, second = (row.get_text(" ", strip=True) for row in page.select(".portal-sessions__row"))
    assert "Chrome on Windows" in first and "this device" in first
    assert "Unknown browser" in second and "3 hours ago" in second and "this device" not in second


def test_viewing_as_member_does_not_show_sessions(home, dana):
    agent = factories.staff("Support agents", "Support leads")
    agent.is_superuser = True
    agent.save()
    browser = Client()
    browser.force_login(get_user_model().objects.get(pk=agent.pk))
    browser.post("/support/view-as/", {"member": dana.pk})
    page = page_of(browser)
    assert page.select_one("[name=name]")["value"] == "Dana Reyes"
    assert "Signed-in devices" not in page.get_text()
    assert browser.post(f"{URL}sign-out/").status_code == 403


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537.36", "Chrome on Android"),
        ("", "Unknown browser"),
    ],
)
def test_browser_names_are_recognized(user_agent, words):
    assert describe_browser(user_agent) == words
