"""The people in the demo: Millrace's team, its customers and their members."""

from dataclasses import dataclass, field

#: The password of every team member. Customers have none.
PASSWORD = "millrace"

TEAM_DOMAIN = "millrace.example"


@dataclass(frozen=True)
class TeamMember:
    """Someone who signs in to the Wagtail admin; the username is the part before the @."""

    username: str
    name: str
    groups: tuple[str, ...] = ()
    #: "agent" replies, "expert" is consulted by agents, and others don't write in tickets.
    part: str = ""
    is_superuser: bool = False


TEAM = [
    TeamMember("hanna", "Hanna Vos", ("Support agents",), "agent"),
    TeamMember("ravi", "Ravi Menon", ("Support agents",), "agent"),
    TeamMember("celia", "Celia Duarte", ("Support agents",), "agent"),
    TeamMember("emeka", "Emeka Obi", ("Support agents",), "expert"),
    TeamMember("signe", "Signe Dahl", ("Support agents",), "expert"),
    TeamMember("petra", "Petra Koval", ("Support managers",)),
    TeamMember("milo", "Milo Serra", ("Editors",)),
    TeamMember("jonna", "Jonna Weiss", is_superuser=True),
]


@dataclass(frozen=True)
class Customer:
    """An organization; ``people`` are (name, role) pairs, and ``share`` is its share of tickets."""

    name: str
    domain: str
    plan: str
    share: int
    people: list[tuple[str, str]] = field(default_factory=list)


CUSTOMERS = [
    Customer(
        "Brightwater Foods",
        "brightwater.example",
        "business",
        11,
        [
            ("Maren Tolk", "admin"),
            ("Ilse Roth", "member"),
            ("Jakub Nowak", "member"),
            ("Dervla Quinn", "member"),
            ("Sami Lahti", "member"),
            ("Owen Pryce", "no-access"),
        ],
    ),
    Customer(
        "Northgate Freight",
        "northgate-freight.example",
        "enterprise",
        11,
        [
            ("Katarina Blom", "admin"),
            ("Musa Diallo", "admin"),
            ("Fenna de Wit", "member"),
            ("Gregor Haas", "member"),
            ("Lucia Ferrante", "member"),
        ],
    ),
    Customer(
        "Lindenhof Clinics",
        "lindenhof.example",
        "enterprise",
        11,
        [
            ("Anke Sommer", "admin"),
            ("Bao Nguyen", "member"),
            ("Ruth Ackermann", "member"),
            ("Timo Keller", "member"),
        ],
    ),
    Customer(
        "Skarv Energy",
        "skarv-energy.example",
        "enterprise",
        10,
        [
            ("Ingrid Solheim", "admin"),
            ("Pål Eriksen", "member"),
            ("Amara Nwosu", "member"),
            ("Jonas Vik", "member"),
        ],
    ),
    Customer(
        "Pinemoor Mutual",
        "pinemoor.example",
        "enterprise",
        10,
        [
            ("Eleanor Marsh", "admin"),
            ("Devon Clarke", "admin"),
            ("Priya Raman", "member"),
            ("Colm Byrne", "member"),
        ],
    ),
    Customer(
        "Corvo Sports",
        "corvo.example",
        "business",
        9,
        [
            ("Duarte Pinto", "admin"),
            ("Marta Reis", "member"),
            ("Nils Åkesson", "member"),
        ],
    ),
    Customer(
        "Tallis Data Partners",
        "tallis.example",
        "business",
        9,
        [
            ("Noor Haddad", "admin"),
            ("Ben Okonkwo", "member"),
            ("Chiara Conti", "member"),
        ],
    ),
    Customer(
        "Okafor Textiles",
        "okafor-textiles.example",
        "business",
        8,
        [
            ("Adaeze Okafor", "admin"),
            ("Luc Perrin", "member"),
            ("Hye-jin Park", "member"),
        ],
    ),
    Customer(
        "Harbour & Quill",
        "harbourquill.example",
        "team",
        6,
        [("Beatrix Lowe", "admin"), ("Anton Petrov", "member")],
    ),
    Customer(
        "Meridian City Libraries",
        "meridian-libraries.example",
        "team",
        6,
        [("Rosa Villanueva", "admin"), ("Kwame Mensah", "member"), ("Joan Whitlock", "member")],
    ),
    Customer(
        "Zielona Farms",
        "zielona.example",
        "team",
        5,
        [("Agnieszka Wójcik", "admin"), ("Marek Zając", "member")],
    ),
    Customer(
        "Atelier Marchand",
        "marchand.example",
        "team",
        4,
        [("Solène Marchand", "admin"), ("Yanis Girard", "member")],
    ),
]

#: Someone who works for two customers: name, domain, second organization and role.
CONSULTANT = ("Noor Haddad", "tallis.example", "Harbour & Quill", "member")

#: Invitations that haven't been accepted yet: organization and address.
INVITED = [
    ("Brightwater Foods", "finn.gallagher@brightwater.example"),
    ("Skarv Energy", "mette.ravn@skarv-energy.example"),
]


def address(name: str, domain: str) -> str:
    """Return a person's email address: the first name without accents."""
    first = name.split()[0].lower()
    return f"{first.translate(str.maketrans('åèéąó', 'aeeao'))}@{domain}"
