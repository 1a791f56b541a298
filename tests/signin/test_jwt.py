"""Single sign-on with JWTs: both directions, and every reason to refuse one."""

import logging

import pytest
from django.core import mail
from django.test import Client
from wagtail.models import ModelLogEntry

from tests import factories
from tests.signin.test_code import ask_for_code, code_in, enter
from tests.signin.tokens import (
    EC,
    ENTRANCE,
    ISSUER,
    ORIGIN,
    RSA,
    SECRET,
    claims,
    forge,
    part,
    send_token,
    sign,
    token,
    user_of,
)
from wagtail_portal import actions
from wagtail_portal.models import Member, Role, UsedToken

DEEP = "/support/tickets/1001/?page=2"


@pytest.fixture(autouse=True)
def dashboard(settings):
    """Return ``dashboard(**changes)``, which changes the issuer's settings."""

    def configure(**changes):
        settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**ISSUER, **changes}]}

    configure()
    return configure


# Both directions


def test_dashboard_can_send_people_straight_to_a_page(client, home, dana):
    response = send_token(client, token(dana.email), return_to=DEEP)
    assert response.status_code == 302
    assert response.url == DEEP
    assert user_of(client) == str(dana.user.pk)
    assert client.get("/support/").status_code == 200


def test_portal_is_the_default_page(client, home, dana):
    assert send_token(client, token(dana.email)).url == "/support/"


def test_absolute_url_of_the_portal_is_followed(client, home, dana):
    response = send_token(client, token(dana.email), return_to="http://testserver/support/new/")
    assert response.url == "http://testserver/support/new/"


def test_portal_redirects_to_the_dashboard_with_the_page_to_return_to(client, home):
    response = client.get("/support/tickets/1001/", follow=True)
    page = response.content.decode()
    assert "Sign in with Acme Dashboard" in page
    assert (
        'href="https://dashboard.example/support/?from=portal&amp;return_to='
        'http%3A%2F%2Ftestserver%2Fsupport%2Ftickets%2F1001%2F"'
    ) in page
    # People the dashboard doesn't know can still get a code.
    assert "Send me a code" in page


@pytest.mark.parametrize(
    ("login_url", "expected"),
    [
        ("https://d.example/#/login", "https://d.example/?return_to={}#/login"),
        ("https://d.example/in?a=1#top", "https://d.example/in?a=1&return_to={}#top"),
    ],
)
def test_return_to_is_added_before_a_fragment(client, home, dashboard, login_url, expected):
    dashboard(login_url=login_url, at_once=True)
    page = "http%3A%2F%2Ftestserver%2Fsupport%2F%3Fq%3Da%2Bb%2526c"
    response = client.get("/accounts/login/", {"next": "/support/?q=a+b%26c"})
    assert response.url == expected.format(page)


def test_fragment_of_return_to_is_kept(client, home, dana):
    target = "/support/tickets/1001/?page=2#message-5"
    assert send_token(client, token(dana.email), return_to=target).url == target


def test_issuer_without_a_sign_in_page_has_no_button(client, home, dashboard):
    dashboard(login_url="", origins=[ORIGIN])
    assert "Acme Dashboard" not in client.get("/accounts/login/").content.decode()


def test_sign_in_page_can_redirect_immediately(client, home, dana, dashboard):
    dashboard(at_once=True)
    response = client.get("/accounts/login/?next=/support/new/")
    assert response.url.startswith("https://dashboard.example/support/?from=portal&return_to=")
    assert response.url.endswith("http%3A%2F%2Ftestserver%2Fsupport%2Fnew%2F")
    assert "Send me a code" in client.get("/accounts/login/?with=code").content.decode()
    send_token(client, token(dana.email))
    assert client.post("/accounts/logout/").url == "/accounts/login/?with=code"


