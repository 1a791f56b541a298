"""Files as values of ticket fields and as answers to questions."""

import re

import pytest

from tests import factories
from tests.factories import block
from tests.pages.ticket_form.review import send_review
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Attachment, DesignatedField, PortalSettings, Ticket
from wagtail_portal.permissions import Actor

URL = "/support/report/"
LOG = "66666666-6666-4666-8666-666666666666"
KEPT = re.compile(rf'name="(field-contract|q-{LOG})-kept" value="([^"]+)"')


@pytest.fixture
def field(db):
    return factories.ticket_field("Contract", type="file")


@pytest.fixture
def form(home, field):
    own = {"label": "Log", "help_text": "", "required": False, "max_mb": 1, "types": "txt log"}
    return factories.form_page(
        home,
        [
            block("subject"),
            block("ticket_field", field=field.pk, required=False, width="full"),
            block("question_file", own, id=LOG),
        ],
    )


@pytest.fixture
def desk(db, client):
    client.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def designate(home, field):
    settings = PortalSettings.for_site(home.get_site())
    return DesignatedField.objects.create(settings=settings, ticket_field=field)


def send(browser, **data):
    names = {"contract": "field-contract", "log": f"q-{LOG}"}
    return browser.post(URL, {"subject": "x", **{names.get(k, k): v for k, v in data.items()}})


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def status(browser, file) -> int:
    response = browser.get(f"/support/files/{file.pk}/")
    if response.streaming:
        body(response)
    return response.status_code


def test_files_are_stored_and_linked(browser, home, form, field, desk, portal_files):
    designate(home, field)
    response = send(
        browser,
        contract=factories.upload("contract.pdf", b"%PDF-1.7"),
        log=factories.upload("server.log", b"line"),
    )
    assert response.status_code == 302
    ticket = Ticket.objects.get()
    contract, log = Attachment.objects.order_by("name")
    assert ticket.values == {
        "contract": {"id": str(contract.pk), "name": "contract.pdf", "size": 8}
    }
    (answer,) = ticket.answers
    assert answer["value"] == {"id": str(log.pk), "name": "server.log", "size": 4}
    assert answer["display"] == "server.log"
    assert not ticket.messages.get().attachments.exists()
    form.delete()
    page = browser.get(response.url).content.decode()
    for file, content in ((contract, b"%PDF-1.7"), (log, b"line")):
        url = f"/support/files/{file.pk}/"
        assert f'href="{url}"' in page
        assert body(browser.get(url)) == content
    assert "contract.pdf" in browser.get("/support/").content.decode()
    screen = f"/admin/snippets/wagtail_portal/ticket/edit/{ticket.pk}/"
    page = desk.get(screen).content.decode()
    for file in (contract, log):
        url = f"/admin/snippets/wagtail_portal/ticket/files/{file.pk}/{file.name}/"
        assert f'href="{url}"' in page
        assert body(desk.get(url))


def test_files_require_access_to_the_ticket(browser, home, form, field, as_member, acme):
    row = designate(home, field)
    send(
        browser,
        contract=factories.upload("contract.pdf", b"%PDF-1.7"),
        log=factories.upload("server.log"),
    )
    files = list(Attachment.objects.all())
    for outsider in (factories.member(acme), factories.member(factories.organization())):
        for file in files:
            assert status(as_member(outsider), file) == 404
    # The file of a field is hidden with the field; an answer stays visible.
    row.delete()
    statuses = {file.name: status(browser, file) for file in files}
    assert statuses == {"contract.pdf": 404, "server.log": 200}
    designate(home, field)
    type(field).objects.filter(pk=field.pk).update(archived=True)
    contract = next(file for file in files if file.name == "contract.pdf")
    assert status(browser, contract) == 404


def test_files_are_kept_after_an_error(browser, form):
    page = send(
        browser,
        subject="",
        contract=factories.upload("contract.pdf", b"%PDF-1.7"),
        log=factories.upload("server.log"),
    ).content.decode()
    kept = {f"{name}-kept": value for name, value in KEPT.findall(page)}
    assert set(kept) == {"field-contract-kept", f"q-{LOG}-kept"}
    assert send(browser, **kept).status_code == 302
    stored = Ticket.objects.get().values["contract"]
    assert f"{stored['id']}/contract.pdf" == kept["field-contract-kept"]
    assert Attachment.objects.exclude(ticket=None).count() == 2


def test_second_upload_replaces_the_first(browser, form):
    page = send(browser, subject="", log=factories.upload("a.log")).content.decode()
    kept = {f"{name}-kept": pk for name, pk in KEPT.findall(page)}
    send(browser, **kept, log=factories.upload("b.log"))
    assert Ticket.objects.get().answers[0]["display"] == "b.log"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"x", "can’t be attached"),
        ("server.pdf", b"%PDF-", "Allowed file types: log, txt."),
        ("server.log", b"", "is empty"),
        ("big.log", b"x" * (1024 * 1024 + 1), "is too large"),
    ],
)
def test_limits_of_the_question_apply(browser, form, name, content, words):
    page = send(browser, log=factories.upload(name, content)).content.decode()
    assert words in page
    assert not Ticket.objects.exists()


