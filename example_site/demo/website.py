"""The content and structure of Millrace's pages."""

from wagtail.models import Page, Site

from example_site.marketing.models import ContentPage, HomePage

HOME = {
    "title": "Millrace",
    "headline": "Data that arrives, every time it should",
    "introduction": (
        "Millrace carries data between the systems you already have: on time, in order, and with "
        "a plain message when something goes wrong."
    ),
    "search_description": "Millrace moves data between the systems your company already has.",
    "body": [
        (
            "run",
            {
                "title": "Orders → Warehouse",
                "schedule": "every 15 minutes",
                "steps": [
                    {"time": "06:15:02", "step": "read orders_db.orders", "result": "12,480 rows"},
                    {"time": "06:15:09", "step": "mask email, phone", "result": "12,480 rows"},
                    {"time": "06:15:31", "step": "write warehouse.orders", "result": "12,480 rows"},
                    {"time": "06:15:50", "step": "compare counts", "result": "equal"},
                ],
                "outcome": "Finished in 48 seconds. Next run at 06:30.",
            },
        ),
        (
            "features",
            {
                "heading": "Quiet, until you need to know",
                "points": [
                    {
                        "title": "It counts what it carries",
                        "text": "Every run compares what was read with what was written. "
                        "A difference of a single row stops the flow and tells you which one.",
                    },
                    {
                        "title": "It waits, then continues",
                        "text": "When a system is down, Millrace keeps its place and picks up "
                        "where it left off. Nothing is loaded twice, and nothing is left out.",
                    },
                    {
                        "title": "It stays in your network",
                        "text": "The Runner works inside your network and opens no port. "
                        "Rows travel between your systems, not through ours.",
                    },
                ],
            },
        ),
        (
            "quote",
            {
                "text": "We used to find out on Monday that Friday's export had failed. Now we "
                "find out on Friday, and usually it's already been fixed.",
                "name": "Maren Tolk",
                "position": "head of data at Brightwater Foods",
            },
        ),
        (
            "code",
            {
                "caption": "A flow is a file. Keep it in your repository, review it, roll it back.",
                "code": """\
flow: orders-to-warehouse
every: 15m

read:
  from: postgresql/orders_db
  table: orders
  since: updated_at

steps:
  - mask: [email, phone]

write:
  to: warehouse/orders
  key: order_id""",
            },
        ),
    ],
}

