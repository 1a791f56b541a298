# ruff: noqa: E501 - headers of emails are as long as they are
"""Emails by the rules of real mail programs, each with what the portal makes of it.

They're built rather than stored, so that one sees what's special about each. None is anybody's.
"""

import base64
from dataclasses import dataclass, field
from quopri import encodestring

from wagtail_portal.utils.received_email import Automatic

from .emails import email, group, multipart, part

TEXT = "It works now, thanks."
OLD = "Please try again.\nRobin"
QUOTED = "\n".join(f"> {line}" for line in OLD.split("\n"))


@dataclass(frozen=True)
class Case:
    """An email, and what's expected of it. ``None`` means that it isn't checked."""

    raw: bytes = field(repr=False)
    text: str | None = TEXT
    #: A part of what's cut off; "" if nothing is.
    quoted: str | None = None
    files: tuple[str, ...] = ()
    automatic: Automatic = Automatic.NO
    subject: str | None = None
    sender: str | None = None
    is_certain: bool | None = None
    is_spam: bool = False
    is_encrypted: bool = False
    is_incomplete: bool = False
    #: The sender's name.
    sender_name: str | None = None
    #: Of a report: the Message-ID that it's about, and what it says.
    report: tuple[str, str] | None = None


CASES: dict[str, Case] = {}


def add(
    name: str, raw: bytes, text: str | None = TEXT, quoted: str | None = None, **kwargs
) -> None:
    assert name not in CASES
    CASES[name] = Case(raw, text, quoted, **kwargs)


# -- Quotes and signatures in plain text ---------------------------------------------------------

for language, line in {
    "english": "On Mon, Oct 5, 2026 at 9:12 AM Robin Vale <help@company.example> wrote:",
    "english wrapped": "On Mon, Oct 5, 2026 at 9:12 AM Robin Vale from the team\n"
    "<help@company.example> wrote:",
    "english wrapped twice": "On Monday, October 5, 2026 at 9:12 AM, Robin Vale (Acme Help)\n"
    "<support+1042.9abcdefghijklmnop@company.example>\nwrote:",
    "thunderbird": "On 05.10.26 09:12, Robin Vale wrote:",
    "german": "Am 05.10.2026 um 09:12 schrieb Robin Vale:",
    "german gmail": "Am Mo., 5. Okt. 2026 um 09:12 Uhr schrieb Robin Vale <help@company.example>:",
    "german apple": "Am 05.10.2026 um 09:12 schrieb Robin Vale <help@company.example>:",
    "french": "Le lun. 5 oct. 2026 à 09:12, Robin Vale <help@company.example> a écrit :",
    "french thunderbird": "Le 05/10/2026 à 09:12, Robin Vale a écrit :",
    "spanish": "El lun, 5 oct 2026 a las 9:12, Robin Vale (<help@company.example>) escribió:",
    "portuguese": "Em seg., 5 de out. de 2026 às 09:12, Robin Vale <help@company.example> escreveu:",
    "italian": "Il giorno lun 5 ott 2026 alle ore 09:12 Robin Vale <help@company.example> ha scritto:",
    "dutch": "Op ma 5 okt 2026 om 09:12 schreef Robin Vale <help@company.example>:",
    "swedish": "Den mån 5 okt. 2026 kl 09:12 skrev Robin Vale <help@company.example>:",
    "danish": "Den man. 5. okt. 2026 kl. 09.12 skrev Robin Vale <help@company.example>:",
    "norwegian": "man. 5. okt. 2026 kl. 09:12 skrev Robin Vale <help@company.example>:",
    "finnish": "ma 5. lokak. 2026 klo 9.12 Robin Vale <help@company.example> kirjoitti:",
    "polish": "pon., 5 paź 2026 o 09:12 Robin Vale <help@company.example> napisał(a):",
    "czech": "po 5. 10. 2026 v 9:12 odesílatel Robin Vale <help@company.example> napsal:",
    "hungarian": "Robin Vale <help@company.example> ezt írta (időpont: 2026. okt. 5., H, 9:12):",
    "romanian": "Pe lun., 5 oct. 2026 la 09:12, Robin Vale <help@company.example> a scris:",
    "russian": "пн, 5 окт. 2026 г. в 09:12, Robin Vale <help@company.example>:",
    "russian thunderbird": "05.10.2026 09:12, Robin Vale пишет:",
    "ukrainian": "пн, 5 жовт. 2026 р. о 09:12 Robin Vale <help@company.example> пише:",
    "turkish": "Robin Vale <help@company.example>, 5 Eki 2026 Pzt, 09:12 tarihinde şunu yazdı:",
    "greek": "Στις Δευ 5 Οκτ 2026 στις 9:12 π.μ., ο χρήστης Robin Vale <help@company.example> έγραψε:",
    "arabic": "في الاثنين، 5 أكتوبر 2026 في 9:12 ص تمت كتابة ما يلي بواسطة Robin Vale <help@company.example>:",
    "hebrew": "‫בתאריך יום ב׳, 5 באוק׳ 2026 ב-9:12 מאת ‪Robin Vale‬‏ <‪help@company.example‬‏>:‬",
    "chinese": "Robin Vale <help@company.example> 于2026年10月5日周一 09:12写道：",
    "japanese": "2026年10月5日(月) 9:12 Robin Vale <help@company.example>:",
    "korean": "2026년 10월 5일 (월) 오전 9:12, Robin Vale <help@company.example>님이 작성:",
}.items():
    add(f"quote, {language}", email(f"{TEXT}\n\n{line}\n\n{QUOTED}\n"), TEXT, "> Please try again.")

