"""A ticket: messages, details, the reply form, and what follows once it's closed."""

from datetime import timedelta

from django.templatetags.static import static
from django.utils import timezone

from wagtail_portal.pages.forms import form_context
from wagtail_portal.pages.ticket.forms import CustomerFieldsForm, RatingForm

from .stage import opened

#: One file of each kind.
FILES = (
    ("screen.png", "image"),
    ("recording.mp4", "video"),
    ("numbers.xlsx", "table"),
    ("everything.zip", "archive"),
    ("a-log-file-with-a-name-that-goes-on-and-on-until-it-no-longer-fits.txt", "file"),
)


def specimens(stage):
    newest, solved = stage.tickets[0], stage.tickets[4]
    url = f"tickets/{newest.number}/"
    reply = f"{url}reply/"
    late = {"body": "What I wrote", "last_read": "1"}
    link = {"number": 1001, "url": "#"}
    return [
        ("The page", stage.main(url)),
        ("Expanded", opened(stage.main(url))),
        ("Private", stage.main(f"tickets/{stage.tickets[1].number}/")),
        ("Solved, with a request for a rating", stage.main(f"tickets/{solved.number}/")),
        *_expectations(stage),
        ("Messages and files", stage.atom("conversation", entries=_entries(stage), link=link)),
        ("An empty reply", stage.main(reply, {"body": ""})),
        ("A preview", stage.main(reply, {"body": "- One\n- **Two**", "preview": "page"})),
        ("A reply held back because of newer ones", stage.main(reply, late)),
        ("While dragging a file", stage.atom("dropping")),
        ("After pasting code", stage.atom("code_offer")),
        (
            "Changed by someone else in the meantime",
            stage.part("ticket/updates", **_updates(stage)),
        ),
        (
            "Locked",
            stage.part("ticket/after_conversation", locked=True, can_follow_up=True, urls={}),
        ),
        (
            "Continued",
            stage.part("ticket/after_conversation", locked=True, follow_up=link, urls={}),
        ),
        ("Merged", stage.part("ticket/after_conversation", merged=link, urls={})),
        (
            "Can be marked as solved",
            stage.part("ticket/after_conversation", can_close=True, urls={}),
        ),
        (
            "As someone outside sees it",
            stage.part(
                "guests/conversation",
                ticket=newest,
                status=newest.status,
                entries=[],
                leave_url="#",
            ),
        ),
        ("Can be reopened", stage.part("ticket/after_conversation", can_reopen=True, urls={})),
        *_ratings(stage),
        ("Conflicting changes to details", opened(_conflict(stage)), "column"),
        ("An enlarged image", stage.atom("lightbox", image=static("marketing/mark.svg"))),
        ("Followers", stage.main(f"{url}followers/"), "column"),
        ("An unknown follower", stage.main(f"{url}followers/", {"addresses": "x@y.z"}), "column"),
    ]


def _expectations(stage):
    """What customers are told until the team has replied, whatever time it is."""
    now, name = timezone.now(), "Sam"
    soon, back = now + timedelta(hours=3), {"back_at": now + timedelta(hours=14)}
    return [
        (f"What happens next: {case}", stage.part("ticket/expected", **context), "column")
        for case, context in (
            ("a reply at that time", {"expected": {"at": soon, "name": name}}),
            ("it takes longer", {"expected": {"at": now, "is_late": True}}),
            ("outside support hours", {"expected": {"name": name}, "portal": back}),
        )
    ]


def _entries(stage):
    at, files = stage.tickets[0].opened_at, []
    for name, family in FILES:
        kind = name.rpartition(".")[2].upper()
        files.append({"name": name, "kind": kind, "size": 14_336, "family": family, "url": "#"})
    picture = {**files[0], "thumbnail_url": static("marketing/mark.svg")}
    message = {"created_at": at, "url": "#", "html": "The text of a message."}
    return [
        {
            **message,
            "anchor": "a",
            "is_own": True,
            "attachments": [picture, *files],
            "answers": [{"label": "Version", "html": "2.1"}],
        },
        {
            **message,
            "anchor": "b",
            "author_name": "Kim Sample",
            "message": {"quoted": "What an email quotes."},
        },
        {"kind": "event", "text": "Status changed to Waiting on you", "created_at": at},
        {**message, "anchor": "c", "author_name": "Robin Vale", "from_team": True, "is_new": True},
    ]


def _updates(stage):
    new = [entry for entry in _entries(stage)[1:] if entry.get("from_team")]
    status = {"state": "waiting_on_customer", "label": "Waiting on you"}
    return {"new_messages": new, "status": status, "entries": []}


def _ratings(stage):
    fresh, sent = RatingForm(rating=None), RatingForm({"rating-comment": "Great help"}, rating=None)
    sent.is_valid()
    urls = {"rating": "#"}
    return [
        ("Rating", stage.part("ticket/rating", rating_form=fresh, urls=urls)),
        ("Rating with an error", stage.part("ticket/rating", rating_form=sent, urls=urls)),
        (
            "Rating given in the past",
            stage.part(
                "ticket/after_conversation", rating={"get_score_display": "Good"}, urls=urls
            ),
        ),
    ]


def _conflict(stage):
    form = CustomerFieldsForm(
        {"fields-urgency": "high", "fields-use-urgency": "mine"},
        ticket=stage.tickets[0],
        designations=stage.settings.editable,
        context=form_context(stage.request, stage.member),
    )
    form.is_valid()
    return stage.part("ticket/fields_form", fields_form=form, urls={})
