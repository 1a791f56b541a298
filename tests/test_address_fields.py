"""Every field for an email address understands what people paste."""

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core import mail
from django.core.validators import RegexValidator
from django.db import connection, models
from django.test import Client
from django.test.utils import isolate_apps
from django.urls import reverse

from tests import factories
from wagtail_portal import actions
from wagtail_portal.actions.people.erase_member import close_account
from wagtail_portal.actions.people.provision_user import set_username
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import FieldSpec, get_field_type
from wagtail_portal.fields.types import people
from wagtail_portal.models import Invitation, Member, Notification, Role, member_finder

PASTED = [
    "Dana Reyes <{}>",
    "mailto:{}",
    "{}.",
    " {},",
    "\u200b{}\u200b",
    "“{}”",
]


def pasted(address: str) -> list[str]:
    """Return ways to paste an address."""
    return [*(form.format(address) for form in PASTED), address.replace("@", "＠")]


@pytest.mark.parametrize("way", range(len(PASTED) + 1))
def test_sign_in(client, home, dana, way):
    client.post("/accounts/login/", {"login": pasted(dana.email)[way]})
    assert [message.to for message in mail.outbox] == [[dana.email]]


def test_sign_in_again_with_another_code(client, home, dana):
    client.post("/accounts/login/code/", {"email": f"Dana <{dana.email}>"})
    assert [message.to for message in mail.outbox] == [[dana.email]]


def test_sign_in_with_a_typographic_apostrophe_and_an_international_domain(client, home, acme):
    factories.member(acme, "o'brien@müller.example")
    client.post("/accounts/login/", {"login": "O’Brien@Müller.example"})
    assert [message.to for message in mail.outbox] == [["o'brien@xn--mller-kva.example"]]


def test_sign_in_with_several_addresses_says_so(client, home, dana):
    response = client.post("/accounts/login/", {"login": f"{dana.email}, x@acme.example"})
    assert "Enter only one email address." in response.content.decode()
    assert not mail.outbox


def test_invitations(as_member, home, acme):
    admin = factories.member(acme, role=Role.ADMIN)
    typed = "Ash, Ann <Ann@acme.example>; bob＠acme.example,\nmailto:o’neil@acme.example."
    role = Role.objects.get(key=Role.MEMBER).pk
    as_member(admin).post("/support/members/invite/", {"addresses": typed, "role": role})
    assert sorted(Invitation.objects.values_list("email", flat=True)) == [
        "ann@acme.example",
        "bob@acme.example",
        "o'neil@acme.example",
    ]


def test_followers_in_the_portal_and_on_the_desk(as_member, client, home, dana, ticket):
    ann = factories.member(dana.organization, "ann@acme.example")
    bob = factories.member(dana.organization, "bob@acme.example")
    as_member(dana).post(
        f"/support/tickets/{ticket.number}/followers/", {"addresses": "Ann <ann@acme.example>"}
    )
    assert list(ticket.followers.all()) == [ann]

    client.force_login(factories.agent())
    url = reverse("wagtailsnippets_wagtail_portal_ticket:save", args=[ticket.pk])
    client.post(url, {"followers-add": "mailto:bob@acme.example,"})
    assert set(ticket.followers.all()) == {ann, bob}


def test_email_question_of_a_form():
    field = get_field_type("email").form_field(FieldSpec("email", "Contact"))
    assert {field.clean(typed) for typed in pasted("name@example.com")} == {"name@example.com"}


def test_member_question_of_a_large_organization(acme, dana):
    members = Member.objects.to_choose(acme)
    spec = FieldSpec(
        "member",
        "Contact",
        options={
            "find_members": member_finder(acme.pk),
            "find_teammates": lambda found: {
                row.email: row for row in members.with_addresses(found)
            },
        },
    )
    field = get_field_type("member").form_field(spec)
    assert {field.clean(typed) for typed in pasted(dana.email)} == {dana.pk}


@pytest.mark.parametrize("sent", ["9" * 5000, "9" * 30, "-1"])
def test_what_is_no_member_of_a_large_organization_is_shown_again(acme, dana, monkeypatch, sent):
    monkeypatch.setattr(people, "MEMBERS_SHOWN", 0)
    widget = people.MemberInput(member_finder(acme.pk), {})
    assert f'value="{sent}"' in widget.render("contact", sent)
    assert f'value="{dana.email}"' in widget.render("contact", str(dana.pk))