for language, block in {
    "english": "From: Robin Vale <help@company.example>\nSent: Monday, October 5, 2026 9:12 AM\n"
    "To: Dana Reyes\nSubject: The export is stuck",
    "german": "Von: Robin Vale <help@company.example>\nGesendet: Montag, 5. Oktober 2026 09:12\n"
    "An: Dana Reyes\nBetreff: The export is stuck",
    "french": "De : Robin Vale <help@company.example>\nEnvoyé : lundi 5 octobre 2026 09:12\n"
    "À : Dana Reyes\nObjet : The export is stuck",
    "spanish": "De: Robin Vale <help@company.example>\nEnviado el: lunes, 5 de octubre de 2026 9:12\n"
    "Para: Dana Reyes\nAsunto: The export is stuck",
    "italian": "Da: Robin Vale <help@company.example>\nInviato: lunedì 5 ottobre 2026 09:12\n"
    "A: Dana Reyes\nOggetto: The export is stuck",
    "dutch": "Van: Robin Vale <help@company.example>\nVerzonden: maandag 5 oktober 2026 09:12\n"
    "Aan: Dana Reyes\nOnderwerp: The export is stuck",
    "swedish": "Från: Robin Vale <help@company.example>\nSkickat: den 5 oktober 2026 09:12\n"
    "Till: Dana Reyes\nÄmne: The export is stuck",
    "polish": "Od: Robin Vale <help@company.example>\nWysłano: poniedziałek, 5 października 2026\n"
    "Do: Dana Reyes\nTemat: The export is stuck",
    "russian": "От: Robin Vale <help@company.example>\nОтправлено: 5 октября 2026 г. 9:12\n"
    "Кому: Dana Reyes\nТема: The export is stuck",
    "chinese": "发件人: Robin Vale <help@company.example>\n发送时间: 2026年10月5日 9:12\n"
    "收件人: Dana Reyes\n主题: The export is stuck",
    "japanese": "差出人: Robin Vale <help@company.example>\n送信日時: 2026年10月5日 9:12\n"
    "宛先: Dana Reyes\n件名: The export is stuck",
}.items():
    add(f"outlook, {language}", email(f"{TEXT}\n\n{block}\n\n{OLD}\n"), TEXT, "Please try again.")