def test_signing_out_ends_at_the_dashboard(client, home, dana, dashboard):
    dashboard(logout_url="https://dashboard.example/logout/")
    send_token(client, token(dana.email))
    url = client.post("/accounts/logout/").url
    assert url == (
        "https://dashboard.example/logout/?return_to=http%3A%2F%2Ftestserver%2Faccounts%2Flogin%2F"
    )
    # People who used a code are only signed out here.
    ask_for_code(client, dana.email)
    enter(client, code_in(mail.outbox[0]))
    assert client.post("/accounts/logout/").url == "/accounts/login/"


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_shared_secret(client, home, dana, alg):
    send_token(client, sign(claims(dana.email), alg=alg))
    assert user_of(client)


def test_address_is_case_insensitive(client, home, dana):
    send_token(client, token("DANA@Acme.EXAMPLE"))
    assert user_of(client) == str(dana.user.pk)


def test_clocks_may_differ_by_a_minute(client, home, dana):
    now = claims(dana.email)["iat"]
    send_token(client, token(dana.email, iat=now + 50, exp=now + 200))
    assert user_of(client)
    other = Client()
    send_token(other, token(dana.email, iat=now - 300, exp=now - 50))
    assert user_of(other)


def test_signing_in_updates_last_seen(client, home, dana):
    send_token(client, token(dana.email))
    dana.refresh_from_db()
    assert dana.last_seen_at is not None
    assert dana.activated_at is not None


def test_invited_person_becomes_a_member(client, home, acme):
    actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    send_token(client, token("kim@acme.example", name="Kim Lee"))
    assert Member.objects.get(user__email="kim@acme.example").organization == acme
    assert client.get("/support/").status_code == 200


def test_token_of_another_person_replaces_the_session(client, home, acme, dana):
    kim = factories.member(acme, "kim@acme.example")
    send_token(client, token(dana.email))
    send_token(client, token(kim.email))
    assert user_of(client) == str(kim.user.pk)
    assert client.get("/support/").status_code == 200


# Organizations


def test_organization_is_chosen_by_external_id(client, home, dana):
    other = factories.organization("Birch", external_id="birch-7")
    actions.create_member(other, by=factories.SYSTEM, email=dana.email)
    for wanted, name in (("birch-7", "Birch"), (None, "")):
        browser = Client()
        send_token(browser, token(dana.email, organization=wanted))
        page = browser.get("/support/", follow=True)
        assert name in page.context["portal"].member.organization.name


def test_new_person_becomes_a_member_where_the_site_allows_it(client, home, dashboard):
    birch = factories.organization("Birch", external_id="birch-7")
    sent = {"organization": "birch-7", "name": "Kim Lee"}
    assert send_token(client, token("kim@birch.example", **sent)).status_code == 403
    dashboard(new_members=True)
    send_token(client, token("kim@birch.example", **sent))
    member = Member.objects.get(user__email="kim@birch.example")
    assert (member.organization, member.role.key, member.name) == (birch, Role.MEMBER, "Kim Lee")
    assert client.get("/support/").status_code == 200


def test_known_person_can_join_another_organization(client, home, dana, dashboard):
    factories.organization("Birch", external_id="birch-7")
    dashboard(new_members=True)
    send_token(client, token(dana.email, organization="birch-7", name="Somebody Else"))
    assert Member.objects.filter(user=dana.user).count() == 2
    dana.user.refresh_from_db()
    assert dana.user.get_full_name() == "Dana Reyes"


def test_revoked_member_does_not_regain_access(client, home, dashboard):
    birch = factories.organization("Birch", external_id="birch-7")
    gone = factories.member(birch, role=Role.NO_ACCESS)
    dashboard(new_members=True)
    response = send_token(client, token(gone.email, organization="birch-7"))
    assert response.status_code == 403
    assert not user_of(client)
    assert Member.objects.get(user=gone.user).role.key == Role.NO_ACCESS


def test_issuer_of_one_organization_need_not_name_it(client, home, dashboard):
    birch = factories.organization("Birch", external_id="birch-7")
    dashboard(organizations=["birch-7"], new_members=True)
    send_token(client, token("kim@birch.example"))
    assert Member.objects.get(user__email="kim@birch.example").organization == birch


# Refusals


