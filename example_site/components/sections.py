"""The page's sections, in order, each with specimens of one kind."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import get_template
from django.utils.text import slugify

from wagtail_portal.utils import markup

from . import conversation, entrance, fields, lists, people
from .stage import Stage, opened

MARKDOWN = "A message, as it's *rendered*: https://docs.example/ and ~~no~~ `yes`."


@dataclass
class Specimen:
    """One component in one state.

    :ivar width: ``""`` for full width, ``"column"``, ``"entrance"``, or ``"menu"`` for menus.
    """

    label: str
    html: str
    width: str = ""


@dataclass
class Section:
    title: str
    specimens: list[Specimen] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """The fragment of the section's URL."""
        return slugify(self.title)


def sections(stage: Stage) -> list[Section]:
    """Return all sections."""
    made = [
        ("Text", _text(stage)),
        ("Icons", [("Every icon", stage.atom("icons", icons=icons()))]),
        ("Buttons", [("Every kind", stage.atom("buttons"))]),
        ("Notices", _notices(stage)),
        ("Labels", _labels(stage)),
        ("Menus", _menus(stage)),
        ("Fields", _fields(stage)),
        ("Ticket list", lists.specimens(stage)),
        ("Conversation", conversation.specimens(stage)),
        ("Members and profile", people.specimens(stage)),
        ("Sign-in and access", entrance.specimens(stage)),
    ]
    return [Section(title, [Specimen(*row) for row in rows]) for title, rows in made]


def icons() -> list[str]:
    """Return the names of all icons in the sprite."""
    source = Path(get_template("wagtail_portal/includes/icons.html").origin.name)
    return re.findall(r'id="portal-icon-([\w-]+)"', source.read_text(encoding="utf-8"))


def _text(stage):
    return [
        ("Titles and text", stage.atom("text", written=markup.render(MARKDOWN))),
        (
            "Empty",
            stage.part("includes/empty", title="All caught up", text="Nothing is waiting."),
        ),
        (
            "Empty, with an action",
            stage.part(
                "includes/empty",
                title="No tickets yet",
                action_url="#",
                action_label="Open a ticket",
            ),
        ),
    ]


def _notices(stage):
    levels = ("info", "success", "warning", "error")
    said = [
        Message(getattr(constants, level.upper()), f"What happened ({level}).") for level in levels
    ]
    content = [
        {
            "kind": "announcement",
            "severity": level,
            "title": f"An announcement ({level})",
            "html": "<p>With text and <a href='#'>a link</a>.</p>",
        }
        for level in levels
    ]
    links = [{"url": "#", "label": "One"}, {"url": "#", "label": "Another"}]
    content += [
        {"kind": "text", "html": "<p>Editors’ text above the list.</p>"},
        {"kind": "links", "title": "Links", "links": links},
        {"kind": "forms", "title": "Forms", "links": links},
    ]
    layout = stage.layout()
    looking = {"name": layout.name, "member": stage.member, "usual": stage.others[0]}
    looking["viewing"] = {"url": "#", "end_url": "#", "minutes": 12}
    looking["back_at"] = stage.tickets[0].opened_at + timedelta(days=7)
    return [
        ("Messages", stage.atom("messages", levels=said)),
        ("Editors’ content", stage.part("home_content/home_content", content=content)),
        ("Outside support hours", stage.part("includes/support_hours", portal=looking)),
        ("Another organization", stage.part("includes/other_organization", portal=looking)),
        ("Viewing as a member", stage.part("view_as/banner", portal=looking)),
    ]


def _labels(stage):
    states = ("new", "waiting_on_us", "waiting_on_customer", "on_hold", "closed")
    statuses = "".join(
        stage.part(
            "includes/status",
            status={"state": state, "label": state.replace("_", " ").capitalize()},
        )
        for state in states
    )
    tag = {"label": "Severity", "value": "High", "url": "#"}
    listed = {"active_filters": [tag, tag], "clear_url": "#"}
    return [
        ("Statuses", stage.atom("row", html=statuses)),
        ("Values of every type", stage.atom("values", values=fields.values())),
        ("Tags", stage.part("ticket_list/active_filters", list=listed)),
        ("Avatars, counts, numbers, states", stage.atom("labels")),
    ]


def _menus(stage):
    return [
        (f"{name}, {state}", look(stage.part(include)), "menu")
        for name, include in (
            ("Organization", "includes/organization_menu"),
            ("User", "includes/user_menu"),
            ("Header links", "includes/header_links"),
        )
        for state, look in (("closed", str), ("open", opened))
    ]


def _fields(stage):
    mistaken = fields.with_mistakes()
    fresh = fields.form()
    between = [{"kind": "heading", "text": "A heading between questions"}]
    between.append({"kind": "rich_text", "html": "Text between questions."})
    return [
        (
            "Every question",
            stage.atom("form", form=fresh, rows=[*between, *fresh.layout]),
            "column",
        ),
        ("With errors", stage.atom("form", form=mistaken, rows=mistaken.layout), "column"),
        ("While files are being uploaded", stage.atom("uploads"), "column"),
        (
            "A review of all answers",
            stage.page("wagtail_portal/ticket_form/review.html", **fields.review()),
            "column",
        ),
    ]
