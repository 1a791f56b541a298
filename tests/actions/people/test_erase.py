"""Erasing a person leaves no trace of their identity in the database."""

import io
import json

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from tests import factories
from tests.pages.ticket.ticket_pages import designate
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    Attachment,
    BulkChange,
    FormDraft,
    Invitation,
    JoinRequest,
    Member,
    Message,
    Notification,
    NotificationPreferences,
    OrganizationDomain,
    PendingRequest,
    PortalSettings,
    Profile,
    Role,
    SavedFilter,
    Ticket,
    TicketLogEntry,
    UndoStep,
)
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor
from wagtail_portal.search import Query, backend

NAME, ADDRESS = "Zacharias Quillfeather", "zacharias@quill.example"
#: Must not be found anywhere, in any spelling.
WORDS = ("zacharias", "quillfeather", "quill.example")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TEXT = (models.CharField, models.TextField, models.JSONField, models.FileField)


@pytest.fixture
def manager(db):
    return Actor.for_agent(factories.staff("Support managers", name="Mo Manager"))


def all_texts() -> dict[str, str]:
    """Return every text in the database by table, column and row."""
    found = {}
    for model in apps.get_models():
        columns = [field for field in model._meta.concrete_fields if isinstance(field, TEXT)]
        names = [field.attname for field in columns]
        for row in model._base_manager.values_list("pk", *names):
            for name, value in zip(names, row[1:], strict=True):
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                found[f"{model._meta.label}.{name} {row[0]}"] = text
    for session in Session.objects.all():
        found[f"session {session.pk}"] = json.dumps(session.get_decoded(), default=str)
    return found


def traces(words=WORDS) -> dict[str, str]:
    """Return the places where one of the words can still be found."""
    return {
        where: text
        for where, text in all_texts().items()
        if any(word in text.casefold() for word in words)
    }


@pytest.fixture
def zach(acme, home, manager, settings):
    """A member who has left data in every place where that's possible."""
    OrganizationDomain.objects.create(
        organization=acme, domain="quill.example", verified_at=timezone.now()
    )
    admin = factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")
    by_admin = Actor.for_member(admin)
    actions.invite_member(acme, by=by_admin, email=ADDRESS, note=f"Welcome, {NAME}")
    zach = factories.member(acme, ADDRESS, name=NAME)
    globex = factories.organization("Globex")
    elsewhere = factories.member(globex, ADDRESS)
    by = Actor.for_member(zach)
    log(zach, "wagtail.edit", user=manager.user)
    log(zach.user, "wagtail.edit", user=manager.user)
    portal = PortalSettings.for_site(home.get_site())
    portal.ask_satisfaction = True
    portal.save()
    field = factories.ticket_field("Contact", "text")
    ticket = factories.ticket(
        zach,
        f"Lost parcel of {NAME}",
        f"It never came.\n\nGreetings\n{NAME.upper()} <{ADDRESS}>",
        attachments=[factories.upload(f"{NAME}.txt", b"curriculum vitae")],
        notify=False,
    )
    actions.change_fields(ticket, by=manager, values={field.key: f"{NAME}, {ADDRESS}"})
    Ticket.objects.filter(pk=ticket.pk).update(
        answers=[{"id": "1", "type": "member", "label": "Who?", "value": zach.pk, "display": NAME}]
    )
    actions.reply(ticket, by=manager, body=f"Dear {NAME}, we wrote to {ADDRESS}.")
    actions.add_note(ticket, by=manager, body=f"{NAME} is known for this")
    actions.change_subject(ticket, by=manager, subject=f"Parcel ({NAME})")
    actions.follow(ticket, by=manager, member=admin)
    run = actions.begin_bulk_change(
        by=manager,
        verb="update",
        tickets=[ticket.pk],
        arguments={"values": {field.key: NAME}},
    )
    actions.continue_bulk_change(run)
    BulkChange.objects.filter(pk=run.pk).update(problems=[[1, f"{ADDRESS} is unknown"]])
    message = {"kind": "reply", "body": f"Dear {NAME}"}
    actions.begin_bulk_change(
        by=manager, verb="update", tickets=[ticket.pk], arguments={"message": message}
    )
    answer = {"body": f"Yours, {NAME}"}
    sent = actions.answer_ticket(ticket, by=manager, reply=answer, form={"body": [NAME]})
    actions.undo(UndoStep.objects.get(message=sent), by=manager)
    actions.close_ticket(ticket, by=manager)
    actions.rate_ticket(ticket, by=by, score="bad", comment=f"{NAME} is not amused")
    factories.ticket(elsewhere, "At Globex", f"Yours, {NAME}", notify=False)
    actions.invite_member(acme, by=manager, email="new@acme.example", note=f"Ask {ADDRESS}")
    actions.save_filter(by=by, name="Mine", query="scope=mine")
    saved = actions.save_filter(
        by=by_admin, name="Of one", query="requester_name=Zacharias+Quillfeather&tab=open"
    )
    assert saved.pk
    actions.change_notification_preferences(by=by, choices={})
    actions.change_profile(by=by, name=NAME, time_zone="Europe/Paris")
    form = factories.form_page(home)
    FormDraft.objects.create(member=zach, form=form, data={"subject": [NAME]})
    PendingRequest.objects.create(
        site=home.get_site(), form=form, address=ADDRESS, data={"visitor-email": [ADDRESS]}
    )
    JoinRequest.objects.create(user=zach.user, organization=factories.organization("Third"))
    actions.upload(by=by, site=home.get_site(), file=factories.upload("ahead.txt", b"ahead"))
    actions.mute(ticket, by=by)
    browser = Client()
    browser.force_login(zach.user, backend=BACKEND)
    browser.post("/accounts/logout/")
    browser.post("/accounts/login/", {"login": ADDRESS})
    browser.force_login(zach.user, backend=BACKEND)
    zach.browser = browser
    zach.ticket = Ticket.objects.get(pk=ticket.pk)
    return zach