add(
    "outlook, line above",
    email(
        f"{TEXT}\n\n________________________________\nFrom: Robin <help@company.example>\n"
        f"Sent: Monday\nTo: Dana\nSubject: x\n\n{OLD}"
    ),
    TEXT,
    "Sent: Monday",
)
add(
    "original message",
    email(f"{TEXT}\n\n-----Original Message-----\nFrom: Robin\n\n{OLD}"),
    TEXT,
    OLD,
)
add(
    "original message, german",
    email(f"{TEXT}\n\n-----Ursprüngliche Nachricht-----\nVon: Robin\n\n{OLD}"),
    TEXT,
    OLD,
)
add("our line", email(f"{TEXT}\n\n##- Reply above this line -##\n\n{OLD}"), TEXT, OLD)
add(
    "our line, quoted",
    email(
        f"{TEXT}\n\nOn Monday Robin wrote:\n> ##- Antworten Sie über dieser Zeile -##\n> \n{QUOTED}"
    ),
    TEXT,
    "Robin wrote",
)
add(
    "our line, in an unknown language",
    email(
        f"{TEXT}\n\nMaanantaina Robin sanoi näin\n> ##- Vastaa tämän rivin yläpuolelle -##\n{QUOTED}"
    ),
    f"{TEXT}\n\nMaanantaina Robin sanoi näin",
    "Please",
)
add(
    "reply with a quote only",
    email(f"On Monday Robin wrote:\n> ##- Reply above this line -##\n{QUOTED}\n"),
    "",
    "Please",
)
add("quote at the end", email(f"{TEXT}\n\n{QUOTED}"), TEXT, "> Please")
add("quote below a quote", email(f"{QUOTED}\n\n{TEXT}"), TEXT, "> Please")
add(
    "answers between quotes",
    email("On Monday, Robin wrote:\n> Which version?\n\n8.2\n\n> Which browser?\n\nFirefox\n"),
    "On Monday, Robin wrote:\n> Which version?\n\n8.2\n\n> Which browser?\n\nFirefox",
    "",
)
add(
    "text above and below a quote",
    email("See below.\n\n> Which version?\n\nIt's version 8.2.\n"),
    "See below.\n\n> Which version?\n\nIt's version 8.2.",
    "",
)
add(
    "quote whose lines were wrapped",
    email(
        f"{TEXT}\n\nOn Monday, Robin wrote:\n> Please try again with the other\nprinter\n{QUOTED}\n{QUOTED}\n"
        f"{QUOTED}\n{QUOTED}"
    ),
    TEXT,
    "printer",
)
add("signature", email(f"{TEXT}\n\n-- \nDana Reyes\nAcme\n"), TEXT, "Dana Reyes")
add("signature without a space", email(f"{TEXT}\n\n--\nDana Reyes\n"), TEXT, "Dana Reyes")
add(
    "signature and quote",
    email(f"{TEXT}\n-- \nDana\n\nOn Monday, Robin wrote:\n{QUOTED}"),
    TEXT,
    "Dana",
)
add("signature alone", email("-- \nDana Reyes\n"), "-- \nDana Reyes", "")
add("dashes in the text", email("Steps:\n--\n" + "line\n" * 20), None, "")
for phone in (
    "Sent from my iPhone",
    "Get Outlook for iOS",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Отправлено с iPhone",
):
    add(f"phone, {phone}", email(f"{TEXT}\n\n{phone}\n"), TEXT, phone)
add(
    "sentence about a phone",
    email("Sent from my phone, the form fails.\nWhy is that?\nCan you help?\n\nDana"),
    "Sent from my phone, the form fails.\nWhy is that?\nCan you help?\n\nDana",
    "",
)
add(
    "log that looks like a header",
    email("From: a\nThe log says so.\n"),
    "From: a\nThe log says so.",
    "",
)
add(
    "forwarded",
    email(
        "FYI\n\n---------- Forwarded message ---------\nFrom: Kim <kim@x.example>\nDate: Mon\n"
        "Subject: Hi\nTo: Dana\n\nThe text.\n",
        subject="Fwd: Hi",
    ),
    "FYI\n\n---------- Forwarded message ---------\nFrom: Kim <kim@x.example>\nDate: Mon\n"
    "Subject: Hi\nTo: Dana\n\nThe text.",
    "",
)
add(
    "forwarded by outlook",
    email(
        "See below.\n\nFrom: Kim\nSent: Monday\nTo: Dana\nSubject: Hi\n\nThe text.",
        subject="FW: Hi",
    ),
    "See below.\n\nFrom: Kim\nSent: Monday\nTo: Dana\nSubject: Hi\n\nThe text.",
    "",
)
add(
    "forwarded by apple",
    email("Begin forwarded message:\n\nFrom: Kim\nSubject: Hi\nTo: Dana\n\nHello"),
    "Begin forwarded message:\n\nFrom: Kim\nSubject: Hi\nTo: Dana\n\nHello",
    "",
)

# -- Encodings -----------------------------------------------------------------------------------

WORDS = {
    "utf-8": "Grüße – €",
    "iso-8859-1": "Grüße",
    "iso-8859-15": "Grüße €",
    "windows-1252": "Grüße “€”",
    "windows-1250": "Příliš žluťoučký",
    "windows-1251": "Привет",
    "koi8-r": "Привет",
    "iso-8859-2": "Žluťoučký",
    "iso-8859-7": "Καλημέρα",
    "windows-1255": "שלום",
    "windows-1256": "مرحبا",
    "iso-8859-9": "Işık",
    "gb2312": "你好",
    "gb18030": "你好",
    "big5": "你好",
    "euc-kr": "안녕하세요",
    "ks_c_5601-1987": "안녕하세요",
    "shift_jis": "こんにちは",
    "iso-2022-jp": "こんにちは",
    "euc-jp": "こんにちは",
    "utf-16": "Grüße",
    "utf-7": "Grüße",
}
_CODECS = {"ks_c_5601-1987": "cp949"}
for charset, words in WORDS.items():
    content = base64.encodebytes(words.encode(_CODECS.get(charset, charset)))
    add(
        f"charset {charset}",
        email(
            content,
            content_type=f"text/plain; charset={charset}",
            headers=("Content-Transfer-Encoding: base64",),
        ),
        words,
    )
