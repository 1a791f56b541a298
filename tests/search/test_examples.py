"""What people search for, and what they expect to find: the same on every database."""

import pytest

from tests import factories
from wagtail_portal import search
from wagtail_portal.models import Ticket
from wagtail_portal.search import Query, vectors

#: A text, what finds it, and what doesn't.
EXAMPLES = [
    # Names with signs
    ("We use C++ and C#.", ["C++", "c++", "c", "C#", "c# c++", "use C+"], ["F#", "J++"]),
    ("Vitamin C only", ["c", "vitamin"], ["C++", "C#", "c++ vitamin"]),
    ("Ｃ＋＋ wide", ["C++"], ["C#"]),
    ("Edit it in Notepad++ please", ["notepad", "notepad++", "notepad edit"], ["word++"]),
    ("Rewritten in F# lately", ["F#"], ["C#", "F++"]),
    ("Built with .NET 8", [".NET", ".net 8", "net", ".ne"], [".csv"]),
    ("An ASP.NET page", [".NET", "asp.net", "asp"], [".com"]),
    ("The net result", ["net", "result"], [".NET"]),
    ("export.csv is empty", [".csv", "export.csv", "csv export"], [".xlsx"]),
    ("Ctrl+Alt+Del", ["ctrl alt", "Ctrl+Alt"], ["C+"]),
    ("R&D budget", ["R&D", "budget"], ["R&Z"]),
    # Symbols and emoji
    ("It costs 5 € → too much", ["€", "→", "5 €", "5€", "costs"], ["£", "←"]),
    ("Great 😀 work", ["😀", "great 😀"], ["😢", "great 😢"]),
    ("Thanks 👍🏽", ["👍", "👍🏿"], ["👎"]),
    ("Family 👨‍👩‍👧 plan", ["👨‍👩‍👧", "👧"], ["👦"]),
    ("All fine ✔️", ["✔", "✔️"], ["✘"]),
    ("See §5 of the contract", ["§", "§5", "§ 5"], ["§6"]),
    ("Acme™ ½ 20 °C", ["acmetm", "½", "°", "20°"], ["¼", "®"]),
    ("a <=> b", ["<=>", "a + b", "a = b"], ["~"]),
    # Versions
    ("Since v2.3.1", ["2.3.1", "v2.3.1", "V2.3", "2.3"], ["2.3.2", "3.1", "v2.4"]),
    ("Since 2.3.1", ["v2.3.1", "2.3.1", "version2.3.1"], ["v2.3.2"]),
    ("Runs on Python3.12", ["3.12", "python 3.12", "python3.12"], ["3.11"]),
    ("Runs on PHP 8.2", ["php8.2", "PHP 8.2"], ["php8.3"]),
    # Codes that are written with and without a hyphen or a space
    ("ORA-00942: table missing", ["ORA00942", "ora-00942", "ORA 00942", "ORA009"], ["ORA00943"]),
    ("ORA00942: table missing", ["ORA-00942", "ORA00942", "ora 00942"], ["ORA-00943"]),
    ("Saved as UTF-8", ["utf8", "UTF-8"], ["utf16"]),
    ("A limit of 500 MB", ["500mb", "500 MB", "500-mb"], ["600mb"]),
    ("Send an e-mail over Wi-Fi", ["email", "e-mail", "wifi", "wi-fi", "mail"], ["gmail"]),
    ("Send an email over wifi", ["e-mail", "wi-fi"], ["e-post"]),
    ("1’500 items for 2,000 euros", ["1500", "1'500", "2,000"], ["1600"]),
    # Umlauts, and how they're written without them
    (
        "Müller über Größe",
        ["Mueller", "Muller", "Müller", "muell", "Groesse", "ueber"],
        ["Moeller"],
    ),
    ("Herr Mueller", ["Müller", "Mueller", "Müll"], ["Muller"]),
    ("Sørensen i Århus", ["Soerensen", "Sorensen", "Aarhus", "Arhus", "Århus"], ["Aalborg"]),
    ("The true blue queue", ["true", "blue", "queue"], ["blu queue"]),
    # Arabic and Persian
    ("أحمد يكتب إلى المكتبة", ["احمد", "الي", "المكتبه", "آحمد"], ["محمد"]),
    ("احمد في المكتبه", ["أحمد", "فى", "المكتبة"], ["محمود"]),
    ("کتاب فارسی است", ["كتاب", "فارسي"], ["كتب"]),
    ("كتاب فارسي", ["کتاب", "فارسی"], ["کتب"]),
    ("می‌خواهم", ["میخواهم", "می‌خواهم"], ["نمیخواهم"]),
    ("العـــربية", ["العربيه", "العربية"], ["عبرية"]),
    ("گزارش ۱۲۳۴", ["1234", "١٢٣٤"], ["123 4"]),
    # Apostrophes
    ("I can’t sign in", ["cant", "can't", "can’t", "can`t sign", "can´t"], ["won't"]),
    ("I can't sign in", ["cant", "can’t sign"], ["wont"]),
    ("I cant sign in", ["can't", "can’t"], ["don't"]),
    ("You can do it", ["can"], ["can't", "cant"]),
    (
        "O’Brien’s and D'Angelo's",
        ["obrien", "O'Brien", "dangelo", "brien", "dangelo o’br"],
        ["obama"],
    ),
    ("L’export ne marche pas", ["export", "l'export", "lexport", "l’expo"], ["l'import"]),
    ("Мій комп’ютер", ["компютер", "комп'ютер", "комп’ют"], ["телефон"]),
    ("Customer's choice", ["customers", "customer", "customer's"], ["customize"]),
]


def found(typed, tickets=None, fields=(), **kwargs) -> bool:
    tickets = Ticket.objects.all() if tickets is None else tickets
    return search.backend().find(tickets, Query.parse(typed, fields), **kwargs).exists()


@pytest.fixture(params=["walk", "look up"])
def way(request, monkeypatch):
    """PostgreSQL has two ways to find the same."""
    monkeypatch.setattr(vectors, "SAMPLE", 200 if request.param == "walk" else 0)


@pytest.mark.parametrize(("said", "finds", "misses"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_examples(way, dana, said, finds, misses):
    factories.ticket(dana, "x", f"{said} ...")
    assert {typed: found(typed) for typed in finds} == dict.fromkeys(finds, True)
    assert {typed: found(typed) for typed in misses} == dict.fromkeys(misses, False)


@pytest.mark.parametrize(
    "typed",
    ["{}", "#{}", "ticket {}", "Ticket #{}", "ticket: {} stu", "# {}", "AW: Re: Stuck (#{})"],
)
def test_number_with_and_without_the_word_ticket(way, dana, typed):
    ticket = factories.ticket(dana, "Stuck")
    assert found(typed.format(ticket.number))
    assert not found(typed.format(ticket.number + 1))