def assert_refused(client, response, reason, caplog):
    """Check that no one is signed in, that the visitor gets a page and the team the reason."""
    assert response.status_code == 403
    assert "no-store" in response["Cache-Control"]
    assert user_of(client) is None
    assert not UsedToken.objects.exists() or reason == "replay"
    page = response.content.decode()
    assert "Sign in with a code" in page or reason == "staff"
    logged = [row.getMessage() for row in caplog.records if row.levelno >= logging.WARNING]
    assert any(f"Acme Dashboard refused: {reason}" in line for line in logged), logged
    entries = ModelLogEntry.objects.filter(action="wagtail_portal.record_refusal")
    assert [row.data["reason"] for row in entries] == [reason]
    return page


NOW = object()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "another.example"}, "audience"),
        ({"aud": ["another.example"]}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"email_verified": False}, "unverified"),
        ({"email_verified": "no"}, "unverified"),
        *(({name: None}, "claims") for name in ("iss", "aud", "iat", "exp", "jti", "email")),
        *(
            ({"email": value}, "claims")
            for value in ("", "dana", "a@b@c", 7, ["dana@acme.example"])
        ),
        *(({"jti": value}, "claims") for value in ("", "  ", 7, "x" * 400)),
        *(({"iat": value}, "claims") for value in ("soon", True, -5, 1e300)),
        *(({"exp": value}, "claims") for value in ("soon", False, [], 1e300)),
        ({"name": {"first": "Dana"}}, "claims"),
        ({"organization": "nobody-knows"}, "organization"),
        ({"organization": ["x"]}, "claims"),
    ],
)
def test_wrong_claims(client, home, dana, caplog, changes, reason):
    assert_refused(client, send_token(client, token(dana.email, **changes)), reason, caplog)


@pytest.mark.parametrize(
    ("issued", "expires", "reason"),
    [
        (70, 200, "not_yet"),
        (-300, -61, "expired"),
        (0, 3700, "lifetime"),
        (30, 20, "lifetime"),
    ],
)
def test_wrong_times(client, home, dana, caplog, issued, expires, reason):
    now = claims(dana.email)["iat"]
    sent = token(dana.email, iat=now + issued, exp=now + expires)
    assert_refused(client, send_token(client, sent), reason, caplog)


def test_token_that_is_not_valid_yet(client, home, dana, caplog):
    now = claims(dana.email)["iat"]
    assert_refused(client, send_token(client, token(dana.email, nbf=now + 90)), "not_yet", caplog)


def test_token_can_be_used_once(home, dana, caplog):
    sent = token(dana.email)
    first, second = Client(), Client()
    assert send_token(first, sent).status_code == 302
    page = assert_refused(second, send_token(second, sent), "replay", caplog)
    assert "open the support portal again" in page


def test_reused_token_id_is_a_replay(client, home, dana, caplog):
    send_token(Client(), token(dana.email, jti="one"))
    assert_refused(
        client, send_token(client, token(dana.email, jti="one", name="D")), "replay", caplog
    )


def test_unsigned_token(client, home, dana, caplog):
    for alg in ("none", "None", "NONE", ""):
        sent = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(claims(dana.email))}."
        assert send_token(client, sent).status_code == 403
    ModelLogEntry.objects.all().delete()
    assert_refused(client, send_token(client, sent), "algorithm", caplog)


def test_algorithm_must_match_the_kind_of_key(client, home, dana, caplog):
    """Public keys and shared secrets have different algorithms."""
    sent = sign(claims(dana.email), alg="RS256", key=RSA)
    assert_refused(client, send_token(client, sent), "algorithm", caplog)


@pytest.mark.parametrize("header", [{"jwk": EC["ES256"].as_dict(private=False)}, {"crit": ["x"]}])
def test_keys_in_the_header_are_ignored(client, home, dana, header):
    for secret in ("x" * 32, ""):
        assert send_token(client, forge(claims(dana.email), secret, **header)).status_code == 403
    assert user_of(client) is None