add("charset that lies", email("Grüße", content_type="text/plain; charset=us-ascii"), "Grüße")
add(
    "charset that doesn't exist",
    email("Grüße", content_type="text/plain; charset=x-nonsense"),
    "Grüße",
)
add(
    "charset that isn't one",
    email("Hello", content_type="text/plain; charset=unicode_escape"),
    "Hello",
)
add("no charset", email("Grüße".encode("cp1252"), content_type="text/plain"), "Grüße")
add(
    "utf-8 with a wrong byte",
    email("Grüße, schöne ".encode() + b"\xff", content_type="text/plain; charset=utf-8"),
    "Grüße, schöne \ufffd",
)
add(
    "quoted-printable",
    email(
        encodestring("Grüße = gut".encode()),
        headers=("Content-Transfer-Encoding: quoted-printable",),
    ),
    "Grüße = gut",
)
add("broken base64", email(b"!!!!", headers=("Content-Transfer-Encoding: base64",)), None)
add("unknown transfer encoding", email("Hi", headers=("Content-Transfer-Encoding: x-what",)), "Hi")
add(
    "flowed",
    email("It works \nnow, \nthanks.\n\n-- \nDana\n", content_type="text/plain; format=flowed"),
    TEXT,
    "Dana",
)
add(
    "flowed, quoted",
    email(
        "> Which \n> version?\n8.2, \nI think.\n> And \n> browser?\nFirefox.\n",
        content_type="text/plain; charset=utf-8; format=flowed; delsp=no",
    ),
    "> Which version?\n8.2, I think.\n> And browser?\nFirefox.",
)
add(
    "flowed, delsp",
    email("こん \nにちは\n", content_type="text/plain; charset=utf-8; format=flowed; delsp=yes"),
    "こんにちは",
)
add("lines that end with CR", email("One\rTwo"), "One\nTwo")
add("control characters", email("It\x00 works\x07 now, thanks.\x1e"), TEXT)
add("right to left", email("يعمل الآن، شكرا\n"), "يعمل الآن، شكرا")

# -- Headers -------------------------------------------------------------------------------------

add(
    "subject, q",
    email(TEXT, subject="=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_Wien?="),
    subject="Grüße aus Wien",
)
add(
    "subject, b in two words",
    email(TEXT, subject="=?UTF-8?B?R3LD?=\r\n =?UTF-8?B?vMOfZQ==?="),
    subject="Grüße",
)
add("subject, 8 bit", email(TEXT, subject="Grüße"), subject="Grüße")
add(
    "subject, words and text",
    email(TEXT, subject="Re: =?iso-8859-1?Q?Gr=FC=DFe?= (2)"),
    subject="Re: Grüße (2)",
)
add("subject, broken word", email(TEXT, subject="=?utf-8?b?%%%?= x"), subject=None)
add("subject, language", email(TEXT, subject="=?utf-8*de?q?Gr=C3=BC=C3=9Fe?="), subject="Grüße")
add(
    "subject, folded", email(TEXT, subject="The export\r\n is stuck"), subject="The export is stuck"
)
add("no subject", email(TEXT, subject=""), subject="")
add(
    "subject with a line break inside",
    email(TEXT, subject="=?utf-8?q?a=0D=0ABcc:_x@y.example?="),
    subject="a Bcc: x@y.example",
)
SENDERS = {
    "plain": ("dana@acme.example", "dana@acme.example", True),
    "angle": ("<dana@acme.example>", "dana@acme.example", True),
    "name": ("Dana Reyes <dana@acme.example>", "dana@acme.example", True),
    "quoted name": ('"Reyes, Dana" <dana@acme.example>', "dana@acme.example", True),
    "encoded name": ("=?utf-8?q?Dana_R=C3=A9yes?= <dana@acme.example>", "dana@acme.example", True),
    "comment": ("Dana (Acme) <dana@acme.example>", "dana@acme.example", True),
    "upper case": ("DANA@ACME.EXAMPLE", "dana@acme.example", True),
    "address as a name": ('"dana@acme.example" <eve@evil.example>', "eve@evil.example", True),
    "two addresses": ("dana@acme.example, eve@evil.example", None, False),
    "address and address": ("<dana@acme.example> <eve@evil.example>", None, False),
    "open quote": ('"dana@acme.example <eve@evil.example>', None, False),
    "group": ("x: dana@acme.example;", None, False),
    "route": ("<@evil.example:dana@acme.example>", None, False),
    "nested": ("Dana <dana@acme.example<eve@evil.example>>", None, False),
    "no domain": ("dana", "", False),
    "nothing": ("", "", False),
    "two @": ("dana@acme.example@evil.example", None, False),
    "line break": ("dana@acme.example\r\n\t<eve@evil.example>", None, False),
    "nul": ("dana@acme.example\x00@evil.example", None, False),
}
for name, (value, address, certain) in SENDERS.items():
    add(f"from, {name}", email(TEXT, sender=value), sender=address, is_certain=certain)
