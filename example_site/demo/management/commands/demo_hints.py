"""``manage.py demo_hints``: show the demo's URLs and users."""

from django.conf import settings
from django.core.management.base import BaseCommand

from example_site.demo import people

HINTS = """
  The site            {base}/
  The support portal  {base}/support/
  The Wagtail admin   {base}/admin/
  Emails sent         {base}/dev/emails/   (also shown in this terminal)

  To sign in to the portal, request a code and find it on the page "Emails sent":
    {admin:<32}  admin: sees all tickets of {organization}
    {member:<32}  plain member: sees own and followed tickets

  To sign in to the Wagtail admin, use the password "{password}":
    {agent:<32}  agent: replies to tickets
    {manager:<32}  manager: also manages customers, statuses and ticket fields
    {editor:<32}  editor: edits pages, ticket forms and portal settings
    {superuser:<32}  superuser: can do everything
"""


class Command(BaseCommand):
    help = "Shows the demo's URLs and the users you can sign in as."

    def add_arguments(self, parser):
        default = getattr(settings, "EXAMPLE_SITE_PORT", 8000)
        parser.add_argument(
            "--port", type=int, default=default, help="the port of the demo's server"
        )

    def handle(self, *, port, **options):
        customer = people.CUSTOMERS[0]
        (admin, _role), (member, _role) = customer.people[:2]
        users = {person.groups: person.username for person in people.TEAM}
        self.stdout.write(
            HINTS.format(
                base=f"http://localhost:{port}",
                admin=people.address(admin, customer.domain),
                member=people.address(member, customer.domain),
                organization=customer.name,
                password=people.PASSWORD,
                agent=people.TEAM[0].username,
                manager=users[("Support managers",)],
                editor=users[("Editors",)],
                superuser=users[()],
            )
        )