def test_wrong_secret(client, home, dana, caplog):
    sent = forge(claims(dana.email), "x" * 64)
    page = assert_refused(client, send_token(client, sent), "signature", caplog)
    assert "not your fault" in page


@pytest.mark.parametrize("sent", ["", "x", "a.b.c", "..", "ey" * 9000, "é.é.é", "a.b.c.d.e"])
def test_malformed_token(client, home, caplog, sent):
    assert_refused(client, send_token(client, sent), "malformed", caplog)


def test_algorithms_can_be_restricted(client, home, dana, dashboard, caplog):
    dashboard(algorithms=["HS512"])
    assert_refused(
        client, send_token(client, sign(claims(dana.email), alg="HS256")), "algorithm", caplog
    )


def test_unknown_person(client, home, caplog):
    page = assert_refused(
        client, send_token(client, token("who@nowhere.example")), "unknown", caplog
    )
    assert "Ask a colleague" in page


def test_inactive_user(client, home, dana, caplog):
    dana.user.is_active = False
    dana.user.save()
    assert_refused(client, send_token(client, token(dana.email)), "no_access", caplog)


def test_member_without_access(client, home, acme, caplog):
    nobody = factories.member(acme, role=Role.NO_ACCESS)
    assert_refused(client, send_token(client, token(nobody.email)), "no_access", caplog)


def test_address_outside_the_issuers_domains(client, home, dana, dashboard, caplog):
    dashboard(domains=["birch.example"])
    assert_refused(client, send_token(client, token(dana.email)), "domain", caplog)


def test_issuer_of_an_organization_gives_no_access_to_another(
    client, home, dana, dashboard, caplog
):
    birch = factories.organization("Birch", external_id="birch-7")
    actions.create_member(birch, by=factories.SYSTEM, email=dana.email)
    dashboard(organizations=["birch-7", "cedar"])
    sent = token(dana.email, organization="birch-7")
    assert_refused(client, send_token(client, sent), "other_organization", caplog)


def test_issuer_of_an_organization_cannot_accept_an_invitation_to_another(
    client, home, acme, dashboard, caplog
):
    factories.organization("Birch", external_id="birch-7")
    actions.invite_member(acme, by=factories.SYSTEM, email="kim@acme.example")
    dashboard(organizations=["birch-7"], new_members=True)
    assert_refused(
        client, send_token(client, token("kim@acme.example")), "other_organization", caplog
    )


def test_organization_of_another_issuer(client, home, dana, dashboard, caplog):
    factories.organization("Birch", external_id="birch-7")
    dashboard(organizations=["cedar"], new_members=True)
    sent = token("kim@birch.example", organization="birch-7")
    assert_refused(client, send_token(client, sent), "organization", caplog)


@pytest.mark.parametrize("wanted", ["BIRCH-7", "birch-7 ", " birch-7"])
def test_external_id_must_match_exactly(client, home, dashboard, caplog, wanted):
    factories.organization("Birch", external_id="birch-7")
    dashboard(new_members=True)
    sent = token("kim@birch.example", organization=wanted)
    assert_refused(client, send_token(client, sent), "organization", caplog)


def test_visitors_organization_cannot_be_named(client, home, dashboard, caplog):
    visitor = actions.save_visitor("kim@birch.example")
    visitor.organization.external_id = "visitors"
    visitor.organization.save()
    dashboard(new_members=True)
    sent = token("kim@birch.example", organization="visitors")
    assert_refused(client, send_token(client, sent), "organization", caplog)


@pytest.mark.parametrize("kwargs", [{"is_superuser": True}, {"is_staff": True}, {}])
@pytest.mark.parametrize("codes", [True, False])
def test_staff_cannot_sign_in(client, home, acme, settings, caplog, kwargs, codes):
    settings.WAGTAIL_PORTAL = {**settings.WAGTAIL_PORTAL, "AGENTS_MAY_USE_CODES": codes}
    staff = factories.staff(*([] if kwargs else ["Support agents"]), **kwargs)
    factories.member(acme, staff.email)
    page = assert_refused(client, send_token(client, token(staff.email)), "staff", caplog)
    assert "Go to the admin" in page
    assert client.get("/admin/").status_code == 302