add("two From headers", email(TEXT, headers=("From: eve@evil.example",)), is_certain=False)
add("no headers at all", b"Hello", None, sender="")
add("headers without a body", b"From: dana@acme.example\r\nSubject: Hi\r\n\r\n", "", subject="Hi")
add("mbox line", b"From dana@acme.example Mon Oct  5 2026\n" + email(TEXT).replace(b"\r\n", b"\n"))
add("garbage", bytes(range(256)) * 4, None, sender="")
add("unix line ends", email(TEXT).replace(b"\r\n", b"\n"))
add("very long header", email(TEXT, headers=("X-Long: " + "x" * 200_000,)))
add("many headers", email(TEXT, headers=tuple(f"X-{number}: y" for number in range(3000))))
add("header without a colon", email(TEXT, headers=("NoColonHere",)), None)

# -- HTML ----------------------------------------------------------------------------------------


def html(page: str, **kwargs) -> bytes:
    return email(page, content_type="text/html; charset=utf-8", **kwargs)


add("html", html(f"<p>{TEXT}</p>"))
add(
    "html, emphasis",
    html("<p>It <b>works</b> <i>now</i>, <s>no</s> thanks.</p>"),
    "It **works** *now*, ~~no~~ thanks.",
)
add("html, list", html("<ul><li>One<li>Two<ul><li>Three</ul></ul>"), "- One\n- Two\n   - Three")
add("html, numbers", html("<ol><li>One</li><li>Two</li></ol>"), "1. One\n2. Two")
add(
    "html, link",
    html('<a href="https://a.example/x">the page</a>'),
    "[the page](https://a.example/x)",
)
add(
    "html, bare link",
    html('<a href="https://a.example/">https://a.example</a>'),
    "https://a.example",
)
add("html, script link", html('<a href="javascript:alert(1)">click</a>'), "click")
add(
    "html, table",
    html("<table border=1><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"),
    "| A | B |\n| --- | --- |\n| 1 | 2 |",
)
add(
    "html, layout table",
    html(f"<table><tr><td><table><tr><td>{TEXT}</td></tr></table></td></tr></table>"),
)
add("html, code", html("<pre>a  = 1\n  b</pre>"), "```\na  = 1\n  b\n```")
add(
    "html, script and style", html(f"<style>p{{}}</style><script>x</script><p>{TEXT}</p><!-- c -->")
)
add(
    "html, no size around the text",
    html(f'<table><tr><td style="font-size:0px"><p style="font-size:13px">{TEXT}</p></td></table>'),
)
add("html, head without an end", html(f"<html><head><title>x</title><body><p>{TEXT}</p>"))
add("html, head and body without tags", html(f"<head><meta charset=utf-8><p>{TEXT}</p>"))
add("html, empty comment", html(f"<!--><p>{TEXT}</p><!-- c -->"))
add("html, hidden", html(f'<div style="display:none">preview</div><p>{TEXT}</p>'))
add(
    "html, tracking pixel", html(f'<p>{TEXT}</p><img src="https://a.example/p.gif" width=1 alt="">')
)
add("html, emoji image", html(f'<p>{TEXT} <img alt="😀" src="x"></p>'), f"{TEXT} 😀")
add("html, entities", html("<p>Gr&uuml;&szlig;e &lt;b&gt; &amp;&nbsp;x</p>"), "Grüße <b> & x")
add("html, not closed", html(f"<div><p>{TEXT}<b>"))
add(
    "html, charset in the page",
    email('<meta charset="windows-1251"><p>Привет</p>'.encode("cp1251"), content_type="text/html"),
    "Привет",
)
add(
    "html, gmail",
    html(
        f'<div dir="ltr">{TEXT}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        'Pe 5 oct. Robin:<br></div><blockquote class="gmail_quote"><p>Please try again.</p></blockquote></div>'
    ),
    TEXT,
    "> Please",
)
add(
    "html, apple",
    html(
        f'<div>{TEXT}</div><div><br><blockquote type="cite"><div>On 5 Oct 2026, at 09:12, Robin wrote:'
        "</div><div>Please try again.</div></blockquote></div>"
    ),
    TEXT,
    "Please",
)
add(
    "html, thunderbird",
    html(
        f'<p>{TEXT}</p><div class="moz-cite-prefix">Am 05.10.26 um 09:12 schrieb Robin:</div>'
        '<blockquote type="cite">Please try again.</blockquote>'
    ),
    TEXT,
    "Robin",
)
add(
    "html, outlook",
    html(
        f'<p class=MsoNormal>{TEXT}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        "<p><b>From:</b> Robin<br><b>Sent:</b> Monday<br><b>To:</b> Dana<br><b>Subject:</b> x</p></div><p>Please try again.</p>"
    ),
    TEXT,
    "Please",
)
add(
    "html, outlook on the web",
    html(
        f'<div>{TEXT}</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">'
        "<b>Von:</b> Robin</div><div>Please try again.</div>"
    ),
    TEXT,
    "Please",
)
add(
    "html, yahoo",
    html(
        f'<div>{TEXT}</div><div class="yahoo_quoted">On Monday, Robin wrote: Please try again.</div>'
    ),
    TEXT,
    "Please",
)
add(
    "html, answers between quotes",
    html(
        "<blockquote>Which version?</blockquote><p>8.2</p>"
        "<blockquote>Which browser?</blockquote><p>Firefox</p>"
    ),
    "> Which version?\n\n8.2\n\n> Which browser?\n\nFirefox",
    "",
)
add("html, deep", html("<div>" * 5000 + TEXT))
add("html, empty", html("<html><body><br></body></html>"), "")