def test_settings(client, home):
    client.force_login(factories.staff(is_superuser=True))
    url = reverse(
        "wagtailsettings:edit", args=["wagtail_portal", "portalsettings", home.get_site().pk]
    )
    form = client.get(url).context["form"]
    for name in ("sender_address", "reply_address", "team_address"):
        assert form.fields[name].clean("Help <Help@Company.example>.") == "help@company.example"


def test_addresses_that_a_form_notifies(home, dana):
    form = factories.form_page(home, [factories.block("subject")])
    form.notify_addresses = "Ops <Ops@company.example>; mailto:boss＠company.example."
    form.full_clean()
    form.save()
    data = {"subject": "Help", "submission_key": uuid.uuid4()}
    browser = Client()
    browser.force_login(dana.user)
    browser.post(form.url, data)
    sent = set(Notification.objects.values_list("email", flat=True))
    assert {"ops@company.example", "boss@company.example"} <= sent


def test_team_adds_a_member(client, acme):
    client.force_login(factories.staff(is_superuser=True))
    url = reverse("wagtailsnippets_wagtail_portal_member:add")
    client.post(url, {"organization": acme.pk, "email": "Eve Elm <Eve@acme.example>", "name": ""})
    assert Member.objects.get().email == "eve@acme.example"


def test_imported_members(client, acme, dana):
    client.force_login(factories.staff(is_superuser=True))
    rows = ["Eve Elm <Eve@acme.example>", "mailto:o’neil@acme.example", f"{dana.email}."]
    text = "\n".join(["email;organization", *(f"{row};{acme.name}" for row in rows)])
    client.post(reverse("wagtail_portal_import", args=["members"]), {"text": text})
    found = acme.members.exclude(pk=dana.pk)
    assert {row.email for row in found} == {"eve@acme.example", "o'neil@acme.example"}


@pytest.mark.parametrize("typed", ["@Müller.example", "MÜLLER.example.", "xn--mller-kva.example"])
def test_domain_of_an_organization_matches_addresses(db, typed):
    acme = factories.organization(verified_domains=[typed])
    address = actions.provision_user("dana@müller.example").email
    assert actions.organization_of_domain(address) == acme


def test_username_passes_the_validators_of_the_user_model(db):
    user = actions.provision_user("O’Brien+x&y@example.com")
    assert user.email == "o'brien+x&y@example.com"
    user.full_clean(exclude=["password"])
    actions.provision_user("obrien+xy@example.com").full_clean(exclude=["password"])


def test_address_that_the_user_model_refuses_is_an_error(db, monkeypatch):
    field = get_user_model()._meta.get_field("email")
    monkeypatch.setattr(field, "validators", [RegexValidator(r"@company\.example$", "Only ours.")])
    with pytest.raises(Invalid, match="Only ours"):
        actions.provision_user("dana@acme.example")


@pytest.fixture
def user_model(transactional_db):
    """Create a user model with a given username column, and its table."""
    made = []

    def make(**columns):
        with isolate_apps("tests.testapp"):
            attributes = {
                "__module__": "tests.testapp.models",
                "email": models.EmailField(),
                "USERNAME_FIELD": "login",
                "EMAIL_FIELD": "email",
                "Meta": type("Meta", (), {"app_label": "testapp"}),
                **columns,
            }
            model = type(f"User{len(made)}", (AbstractBaseUser,), attributes)
        with connection.schema_editor() as editor:
            editor.create_model(model)
        made.append(model)
        return model

    yield make
    for model in made:
        with connection.schema_editor() as editor:
            editor.delete_model(model)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(
    "column",
    [
        models.CharField(max_length=20, unique=True),
        models.CharField(max_length=30, unique=True, validators=[RegexValidator(r"^[a-z]+\Z")]),
        models.CharField(max_length=12, unique=True, validators=[RegexValidator(r"^[0-9]+\Z")]),
        models.SlugField(max_length=40, unique=True),
        models.UUIDField(unique=True),
        models.SlugField(max_length=40, primary_key=True),
    ],
)
def test_username_suits_other_user_models(user_model, column):
    model = user_model(login=column)
    users = [model(email="dana.reyes@customer.example", password="!") for _number in range(3)]
    for user in users:
        set_username(user, user.email)
        user.full_clean()
        user.save()
    assert model.objects.count() == 3


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_username_that_is_the_primary_key_stays(user_model):
    model = user_model(
        login=models.SlugField(primary_key=True),
        is_active=models.BooleanField(default=True),
        first_name=models.TextField(),
        last_name=models.TextField(),
    )
    user = model.objects.create(login="dana", email="dana@acme.example")
    close_account(user)
    user.refresh_from_db()
    assert (user.pk, user.is_active) == ("dana", False) and user.email.startswith("erased-")