def test_member_with_the_same_address_as_staff_cannot_sign_in(client, home, dana, caplog):
    factories.staff("Support agents", email=dana.email.upper())
    assert_refused(client, send_token(client, token(dana.email)), "staff", caplog)


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "http:///evil.example"),
        *("javascript:alert(1)", "https:evil.example", "\\\\evil.example", "/x" * 1200),
        *("https://[evil.example", "http://[::1/"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_open_redirects_are_refused(client, home, dana, caplog, target, method):
    data = {"jwt": token(dana.email), "return_to": target}
    response = getattr(client, method)(ENTRANCE, data, headers={"Origin": ORIGIN})
    page = assert_refused(client, response, "return_to", caplog)
    assert "evil.example" not in page


def test_unknown_issuer_is_not_found(client, home, dana):
    assert send_token(client, token(dana.email), url="/accounts/jwt/other/").status_code == 404


def test_logged_refusals_are_limited(client, home, settings):
    settings.WAGTAIL_PORTAL = {**settings.WAGTAIL_PORTAL, "REFUSALS_LOGGED_PER_HOUR": 3}
    for _try in range(5):
        send_token(client, "x")
    assert ModelLogEntry.objects.filter(action="wagtail_portal.record_refusal").count() == 3


def test_site_history_shows_the_reason(client, home, dana):
    send_token(client, token(dana.email, aud="another.example"))
    boss = factories.staff(is_superuser=True)
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/admin/reports/site-history/").content.decode()
    assert (
        "Sign-in through Acme Dashboard refused: The token was issued for another service." in page
    )


# Who sends the token


def test_get_asks_before_signing_in(client, home, dana):
    sent = token(dana.email)
    response = client.get(ENTRANCE, {"jwt": sent, "return_to": DEEP})
    assert response.status_code == 200
    assert response["Referrer-Policy"] == "same-origin"
    assert user_of(client) is None
    assert not UsedToken.objects.exists()
    page = response.content.decode()
    assert dana.email in page
    response = client.post(f"{ENTRANCE}confirm/", {"jwt": sent, "return_to": DEEP})
    assert response.url == DEEP
    assert user_of(client) == str(dana.user.pk)


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://dashboard.example"])
def test_other_sites_cannot_sign_a_visitor_in(client, home, dana, origin):
    """With the attacker's own token, the visitor would write into the attacker's account."""
    response = send_token(client, token(dana.email), origin=origin)
    assert response.status_code == 200
    assert "Is this you?" in response.content.decode()
    assert user_of(client) is None


def test_confirmation_cannot_be_forged(home, dana):
    browser = Client(enforce_csrf_checks=True)
    response = browser.post(f"{ENTRANCE}confirm/", {"jwt": token(dana.email)})
    assert response.status_code == 403
    assert user_of(browser) is None


def test_token_request_needs_no_csrf_token(home, dana):
    browser = Client(enforce_csrf_checks=True)
    assert send_token(browser, token(dana.email)).status_code == 302


def test_further_origins_can_be_trusted(client, home, dana, dashboard):
    dashboard(origins=["https://app.example"])
    assert send_token(client, token(dana.email), origin="https://app.example").status_code == 302


def test_get_without_a_token_redirects_to_the_sign_in_page(client, home):
    assert client.get(ENTRANCE).url == "/accounts/login/"


def test_secret_is_on_no_page(client, home, dana):
    pages = [
        client.get("/accounts/login/"),
        send_token(client, "x"),
        send_token(client, token(dana.email)),
    ]
    assert not [page for page in pages if SECRET in page.content.decode()]


def test_expired_used_tokens_are_deleted(client, home, dana, django_user_model):
    from datetime import timedelta

    send_token(client, token(dana.email))
    assert actions.discard_tokens() == 0
    used = UsedToken.objects.get()
    used.expires_at -= timedelta(hours=1)
    used.save()
    assert actions.discard_tokens() == 1