# -- Parts ---------------------------------------------------------------------------------------

PNG = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()


def image(key: str = "", name: str = "plan.png", disposition: str = "inline") -> bytes:
    headers = [
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: {disposition}; filename="{name}"',
    ]
    if key:
        headers.append(f"Content-ID: <{key}>")
    return part(PNG, f'image/png; name="{name}"', *headers)


def attachment(
    name: str = 'filename="app.log"', content: str = "line", kind: str = "text/plain"
) -> bytes:
    return part(content, kind, f"Content-Disposition: attachment; {name}")


add("alternative", multipart("alternative", part(TEXT), part("<p>Other</p>", "text/html")))
add(
    "alternative, empty text",
    multipart("alternative", part("\n"), part(f"<p>{TEXT}</p>", "text/html")),
)
add(
    "alternative, stub",
    multipart(
        "alternative",
        part("This message is in HTML, view it in your browser."),
        part(f"<p>{TEXT}</p>", "text/html"),
    ),
)
add(
    "alternative, related",
    multipart(
        "alternative",
        part(" "),
        group("related", part(f'<p>{TEXT} <img src="cid:one"></p>', "text/html"), image("one")),
    ),
    f"{TEXT} [plan.png]",
    files=("plan.png",),
)
add(
    "related",
    multipart("related", part('<p>See <img src="cid:A@b"> there</p>', "text/html"), image("a@B")),
    "See [plan.png] there",
    files=("plan.png",),
)
add(
    "text and image in html only",
    multipart(
        "alternative", part(TEXT), group("related", part("<p>x</p>", "text/html"), image("one"))
    ),
    files=("plan.png",),
)
add(
    "apple, file between pages",
    multipart(
        "alternative",
        part(TEXT),
        group(
            "mixed",
            part(f"<p>{TEXT}</p>", "text/html"),
            part("%PDF", "application/pdf", 'Content-Disposition: inline; filename="a.pdf"'),
            part("<p></p>", "text/html"),
        ),
    ),
    TEXT,
    files=("a.pdf",),
)
add(
    "apple, image between texts",
    multipart("mixed", part("Before"), image(), part("After")),
    "Before\n\n[plan.png]\n\nAfter",
    files=("plan.png",),
)
add("attachment", multipart("mixed", part(TEXT), attachment()), files=("app.log",))
add("attachment alone", multipart("mixed", attachment()), "", files=("app.log",))
add(
    "attachment, rfc 2231",
    multipart("mixed", part(TEXT), attachment("filename*=utf-8''Gr%C3%BC%C3%9Fe.txt")),
    files=("Grüße.txt",),
)
add(
    "attachment, rfc 2231 in parts",
    multipart("mixed", part(TEXT), attachment("filename*0*=utf-8''Gr%C3%BC; filename*1=sse.txt")),
    files=("Grüsse.txt",),
)
add(
    "attachment, encoded word",
    multipart("mixed", part(TEXT), attachment('filename="=?utf-8?q?Gr=C3=BC=C3=9Fe.txt?="')),
    files=("Grüße.txt",),
)
add(
    "attachment, path",
    multipart("mixed", part(TEXT), attachment('filename="../../etc/passwd.txt"')),
    files=("passwd.txt",),
)
add(
    "attachment, windows path",
    multipart("mixed", part(TEXT), attachment('filename="C:\\\\dir\\\\a.txt"')),
    files=("a.txt",),
)
add(
    "attachment without a name",
    multipart(
        "mixed", part(TEXT), part("%PDF-1.4", "application/pdf", "Content-Disposition: attachment")
    ),
    files=("document.pdf",),
)
add(
    "attachment, name in the type",
    multipart("mixed", part(TEXT), part("x", 'application/octet-stream; name="a.bin"')),
    files=("a.bin",),
)
add("attachment, empty", multipart("mixed", part(TEXT), attachment(content="")), files=("app.log",))
add(
    "attached page",
    multipart("mixed", part(TEXT), attachment('filename="a.html"', "<p>x</p>", "text/html")),
    files=("a.html",),
)
add(
    "attached email",
    multipart("mixed", part(TEXT), part(email("Inner", subject="An inner one"), "message/rfc822")),
    files=("An inner one.eml",),
)
add(
    "attached email, nested",
    multipart(
        "mixed",
        part(TEXT),
        part(
            multipart("mixed", part("Inner"), attachment()).replace(b"=_x", b"=_z"),
            "message/rfc822",
        ),
    ),
    files=("The export is stuck.eml",),
)
add(
    "invitation",
    multipart("alternative", part(TEXT), part("BEGIN:VCALENDAR", "text/calendar; method=REQUEST")),
    files=("invitation.ics",),
)
add(
    "winmail.dat",
    multipart("mixed", part(TEXT), part("\x78\x9f", "application/ms-tnef")),
    files=("winmail.dat",),
)
add(
    "signed, pgp",
    multipart(
        'signed; protocol="application/pgp-signature"',
        part(TEXT),
        part("-----BEGIN", "application/pgp-signature"),
    ),
)
add(
    "signed, smime",
    multipart("signed", part(TEXT), part("MII", 'application/pkcs7-signature; name="smime.p7s"')),
)
add(
    "encrypted, pgp",
    multipart(
        'encrypted; protocol="application/pgp-encrypted"',
        part("Version: 1", "application/pgp-encrypted"),
        part("-----BEGIN PGP MESSAGE-----", 'application/octet-stream; name="encrypted.asc"'),
    ),
    "",
    files=None,
    is_encrypted=True,
)
add(
    "encrypted, smime",
    email("MII", content_type="application/pkcs7-mime; smime-type=enveloped-data"),
    "",
    files=("smime.p7m",),
    is_encrypted=True,
)
add(
    "apple double",
    multipart(
        "mixed", part(TEXT), group("appledouble", part("x", "application/applefile"), attachment())
    ),
    files=("app.log",),
)
add("thousands of parts", multipart("mixed", *[part("x")] * 2000), None, is_incomplete=True)
add(
    "hundreds of thousands of parts",
    multipart("mixed", part("\n" * 500_000, "message/delivery-status")),
    None,
    is_incomplete=True,
)
add(
    "long parameters",
    email(TEXT, content_type="text/plain" + "; " * 100_000),
    None,
    is_incomplete=True,
)
add("names of multiparts", email("multipart/form-data " * 100), None)
add(
    "hundreds of multiparts",
    b"From: dana@acme.example\r\n"
    + b"".join(
        b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (n, n) for n in range(300)
    ),
    "",
    is_incomplete=True,
)
add("boundary that never comes", email(TEXT, content_type="multipart/mixed; boundary=no"))
add("no boundary", email(TEXT, content_type="multipart/mixed"))
add(
    "multipart without an end",
    multipart("mixed", part(TEXT), attachment()).replace(b"--=_x--\r\n", b""),
    files=("app.log",),
)
add(
    "multipart with base64",
    multipart("mixed", part(TEXT), headers=("Content-Transfer-Encoding: base64",)),
    None,
)
add("multipart, empty", multipart("mixed"), None)
add(
    "text with a file name",
    multipart("mixed", part(TEXT, 'text/plain; name="body.txt"', "Content-Disposition: inline")),
)
add("enriched", email("<bold>It works now</bold>, thanks.", content_type="text/enriched"))
add("unknown text", email("x", content_type="text/x-what"), "", files=("file.what",))
add("wrong content type", email(TEXT, content_type="nonsense"))
add(
    "external body",
    email("x", content_type="message/external-body; access-type=URL"),
    "",
    files=None,
)
add("partial", email("x", content_type='message/partial; id="1"; number=1'), "", files=None)

