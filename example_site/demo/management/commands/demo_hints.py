"""``manage.py demo_hints``: where everything is, and whom to sign in as."""

from django.conf import settings
from django.core.management.base import BaseCommand

from example_site.demo import people

HINTS = """
  The site            {base}/
  The support portal  {base}/support/
  The Wagtail admin   {base}/admin/
  Mails sent          {base}/dev/mails/   (and below, in this terminal)

  In the portal, ask for a code and read it on the page "Mails sent":
    {admin:<32}  admin: sees all tickets of {organization}
    {member:<32}  plain member: sees own and followed tickets

  In the Wagtail admin, with the password "{password}":
    {agent:<32}  agent: answers tickets
    {manager:<32}  manager: also looks after customers, statuses, ticket fields
    {editor:<32}  editor: pages, ticket forms, portal settings
    {superuser:<32}  may do everything
"""


class Command(BaseCommand):
    help = "Says where the parts of the demo are, and whom to sign in as."

    def add_arguments(self, parser):
        default = getattr(settings, "EXAMPLE_SITE_PORT", 8000)
        parser.add_argument("--port", type=int, default=default, help="of the demo's server")

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
