"""Members, the profile, and the team's pages."""

from wagtail_portal.pages.account.address_views import CodeForm
from wagtail_portal.pages.account.profile_views import ProfileForm

from .stage import opened

LANGUAGES = {
    "languages": [
        {"url": "#", "code": "en", "name": "English", "is_current": True},
        {"url": "#", "code": "de", "name": "Deutsch"},
    ]
}


def specimens(stage):
    more = {"next_url": "#", "previous_url": "#"}
    entry = {"text": "Kim Sample joined", "author": "Alex Sample"}
    entry["created_at"] = stage.tickets[0].opened_at
    members = [stage.member, *stage.others]
    return [
        ("Members", stage.main("members/")),
        ("A question for the name", stage.part("includes/ask_name", portal={"name_url": "#"})),
        ("Languages", stage.part("includes/footer", portal={"shows_languages": True, **LANGUAGES})),
        (
            "An invitation with an error",
            stage.main("members/invite/", {"addresses": "x", "role": stage.member.role_id}),
        ),
        ("No members found", stage.main("members/?q=zebra")),
        ("Pagination", stage.part("members/pagination", **more)),
        ("Pagination with numbers", stage.part("members/pages", **more, **_pages())),
        ("History", stage.page("wagtail_portal/members/history.html", entries=[entry]), "column"),
        ("Profile", stage.page("wagtail_portal/account/profile.html", **_profile(stage)), "column"),
        ("Email addresses", stage.main("profile/addresses/"), "column"),
        (
            "An email address to verify",
            stage.page("wagtail_portal/account/addresses.html", **_addresses(stage)),
            "column",
        ),
        ("Notifications", stage.main("notifications/"), "column"),
        ("Organizations", stage.main("organization/"), "column"),
        ("Forms", stage.main("new/"), "column"),
        (
            "View as member",
            stage.page("wagtail_portal/view_as/choose_member.html", members=members),
            "column",
        ),
        ("Who can see a ticket", opened(_visibility(stage)), "column"),
    ]


def _visibility(stage):
    return stage.part("ticket/visibility", ticket={"private": True}, can_set_privacy=True, urls={})


def _pages():
    entries = [{"number": number, "url": "#"} for number in (1, 2, 3)]
    entries[1]["current"] = True
    gap, last = {"number": "…", "url": None}, {"number": 9, "url": "#"}
    return {"list_url": "", "table": {"pages": [*entries, gap, last]}}


def _addresses(stage):
    form = CodeForm({"code": ""})
    return {
        "addresses": [
            {"email": stage.member.email, "is_primary": True},
            {"email": "kim@another.invalid"},
        ],
        "pending": "sample@another.invalid",
        "code_form": form,
        "code_errors": form.errors["code"],
        "profile_url": "#",
    }


def _profile(stage):
    at = stage.tickets[0].opened_at
    session = {"created_at": at, "last_seen_at": at, "ip": "192.0.2.1"}
    sessions = [
        {
            "browser": "Firefox on Linux",
            "session": session,
            "is_current": True,
            "was_used": True,
        },
        {"browser": "Safari on iPhone", "session": session},
    ]
    form = ProfileForm(None, member=stage.member)
    return {
        "form": form,
        "email": stage.member.email,
        "sessions": sessions,
        "can_sign_out": True,
        "own_data_url": "#",
    }