# -- Automatic emails ----------------------------------------------------------------------------

for header in (
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated (x)",
    "Auto-Submitted: auto-notified",
    "Precedence: auto_reply",
    "X-Autoreply: yes",
    "X-Autorespond: x",
    "X-Auto-Response-From: x",
):
    is_known = not header.startswith("X-Auto-Response-From")
    add(
        f"automatic, {header}",
        email(TEXT, headers=(header,)),
        automatic=Automatic.REPLY if is_known else Automatic.NO,
    )
add("not automatic", email(TEXT, headers=("Auto-Submitted: no", "X-Auto-Response-Suppress: All")))
add("null sender", email(TEXT, headers=("Return-Path: <>",)), automatic=Automatic.REPLY)
for header in (
    "List-Id: <x.example>",
    "List-Unsubscribe: <https://x>",
    "Precedence: bulk",
    "Precedence: list",
    "Mailing-List: x",
):
    add(f"list, {header}", email(TEXT, headers=(header,)), automatic=Automatic.LIST)
for subject in (
    "Out of office: back on Monday",
    "Automatic reply: The export",
    "Automatische Antwort: Export",
    "Abwesenheitsnotiz",
    "Réponse automatique : x",
    "Respuesta automática: x",
    "Risposta automatica: x",
    "Automatisch antwoord: x",
    "Autosvar: x",
    "Автоматический ответ: x",
    "自動応答: x",
    "رد تلقائي: x",
):
    add(f"subject, {subject}", email(TEXT, subject=subject), automatic=Automatic.PERHAPS)
