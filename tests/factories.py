"""Realistic objects for tests, created the way the product does: through its actions."""

import io
from itertools import count

import django
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from wagtail.models import Site
from wagtail.signal_handlers import disable_reference_index_auto_update

from wagtail_portal import actions
from wagtail_portal.actions.tickets._thumbnails import make_thumbnails as make_thumbnails_task
from wagtail_portal.fields.file_types import THUMBNAIL_TYPES
from wagtail_portal.models import (
    Attachment,
    Member,
    Organization,
    RateLimit,
    Role,
    Status,
    TicketField,
    TicketFieldChoice,
)
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage
from wagtail_portal.permissions import Actor

_serial = count(1)
SYSTEM = Actor.system()


def forget_limits() -> None:
    """Let everyone do again what they've done too often."""
    RateLimit.objects.all().delete()
    # allauth counts here.
    cache.clear()


def organization(name: str | None = None, **kwargs) -> Organization:
    """Create an organization."""
    return actions.create_organization(by=SYSTEM, name=name or f"Company {next(_serial)}", **kwargs)


def member(
    organization: Organization, email: str | None = None, role: str = Role.MEMBER, name: str = ""
) -> Member:
    """Create a member of an organization; ``role`` is the key of a role."""
    number = next(_serial)
    return actions.create_member(
        organization,
        by=SYSTEM,
        email=email or f"person{number}@customer.example",
        name=name or f"Person {number}",
        role=Role.objects.get(key=role),
    )


def staff(*groups: str, email: str | None = None, name: str = "Robin Agent", **kwargs):
    """Create a staff user in the named groups with the password ``secret``."""
    number = next(_serial)
    first, _space, last = name.partition(" ")
    user = get_user_model().objects.create_user(
        username=f"staff{number}",
        email=email or f"staff{number}@company.example",
        password="secret",
        first_name=first,
        last_name=last,
        **kwargs,
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def agent(**kwargs):
    """Create a support agent."""
    return staff("Support agents", **kwargs)


def ticket(requester: Member, subject: str = "The export is stuck", body: str = "Help!", **kwargs):
    """Open a ticket for the requester."""
    kwargs.setdefault("site", Site.objects.get(is_default_site=True))
    kwargs.setdefault("by", Actor.for_member(requester))
    return actions.open_ticket(requester=requester, subject=subject, body=body, **kwargs)


def status(key: str) -> Status:
    """Return a built-in status by its key."""
    return Status.objects.get(key=key)


def ticket_field(label: str, type: str = "choice", choices=(), **kwargs) -> TicketField:
    """Create a ticket field with ``(label, colour)`` pairs as choices."""
    field = TicketField.objects.create(label=label, type=type, **kwargs)
    for order, (choice, colour) in enumerate(choices):
        TicketFieldChoice.objects.create(field=field, label=choice, colour=colour, sort_order=order)
    return TicketField.objects.get(pk=field.pk)


def change(rows, **values) -> None:
    """Change each of the rows as editors do, so that nothing outdated stays in the cache."""
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def portal_home(slug: str = "support") -> PortalHomePage:
    """Create the portal of the default site at ``/support/``."""
    root = Site.objects.get(is_default_site=True).root_page
    # It's empty, so it refers to nothing.
    with disable_reference_index_auto_update():
        return root.add_child(instance=PortalHomePage(title="Support", slug=slug))


def form_page(home: PortalHomePage, blocks: list[dict] | None = None, **kwargs) -> TicketFormPage:
    """Create a form under the portal; ``blocks`` is the raw value of its StreamField."""
    kwargs = {"title": "Report a problem", "slug": "report", **kwargs}
    page = TicketFormPage(**kwargs)
    if blocks is None:
        blocks = [block("subject"), block("description", required=True), block("attachments")]
    page.questions = page._meta.get_field("questions").to_python(blocks)
    home.add_child(instance=page)
    return TicketFormPage.objects.get(pk=page.pk)


def block(type: str, value=None, id: str | None = None, **children) -> dict:
    """Return the raw value of one block of a form."""
    defaults = {"label": "", "help_text": ""}
    number = next(_serial)
    return {
        "type": type,
        "value": value if value is not None else defaults | children,
        "id": id or f"00000000-0000-4000-8000-{number:012d}",
    }


def show_if(question: str, *values: str, operator: str = "equals") -> dict:
    """Return the rule of a question that depends on one other."""
    row = {"question": question, "operator": operator, "values": list(values)}
    return {"match": "all", "conditions": [row]}


def upload(name: str = "log.txt", content: bytes = b"line 1\nline 2\n") -> SimpleUploadedFile:
    """Return a file as uploaded by a browser."""
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def picture(
    name: str = "plan.png", size=(600, 400), mode: str = "RGB", **kwargs
) -> SimpleUploadedFile:
    """Return an image as uploaded by a browser."""
    content = io.BytesIO()
    kind = {"jpg": "jpeg", "heic": "heif"}.get(suffix := name.rpartition(".")[2], suffix)
    Image.new(mode, size).save(content, kind, **kwargs)
    return upload(name, content.getvalue())


def admins(address: str) -> list:
    """Return ``ADMINS`` with one address. Before Django 6.0, it needs a name."""
    return [address] if django.VERSION >= (6, 0) else [("Admin", address)]


def make_thumbnails() -> None:
    """Make the thumbnails of all images, as the task does once the transaction has committed."""
    images = Attachment.objects.filter(content_type__in=THUMBNAIL_TYPES)
    make_thumbnails_task.call([str(pk) for pk in images.values_list("pk", flat=True)])
