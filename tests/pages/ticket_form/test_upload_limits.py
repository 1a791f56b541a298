"""Uploads rejected before the form is submitted, by the question's limits or by size."""

import io
import tracemalloc

import pytest

from tests import factories
from tests.factories import block
from wagtail_portal.models import Attachment, Role

BOUNDARY = "a-line-that-is-in-no-file"
LOG = "88888888-8888-4888-8888-888888888888"


@pytest.fixture
def form(home):
    own = {"label": "Log", "help_text": "", "required": False, "max_mb": None, "types": "log"}
    return factories.form_page(
        home,
        [
            block("subject"),
            block("attachments", types="pdf", max_mb=1),
            block("question_file", own, id=LOG),
        ],
    )


def send(browser, name, content=b"x", **data):
    return browser.post("/support/uploads/", {"file": factories.upload(name, content), **data})


def test_limits_of_the_question_apply_to_early_uploads(browser, form):
    of_form = {"form": form.pk, "question": "attachments"}
    answer = send(browser, "notes.txt", **of_form)
    assert answer.status_code == 400
    assert answer.json()["error"] == "“notes.txt” can’t be attached. Allowed file types: pdf."
    answer = send(browser, "big.pdf", b"%PDF-" + b"x" * 1024 * 1024, **of_form)
    assert "is too large. Files can be up to 1\xa0MB" in answer.json()["error"]
    assert send(browser, "server.txt", form=form.pk, question=f"q-{LOG}").status_code == 400
    assert not Attachment.objects.exists()
    assert send(browser, "ok.pdf", b"%PDF-", **of_form).status_code == 200
    assert send(browser, "server.log", form=form.pk, question=f"q-{LOG}").status_code == 200


def test_unknown_question_falls_back_to_the_portals_limits(browser, form, home):
    hidden = factories.form_page(home, [block("attachments", types="pdf")], slug="h", title="H")
    hidden.for_roles.set([Role.objects.get(key=Role.ADMIN)])
    hidden.save()
    for data in (
        {"form": "x"},
        {"form": "9" * 30},
        {"form": home.pk, "question": "attachments"},
        {"form": form.pk, "question": "subject"},
        {"form": form.pk, "question": "nothing"},
        {"form": hidden.pk, "question": "attachments"},
    ):
        assert send(browser, "notes.txt", **data).status_code == 200


def test_page_contains_the_limits_for_the_script(browser, form):
    page = browser.get("/support/report/").content.decode()
    assert f'data-portal-form="{form.pk}"' in page
    assert 'data-max-size="1048576"' in page
    assert "“{name}” can’t be attached. Allowed file types: pdf." in page
    assert "“{name}” is too large." in page


class Body(io.RawIOBase):
    """A request body with one file of zeros, generated while it's being read."""

    def __init__(self, size, name="huge.log", cut=False):
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        ).encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        self.announced = len(head) + size + len(tail)
        # If it's cut, the connection drops after the header.
        self.parts = [head] if cut else [head, size, tail]

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.parts:
            return 0
        part = self.parts.pop(0)
        length = part if isinstance(part, int) else len(part)
        count = min(len(buffer), length)
        if isinstance(part, int):
            buffer[:count] = bytes(count)
            rest = part - count
        else:
            buffer[:count] = part[:count]
            rest = part[count:]
        if rest:
            self.parts.insert(0, rest)
        return count


def post(browser, body):
    """Stream ``body`` to the server."""
    return browser.request(
        **{
            "PATH_INFO": "/support/uploads/",
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": str(body.announced),
            "wsgi.input": io.BufferedReader(body),
        }
    )


def test_upload_of_300_mb_is_rejected_and_leaves_nothing_behind(
    browser, home, settings, tmp_path, portal_files
):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = set(portal_files.rglob("*"))
    tracemalloc.start()
    response = post(browser, Body(300 * 1024 * 1024))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert response.status_code == 400
    assert "“huge.log” is too large. Files can be up to 20" in response.json()["error"]
    # It was buffered on disk rather than in memory, and has been deleted.
    assert peak < 50 * 1024 * 1024
    response.wsgi_request.close()
    assert list(tmp_path.iterdir()) == []
    assert set(portal_files.rglob("*")) == before
    assert not Attachment.objects.exists()


def test_wrong_content_length_stores_no_file(browser, home, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    response = post(browser, Body(300 * 1024 * 1024, cut=True))
    assert response.status_code == 400
    assert "error" in response.json()
    response.wsgi_request.close()
    assert list(tmp_path.iterdir()) == []
    assert not Attachment.objects.exists()