for local in (
    "no-reply",
    "noreply",
    "donotreply",
    "verify",
    "account-verification",
    "notifications",
):
    add(f"robot, {local}", email(TEXT, sender=f"{local}@x.example"), automatic=Automatic.PERHAPS)
REPORT = "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; dana@acme.example\r\nAction: {}\r\nStatus: {}\r\n"
for action, status in (
    ("failed", "5.1.1"),
    ("delayed", "4.4.1"),
    ("delivered", "2.0.0"),
    ("failed", "4.2.2"),
):
    add(
        f"report, {action} {status}",
        multipart(
            "report; report-type=delivery-status",
            part("Sorry"),
            part(REPORT.format(action, status), "message/delivery-status"),
            part("Message-ID: <x@y>\r\n", "text/rfc822-headers"),
        ),
        "Sorry",
        automatic=Automatic.BOUNCE,
    )
add(
    "bounce, qmail",
    email(
        "Hi. This is the qmail-send program at x.\n<dana@acme.example>:\n550 no such user\n\n"
        "--- Below this line is a copy of the message.\n\nMessage-ID: <x@y>\n",
        sender="MAILER-DAEMON@x.example",
        subject="failure notice",
    ),
    None,
    automatic=Automatic.BOUNCE,
)
add(
    "bounce, exim",
    email(
        "A message that you sent could not be delivered",
        headers=("X-Failed-Recipients: dana@acme.example",),
    ),
    None,
    automatic=Automatic.BOUNCE,
)
add(
    "bounce, postmaster",
    email("Sorry", sender="postmaster@x.example", subject="Undeliverable: The export is stuck"),
    None,
    automatic=Automatic.BOUNCE,
)
add(
    "bounce, null sender",
    email("x", subject="Undeliverable: x", headers=("Return-Path: <>",)),
    None,
    automatic=Automatic.BOUNCE,
)
add(
    "complaint",
    multipart(
        "report; report-type=feedback-report",
        part("An abuse report"),
        part("Feedback-Type: abuse\r\n", "message/feedback-report"),
        part(email("x"), "message/rfc822"),
    ),
    None,
    automatic=Automatic.COMPLAINT,
    files=None,
)
add(
    "read receipt",
    multipart(
        "report; report-type=disposition-notification",
        part("Read"),
        part("Disposition: automatic\r\n", "message/disposition-notification"),
    ),
    None,
    automatic=Automatic.RECEIPT,
)
for header in (
    "X-Spam-Flag: YES",
    "X-Spam-Status: Yes, score=9",
    "X-Spam: Yes",
    "X-Rspamd-Action: add header",
):
    add(f"spam, {header}", email(TEXT, headers=(header,)), is_spam=True)
add("no spam", email(TEXT, headers=("X-Spam-Status: No, score=0.1", "X-Spam-Flag: NO")))


# -- What only looks like a quote ----------------------------------------------------------------

for number, text in enumerate(
    (
        "Change it, please:\n\nFrom: Halle\nTo: Saale\nDate: 5 May\n\nThanks",
        "It shows\n\nFrom: 10:00\nTo: 12:00\nSubject: Latin\n\nand then crashes.",
        "Hi,\n\nOn 5 May the manager wrote:\n\nThe invoice is wrong.\n\nWhat should I do?",
    )
):
    add(f"text with something like headers {number}", email(text), text, "")