@pytest.mark.parametrize("remove_texts", [False, True])
def test_no_trace_of_identity_remains_in_the_database(zach, manager, remove_texts):
    assert len({where.partition(" ")[0] for where in traces()}) > 15
    actions.erase_member(zach, by=manager, remove_texts=remove_texts)
    # The domain belongs to the organization, not to the member.
    OrganizationDomain.objects.all().delete()
    assert traces() == {}


def test_messages_can_be_kept(zach, manager, portal_files, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase_member(zach, by=manager, remove_texts=False)
    first, answer, note = zach.ticket.messages.order_by("pk")
    assert first.body == "It never came.\n\nGreetings\nFormer member <Former member>"
    assert first.author_name == "Former member"
    assert answer.body == "Dear Former member, we wrote to Former member."
    assert note.body == "Former member is known for this"
    (file,) = first.attachments.all()
    assert file.name == "Former member.txt"
    with file.file.open() as stream:
        assert stream.read() == b"curriculum vitae"
    assert not Attachment.objects.unsent().exists()
    zach.ticket.refresh_from_db()
    assert zach.ticket.subject == "Parcel (Former member)"


def test_messages_can_be_removed(zach, manager, django_capture_on_commit_callbacks):
    stored = [file.file for file in Attachment.objects.all()]
    assert len(stored) == 2
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase_member(zach, by=manager, remove_texts=True)
    assert not Attachment.objects.exists()
    assert not any(file.storage.exists(file.name) for file in stored)
    first, answer, _note = zach.ticket.messages.order_by("pk")
    assert first.body == "Erased"
    # Other people's messages stay.
    assert answer.body.startswith("Dear Former member")
    zach.ticket.refresh_from_db()
    assert zach.ticket.subject == "Erased"
    assert zach.ticket.values == {} and zach.ticket.answers == []
    assert zach.ticket.rating.comment == "" and zach.ticket.rating.score == "bad"
    assert Message.objects.filter(ticket__subject="Erased", body="Erased").count() == 2
    assert "parcel" not in str(all_texts()).casefold()


def test_files_remain_if_the_transaction_is_rolled_back(zach, manager):
    stored = [file.file for file in Attachment.objects.all()]
    actions.erase_member(zach, by=manager, remove_texts=True)
    # Nothing has been committed here.
    assert all(file.storage.exists(file.name) for file in stored)


@pytest.mark.parametrize("name", ["Zoë Ćirić-Å", "Ωμέγα Άλφα", "李 小龙", "Jo O'Neil"])
def test_names_are_found_in_any_case_spacing_and_alphabet(acme, manager, name):
    author = factories.member(acme, "adam@acme.example", name="Adam Author")
    person = factories.member(acme, "person@acme.example", name=name)
    field = factories.ticket_field("Contact", "text")
    spellings = [name, name.upper(), name.replace(" ", "\n  ")]
    for spelling in spellings:
        ticket = factories.ticket(author, f"About {name}", f"Ask ({spelling}).", notify=False)
        actions.change_fields(ticket, by=manager, values={field.key: f"{name}: yes"})
    actions.erase_member(person, by=manager, remove_texts=False)
    assert set(Ticket.objects.values_list("subject", flat=True)) == {"About Former member"}
    assert {ticket.values[field.key] for ticket in Ticket.objects.all()} == {"Former member: yes"}
    assert set(Message.objects.values_list("body", flat=True)) == {"Ask (Former member)."}


def test_search_finds_the_ticket_but_not_the_person(zach, manager):
    def found(typed):
        return list(backend().find(Ticket.objects.all(), Query.parse(typed), notes=True))

    assert zach.ticket in found("quillfeather") and zach.ticket in found("never came")
    actions.erase_member(zach, by=manager, remove_texts=False)
    assert found("quillfeather") == [] and zach.ticket in found("never came")


def test_user_is_signed_out_and_deactivated(zach, manager, home):
    assert zach.browser.get("/support/profile/").status_code == 200
    actions.erase_member(zach, by=manager, remove_texts=False)
    response = zach.browser.get("/support/profile/")
    assert response.url.startswith("/accounts/login/")
    user = get_user_model().objects.get(pk=zach.user_id)
    assert not user.is_active and not user.has_usable_password()
    rows = Member.objects.filter(user=user)
    assert rows.count() == 2 and all(not row.role.gives_access for row in rows)
    assert {row.name for row in rows} == {"Former member"}
    # The address gets no code either, unless it can join through a verified domain.
    OrganizationDomain.objects.all().delete()
    mail.outbox.clear()
    Client().post("/accounts/login/", {"login": ADDRESS})
    outbox.send_due()
    assert ADDRESS not in [address for message in mail.outbox for address in message.to]


def test_erased_person_gets_no_email(zach, manager):
    actions.erase_member(zach, by=manager, remove_texts=False)
    assert not Notification.objects.filter(recipient=zach.user).exists()
    mail.outbox.clear()
    actions.reply(Ticket.objects.get(pk=zach.ticket.pk), by=manager, body="Hello?")
    outbox.send_due()
    assert not [to for message in mail.outbox for to in message.to if "erased" in to]


def test_invitations_to_the_address_are_withdrawn(zach, manager):
    actions.erase_member(zach, by=manager, remove_texts=False)
    assert not Invitation.objects.open().filter(email__startswith="erased").exists()


def test_returning_person_gets_a_new_user(zach, manager, acme):
    actions.erase_member(zach, by=manager, remove_texts=False)
    again = factories.member(acme, ADDRESS, name=NAME)
    assert again.user_id != zach.user_id
    assert not Ticket.objects.visible_to(again).exists()


def test_other_people_are_unaffected(zach, manager, acme):
    twin = factories.member(acme, "zacharias@other.example", name="Zacharias Quill")
    longer = factories.member(acme, f"anna-{ADDRESS}", name="Anna")
    ticket = factories.ticket(
        twin, "Mine", f"I am not {NAME}, write to anna-{ADDRESS}", notify=False
    )
    actions.erase_member(zach, by=manager, remove_texts=True)
    assert Member.objects.get(pk=twin.pk).name == "Zacharias Quill"
    assert Member.objects.get(pk=longer.pk).email == f"anna-{ADDRESS}"
    body = ticket.messages.get().body
    assert body == f"I am not Former member, write to anna-{ADDRESS}"
    of_admin = SavedFilter.objects.get()
    assert of_admin.query == "tab=open"


def test_single_word_name_is_not_replaced_in_texts(acme, home, manager):
    will = factories.member(acme, "will@quill.example", name="Will")
    ticket = factories.ticket(will, "It will not work", "I will wait", notify=False)
    log(will, "wagtail.edit", user=manager.user)
    actions.erase_member(will, by=manager, remove_texts=False)
    ticket.refresh_from_db()
    assert ticket.subject == "It will not work"
    assert ticket.messages.get().body == "I will wait"
    assert not ModelLogEntry.objects.filter(label="Will").exists()


def test_personal_organization_is_renamed(home, manager):
    settings = PortalSettings.for_site(home.get_site())
    settings.strangers_may_join = True
    settings.save()
    user = actions.provision_user("zoraida@outsider.example")
    member = actions.create_own_organization(
        user, email="zoraida@outsider.example", site=home.get_site()
    )
    actions.erase_member(member, by=manager, remove_texts=False)
    assert traces(("zoraida", "outsider.example")) == {}
    member.organization.refresh_from_db()
    assert member.organization.name == "Former member"


def test_log_entry_does_not_contain_the_name(zach, manager, acme, as_member):
    actions.erase_member(zach, by=manager, remove_texts=True)
    entries = ModelLogEntry.objects.filter(action="wagtail_portal.erase_member")
    assert {entry.label for entry in entries} == {"Acme", "Globex"}
    assert all(entry.user == manager.user for entry in entries)
    admin = Member.objects.get(user__email="ada@acme.example")
    page = as_member(admin).get("/support/members/history/").content.decode()
    assert "A member was erased" in page and "Zacharias" not in page


@pytest.mark.parametrize("kind", ["staff", "superuser", "group", "inactive staff"])
def test_team_members_cannot_be_erased(acme, manager, kind):
    agent = factories.agent(email="robin@company.example")
    if kind != "group":
        agent.groups.clear()
        agent.is_staff, agent.is_superuser = kind != "superuser", kind == "superuser"
        agent.is_active = kind != "inactive staff"
        agent.save()
    member = factories.member(acme, agent.email)
    assert member.user == agent
    with pytest.raises(Invalid, match="Remove this user’s access"):
        actions.erase_member(member, by=manager, remove_texts=True)
    agent.refresh_from_db()
    assert agent.email == "robin@company.example" and actions.why_not_erased(agent, by=manager)


def test_permission_is_required(dana, acme):
    admin = factories.member(acme, role=Role.ADMIN)
    for by in (Actor.for_agent(factories.agent()), Actor.for_member(admin)):
        with pytest.raises(NotAllowed):
            actions.erase_member(dana, by=by, remove_texts=False)
    assert dana.user.groups.count() == 0
    assert Permission.objects.filter(codename="delete_member").exists()


def test_erasing_twice_changes_nothing_more(zach, manager):
    actions.erase_member(zach, by=manager, remove_texts=False)
    before = Message.objects.values_list("body", flat=True)
    bodies = list(before)
    actions.erase_member(Member.objects.get(pk=zach.pk), by=manager, remove_texts=False)
    assert list(before.all()) == bodies


def test_other_members_exports_contain_no_trace(zach, manager, as_member):
    import zipfile

    actions.erase_member(zach, by=manager, remove_texts=False)
    admin = Member.objects.get(user__email="ada@acme.example")
    response = as_member(admin).post("/support/profile/data/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert "Quillfeather" not in archive.read("data.json").decode()


def test_invitations_in_their_name_end(acme, home, manager):
    admin = factories.member(acme, ADDRESS, name=NAME, role=Role.ADMIN)
    actions.invite_member(acme, by=Actor.for_member(admin), email="new@acme.example")
    actions.invite_member(acme, by=manager, email="other@acme.example")
    mail.outbox.clear()
    actions.erase_member(admin, by=manager, remove_texts=False)
    assert Invitation.objects.open().get().email == "other@acme.example"
    outbox.send_due()
    assert [message.to for message in mail.outbox] == [["other@acme.example"]]
    assert "Quillfeather" not in str([message.body for message in mail.outbox])


def test_erased_person_gets_no_access_back(acme, manager):
    admin, person = factories.member(acme, role=Role.ADMIN), factories.member(acme)
    # Just before, an admin removed the access, and could undo that.
    actions.revoke_access(person, by=Actor.for_member(admin))
    actions.erase_member(person, by=manager, remove_texts=False)
    person = Member.objects.get(pk=person.pk)
    with pytest.raises(Invalid, match="already been erased"):
        actions.restore_access(person, by=Actor.for_member(admin))
    with pytest.raises(Invalid, match="already been erased"):
        actions.change_role(person, by=manager, role=admin.role)
    assert not Member.objects.get(pk=person.pk).role.gives_access


def test_texts_that_were_kept_can_still_be_erased(dana, manager):
    """Two managers decide about the same person at once."""
    ticket = factories.ticket(dana, "A secret", "Another secret")
    runs = [actions.begin_erasure(dana, by=manager, remove_texts=texts) for texts in (False, True)]
    for run in runs:
        assert actions.continue_erasure(run).done == 1
    assert ticket.messages.get().body == Ticket.objects.get().subject == "Erased"


def test_changes_of_fields_are_erased_and_their_tickets_can_still_be_read(
    home, dana, acme, manager
):
    text = factories.ticket_field("Contact", "text")
    choice = factories.ticket_field("Product", choices=[("Web", "blue")])
    key = choice.choices.get().key
    colleague = factories.member(acme, role=Role.ADMIN)
    own, shared = factories.ticket(dana), factories.ticket(colleague)
    actions.follow(shared, member=dana, by=Actor.for_member(colleague))
    agent = Actor.for_agent(factories.agent())
    for field in (text, choice):
        designate(own, field, on_ticket=True, editable=True)
    for ticket in (own, shared):
        values = {text.key: "My parcel", choice.key: key}
        actions.change_fields(ticket, by=Actor.for_member(dana), values=values)
        actions.change_fields(ticket, by=agent, values={text.key: "It arrived"})
    actions.erase_member(Member.objects.get(pk=dana.pk), by=manager, remove_texts=True)

    def logged(ticket):
        found = TicketLogEntry.objects.filter(ticket=ticket, action__endswith=".change_fields")
        return [row.data["changes"] for row in found.order_by("pk")]

    by_dana = {text.key: [None, "Erased"], choice.key: [None, key]}
    assert logged(own) == [by_dana, {text.key: ["Erased", "Erased"]}]
    assert logged(shared) == [by_dana, {text.key: ["My parcel", "It arrived"]}]
    sent = Notification.objects.filter(event="fields_changed", actor=dana.user)
    assert sent and "parcel" not in str(list(sent.values_list("data")))
    customer, team = Client(), Client()
    customer.force_login(colleague.user, backend=BACKEND)
    team.force_login(agent.user)
    for ticket in (own, shared):
        page = customer.get(f"/support/tickets/{ticket.number}/")
        assert "Contact set to Erased" in page.content.decode()
        page = team.get(reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[ticket.pk]))
        assert "Contact: – → Erased" in page.content.decode()


def test_what_is_saved_a_moment_later_is_refused(dana, home, manager):
    by, form = Actor.for_member(dana), factories.form_page(home)
    actions.erase_member(Member.objects.get(pk=dana.pk), by=manager, remove_texts=True)
    for save, arguments in (
        (actions.save_form_draft, {"form": form, "data": {"subject": ["A secret"]}}),
        (actions.change_profile, {"name": dana.name, "time_zone": "Europe/Berlin"}),
        (actions.change_notification_preferences, {"choices": {}, "watches": True}),
    ):
        with pytest.raises(NotAllowed):
            save(by=by, **arguments)
        # As before the lock.
        by.user.is_active, by.member.role = True, Role.objects.get(key=Role.MEMBER)
    for model in (FormDraft, Profile, NotificationPreferences):
        assert not model.objects.exists()