PAGES = [
    {
        "slug": "product",
        "title": "Product",
        "introduction": "Three parts, each doing one thing: flows say what should happen, "
        "the Runner does it, and the console shows what happened.",
        "body": [
            (
                "text",
                "<h2>Flows</h2><p>A flow reads from one system, transforms the data on the way, "
                "and writes to another. Describe it in a short file or build it in the console: "
                "both are equivalent, and you can switch between them.</p><p>A flow knows its "
                "place. It remembers the last row that arrived safely, and starts from there, "
                "whether the pause was a second or a weekend.</p><h2>Runner</h2><p>The Runner is "
                "a single program for Linux. Install it next to your databases, give it a key, "
                "and it fetches its work from Millrace over one outgoing connection. If you’d "
                "rather not run anything yourself, you can use ours.</p><h2>Console and command "
                "line</h2><p>The console shows every run with its counts and its log. Anything it "
                "can do, you can do from the command line and the API too:</p>",
            ),
            (
                "code",
                {
                    "caption": "Look at the last run and repeat one of its steps",
                    "code": "$ mill runs last orders-to-warehouse\n"
                    "run 8f21c4   finished   48 s   12,480 read   12,480 written\n\n"
                    "$ mill runs repeat 8f21c4 --from write",
                },
            ),
            (
                "features",
                {
                    "heading": "More than thirty connectors",
                    "points": [
                        {
                            "title": "Databases",
                            "text": "PostgreSQL, MariaDB, MySQL, SQL Server, Oracle, SQLite. Full "
                            "loads, increments by a column, or the change log.",
                        },
                        {
                            "title": "Files",
                            "text": "CSV, JSON, Parquet and fixed-width files, over SFTP, from "
                            "S3-compatible storage or a shared folder.",
                        },
                        {
                            "title": "Everything else",
                            "text": "REST and SOAP services, message queues, spreadsheets, and "
                            "incoming webhooks. If it responds, Millrace can probably read it.",
                        },
                    ],
                },
            ),
        ],
    },
    {
        "slug": "pricing",
        "title": "Pricing",
        "introduction": "You pay for rows that arrive, in steps of a million a month. Failed runs "
        "are free, and so are users.",
        "body": [
            (
                "plans",
                [
                    {
                        "name": "Team",
                        "price": "€ 180 a month",
                        "for_whom": "For the first few flows",
                        "points": [
                            "5 million rows",
                            "10 flows",
                            "Our Runner",
                            "Replies within a day",
                        ],
                    },
                    {
                        "name": "Business",
                        "price": "€ 640 a month",
                        "for_whom": "When others depend on it",
                        "points": [
                            "40 million rows",
                            "Any number of flows",
                            "Your own Runners",
                            "Single sign-on",
                            "Replies within four hours",
                        ],
                    },
                    {
                        "name": "Enterprise",
                        "price": "Contact us",
                        "for_whom": "When it can’t stop",
                        "points": [
                            "As many rows as you need",
                            "Staging environment",
                            "Audit log and data residency",
                            "Someone on call, day and night",
                        ],
                    },
                ],
            ),
            (
                "text",
                "<h2>What counts as a row</h2><p>A row counts once, when it has been written and "
                "the counts agree. Repeating a run does not count it again. Backfills of your own "
                "history are free for the first thirty days of a flow.</p><h2>Changing your "
                "mind</h2><p>Plans run by the month. Upgrade whenever you like; a downgrade takes "
                "effect on the first of the next month. We keep your flows for a year after you "
                "leave, in case you want to come back.</p>",
            ),
        ],
    },
    {
        "slug": "security",
        "title": "Security",
        "introduction": "Your data is yours, and we’d rather not see it. The product is built "
        "so that we don’t have to.",
        "body": [
            (
                "features",
                {
                    "heading": "How we keep our hands off",
                    "points": [
                        {
                            "title": "Rows stay with you",
                            "text": "With your own Runner, rows pass from system to system inside "
                            "your network. Millrace receives counts, times and messages.",
                        },
                        {
                            "title": "No open ports",
                            "text": "The Runner connects to us, never the other way round. One "
                            "address, one port, a certificate that is renewed every day.",
                        },
                        {
                            "title": "Passwords in a vault",
                            "text": "Credentials are encrypted with a key that only your Runner "
                            "has. We store them but can’t read them.",
                        },
                    ],
                },
            ),
            (
                "text",
                "<h2>Who can see what</h2><p>Everyone in your workspace has a role: viewers read, "
                "builders change flows, owners manage people and keys. On Business and "
                "Enterprise, your own single sign-on decides who has access. Every change is in "
                "the audit log, with name and time.</p><h2>When something goes wrong</h2><p>We "
                "tell the customers affected within a day, in writing, what we know and what we "
                "don’t. If you’ve found a vulnerability, email security@millrace.example. You’ll "
                "get a reply from an engineer.</p><h2>Where we work</h2><p>Our servers are in two "
                "data centres in the European Union. Nobody outside our operations team of six "
                "has access to them, and every access is logged.</p>",
            ),
        ],
    },
    {
        "slug": "company",
        "title": "Company",
        "introduction": "Forty-one people in an old paper mill, and a few further afield.",
        "body": [
            (
                "text",
                "<p>A mill race is the channel that brings water to a mill wheel. It’s not the "
                "interesting part of a mill. It just has to be there, all day, with the right "
                "amount of water in it, and when it is, nobody thinks about it. That’s what we "
                "want our software to be.</p><p>Millrace began as a script that carried "
                "orders from a web shop to a warehouse, written by Jonna Weiss for one customer. "
                "It broke, was fixed, learned to count, and after a year was better at "
                "failing than most programs are at working. Today it does the same job for a few "
                "hundred companies: food makers, freight forwarders, clinics, public "
                "libraries.</p><h2>How we work</h2><p>Engineers answer support tickets, one day in "
                "ten each. A release goes out every six weeks, and the notes say what it breaks. "
                "We have no sales department, which is why our prices are on the pricing page.</p>",
            ),
            (
                "quote",
                {
                    "text": "A good answer beats a quick one. But a good answer that arrives after "
                    "the weekend isn’t good any more.",
                    "name": "Jonna Weiss",
                    "position": "founder",
                },
            ),
        ],
    },
]

CALL = {
    "heading": "Already a customer?",
    "text": "Find your tickets and talk to our engineers in the support portal.",
    "link_text": "Go to support",
}


def build_website(hostname: str, port: int) -> tuple[Site, HomePage]:
    """Create the site with all marketing pages, replacing Wagtail's initial page."""
    site = Site.objects.get(is_default_site=True)
    home = HomePage(slug="millrace", **HOME)
    Page.get_first_root_node().add_child(instance=home)
    for content in PAGES:
        home.add_child(instance=ContentPage(show_in_menus=True, **content))
    welcome = site.root_page
    site.root_page, site.site_name = home, "Millrace"
    site.hostname, site.port = hostname, port
    site.save()
    welcome.specific.delete()
    return site, home


def invite_to_support(home: HomePage, portal: Page) -> None:
    """Add a link to the portal at the end of the home page."""
    home.refresh_from_db()
    home.body.append(("call", {**CALL, "page": portal}))
    home.save()
    home.save_revision().publish()


def place_form(home: HomePage, slug: str, form: Page, heading: str) -> None:
    """Add a ticket form at the end of one of the pages."""
    page = ContentPage.objects.child_of(home).get(slug=slug)
    page.body.append(("ticket_form", {"form": form, "heading": heading}))
    page.save()
    page.save_revision().publish()
