"""The ticket list and its controls."""

from .stage import opened

OLDER = {"older": "4", "older_count": 4, "is_narrowed": True, "any_time_url": "#"}


def specimens(stage):
    more = {"next_url": "#", "previous_url": "#", "list": {"order": {"is_default": True}}}
    rows = [
        ("The page", stage.main("?tab=all&period=all")),
        ("Searched", stage.main("?q=report&tab=all")),
        ("Everything expanded", opened(stage.main("?tab=all&period=all&urgency=high")), "open"),
        ("Older tickets", stage.part("ticket_list/older", rows=True, list=OLDER)),
        ("Pagination", stage.part("ticket_list/pagination", **more)),
        ("Saved filters", opened(stage.main("filters/")), "column"),
        ("A filter that cannot be saved", stage.main("filters/", {"name": ""}), "column"),
    ]
    cases = ("page", "older", "nothing_matches", "tab", "")
    addresses = {"url": "#", "any_time_url": "#", "clear_url": "#"}
    rows += [
        (f"Empty ({case or 'no tickets'})", stage.part("ticket_list/empty", **context))
        for case in cases
        for context in [{"empty": case, "can_open": True, "list": addresses}]
    ]
    return rows