def test_single_file_input_accepts_one_file(browser, form):
    page = browser.get(URL).content.decode()
    inputs = re.findall(r"<input type=\"file\"[^>]*>", page)
    assert len(inputs) == 2
    assert not any(" multiple" in found for found in inputs)
    sent = [factories.upload("a.log"), factories.upload("b.log")]
    assert "You can attach only 1 file" in send(browser, log=sent).content.decode()


def test_upload_of_another_person_cannot_be_used(browser, form, as_member, acme):
    other = as_member(factories.member(acme))
    upload = other.post("/support/uploads/", {"file": factories.upload("server.log")}).json()["id"]
    response = send(browser, **{f"q-{LOG}-kept": upload, "field-contract-kept": upload})
    assert "An attached file is no longer available" in response.content.decode()
    assert not Ticket.objects.exists()
    assert Attachment.objects.unsent().count() == 1


def test_upload_can_only_be_used_once(browser, form):
    upload = browser.post("/support/uploads/", {"file": factories.upload("a.log")}).json()["id"]
    send(browser, **{f"q-{LOG}-kept": upload})
    again = send(browser, subject="Another one", **{f"q-{LOG}-kept": upload})
    assert "“a.log” is no longer available" in again.content.decode()
    assert Ticket.objects.get().answers[0]["value"]["id"] == upload


def test_file_in_a_form_with_steps(browser, home):
    own = {"label": "Log", "help_text": "", "required": True, "max_mb": None, "types": ""}
    factories.form_page(
        home,
        [block("subject"), block("question_file", own, id=LOG), block("step", "More")]
        + [block("description")],
    )
    response = send(browser, log=factories.upload("a.log"))
    assert response.url == f"{URL}?step=2"
    assert "a.log" in browser.get(URL).content.decode()
    send_review(browser, browser.post(response.url, {"description": "d"}).url)
    assert Ticket.objects.get().answers[0]["display"] == "a.log"


def test_team_can_replace_and_clear_the_file(desk, dana, home, field):
    ticket = factories.ticket(dana)
    url = f"/admin/snippets/wagtail_portal/ticket/edit/{ticket.pk}/"
    note = factories.ticket_field("Note", type="text")

    def save(**data):
        response = desk.post(
            f"{url}save/", {f"fields-field-{key}": value for key, value in data.items()}
        )
        assert response.status_code == 302
        ticket.refresh_from_db()
        return ticket.values.get("contract")

    first = save(contract=factories.upload("one.pdf", b"%PDF-"))
    assert first["name"] == "one.pdf"
    page = desk.get(url).content.decode()
    assert f'value="{first["id"]}/one.pdf"' in page
    kept = {"contract-kept": first["id"]}
    assert save(**kept, **{note.key: "x"}) == first
    assert ticket.log_entries.filter(action="wagtail_portal.change_fields").count() == 2
    second = save(**kept, contract=factories.upload("two.pdf", b"%PDF-"))
    assert second["name"] == "two.pdf"
    assert "one.pdf → two.pdf" in desk.get(url).content.decode()
    taken_out = {"contract-kept": second["id"], "contract-remove": second["id"]}
    assert save(**taken_out) is None


def test_action_accepts_files_and_rejects_invalid_ones(dana, field, portal_files):
    system = Actor.system()
    ticket = factories.ticket(dana, by=system, values={"contract": factories.upload("a.txt")})
    assert ticket.values["contract"]["name"] == "a.txt"
    assert ticket.files.get().field_key == "contract"
    before = sum(path.is_file() for path in portal_files.rglob("*"))
    for bad in (factories.upload("a.exe"), {"id": "nonsense"}, "text"):
        with pytest.raises(Invalid):
            actions.change_fields(ticket, by=system, values={"contract": bad})
    assert sum(path.is_file() for path in portal_files.rglob("*")) == before


def test_files_are_deleted_with_the_ticket(
    dana, field, portal_files, django_capture_on_commit_callbacks
):
    system = Actor.system()
    ticket = factories.ticket(dana, by=system, values={"contract": factories.upload("a.txt")})
    path = portal_files / ticket.files.get().file.name
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        actions.delete_ticket(ticket, by=system)
    assert not path.exists()
    assert not Attachment.objects.exists()


def test_file_of_a_field_is_not_discarded(dana, field):
    from datetime import timedelta

    factories.ticket(dana, by=Actor.system(), values={"contract": factories.upload("a.txt")})
    assert actions.discard_uploads(older_than=timedelta(0)) == 0


def test_filter_by_whether_a_file_was_uploaded(dana, field):
    system = Actor.system()
    having = factories.ticket(dana, by=system, values={"contract": factories.upload("a.txt")})
    without = factories.ticket(dana)
    kind = field.field_type
    assert kind.filter_field(field.spec()).clean(["yes"]) == ["yes"]
    assert list(Ticket.objects.filter(kind.filter_q("contract", ["yes"]))) == [having]
    assert list(Ticket.objects.filter(kind.filter_q("contract", ["no"]))) == [without]
    both = Ticket.objects.filter(kind.filter_q("contract", ["yes", "no"]))
    assert set(both) == {having, without}
