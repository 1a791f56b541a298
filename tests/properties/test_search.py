"""A ticket is found if and only if every word occurs in a part of it that the reader can see."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests import factories
from wagtail_portal import actions, search
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Actor
from wagtail_portal.search import Query, fold, terms, vectors
from wagtail_portal.search.folding import with_digraphs
from wagtail_portal.search.words import _indexed

#: Words as people write them and their folded form (no case, no accents), stated independently of
#: the code.
WORDS = {
    "Export": "export",
    "exporté": "exporte",
    "EXPORTS": "exports",
    "ex": "ex",
    "Straße": "strasse",
    "STRASSE": "strasse",
    "stras": "stras",
    "e\u0301te\u0301": "ete",
    "Été": "ete",
    "Łódź": "lodz",
    "ﬁx": "fix",
    "Ωmega": "ωmega",
    "v2.4": "v2.4",
    "v2": "v2",
    "ｖ２": "v2",
    "한국어": "한국어",
    "한국": "한국",
    "שָׁלוֹם": "שלום",
    "%": "",
    "'; --": "",
}
SEPARATORS = [" ", ", ", "\n", " _", "/", "** "]

word = st.sampled_from(sorted(WORDS))
said = st.lists(st.tuples(word, st.sampled_from(SEPARATORS)), max_size=4)


def text(pieces) -> str:
    return "".join(word + separator for word, separator in pieces)


def folded(messages) -> set[str]:
    return {WORDS[word] for pieces in messages for word, _separator in pieces} - {""}


@pytest.mark.parametrize("sample", [200, 0], ids=["one by one", "by the index"])
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    subject=said,
    replies=st.lists(said, min_size=1, max_size=3),
    notes=st.lists(said, max_size=2),
    asked=st.lists(word, min_size=1, max_size=3),
    cut=st.integers(0, 3),
)
@example([], [[("Straße", " ")]], [[("Export", " ")]], ["Export"], 0)
@example([], [[]], [], ["ex"], 0)
@example([("Straße", " ")], [[("Export", " ")]], [], ["STRASSE", "EXPORTS"], 1)
def test_ticket_is_found_if_and_only_if_each_word_occurs(
    dana, monkeypatch, sample, subject, replies, notes, asked, cut
):
    monkeypatch.setattr(vectors, "SAMPLE", sample)
    agent = Actor.system()
    ticket = factories.ticket(dana, f"x {text(subject)}", text(replies[0]), by=agent)
    for pieces in replies[1:]:
        actions.reply(ticket, by=agent, body=text(pieces) + ".")
    for pieces in notes:
        actions.add_note(ticket, by=agent, body=text(pieces) + ".")

    # The last word is still being typed.
    last = WORDS[asked[-1]]
    last = last[: max(1, len(last) - cut)].rstrip(".") if last else ""
    sought = [WORDS[word] for word in asked[:-1]]
    typed = " ".join([*asked[:-1], last or asked[-1]])
    if not last:
        # Text without letters is ignored, so the word before it is the last one.
        while sought and not last:
            last = sought.pop()

    def expected(words):
        return all(word in words for word in sought if word) and (
            not last or any(word.startswith(last) for word in words)
        )

    def found(**kwargs):
        tickets = Ticket.objects.filter(pk=ticket.pk)
        return search.backend().find(tickets, Query.parse(typed), **kwargs).exists()

    shared = folded([subject, *replies]) | {"x"}
    assert found() == expected(shared)
    # The team also finds the words of Dana's email address.
    assert found(notes=True) == expected(shared | folded(notes) | {"example"})
    actions.delete_ticket(ticket, by=agent)


@given(st.text())
def test_folding_is_idempotent(typed):
    assert fold(fold(typed)) == fold(typed)


#: What isn't a word of letters and digits alone, and what stands between words.
SPECIAL = (
    "O'Brien's O’Brien don`t e-mail ORA-00942 C++ F# .NET v2.3.1 1,500.00 10.0.0.1 ::1 <b> $5 5%"
    " a_b https://a.example/b?c=d#e größe A\u030ase ﬁx İı ΣΑΣ ½ ™ مـحـمد ٢٠٢٣ สวัสดี 日本語 한국어"
    " हिन्दी 👨‍👩‍👧 ★ soft\u00adhyphen"
)
BETWEEN = " \n.,;:!?()[]{}\"'/\\_-@#%&*+=…–”。\u00a0\u200b\u0301"


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(alphabet="abX19é" + BETWEEN),
        st.lists(st.sampled_from([*SPECIAL.split(), *BETWEEN, ""])).map("".join),
        st.text(),
    )
)
def test_the_fast_way_finds_the_same_terms(typed):
    spellings = [fold(text) for text in (typed, with_digraphs(typed)) if text is not None]
    found = [terms for text in spellings for _start, _end, terms, _is_run in _indexed(text)]
    assert terms(typed).keys() == {term for terms in found for term in terms}


@given(st.text())
def test_terms_can_be_stored(typed):
    for term in terms(typed):
        assert term
        assert " " not in term
        assert len(term) <= 64
        assert terms(term)


@given(st.text(), st.text(max_size=50))
def test_any_search_can_be_executed(typed, other):
    query = Query.parse(typed)
    assert len(query.text) <= 200
    assert len(query.words) <= 20
    assert Query.parse(query.text).words == query.words
    # A text contains every whole word of itself.
    held = terms(query.text)
    assert all(word.matches(held) for word in query.words)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(typed=st.text(min_size=1, max_size=40))
def test_any_text_can_be_searched_on_every_database(dana, typed):
    list(search.backend().find(Ticket.objects.all(), Query.parse(typed)))
    list(search.backend().find(Ticket.objects.all(), Query.parse(typed), notes=True))
