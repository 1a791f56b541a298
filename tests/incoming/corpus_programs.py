# ruff: noqa: E501 - headers of emails are as long as they are
"""More emails by the rules of mail programs: quotes in other languages, reports of email servers,
addresses, charsets, and what only some programs write."""

import base64

from wagtail_portal.utils.received_email import Automatic

from .corpus import CASES, OLD, QUOTED, TEXT, add, attachment, html, image
from .emails import email, group, multipart, part

__all__ = ["CASES"]

# -- Quotes --------------------------------------------------------------------------------------

QUOTES = {
    "outlook mobile en": "________________________________\nFrom: Robin Vale <help@company.example>\nSent: Monday, October 5, 2026 9:12:00 AM\nTo: Dana Reyes <dana@acme.example>\nSubject: Re: x",
    "danish outlook": "Fra: Robin Vale <help@company.example>\nSendt: 5. oktober 2026 09:12\nTil: Dana Reyes\nEmne: x",
    "norwegian outlook": "Fra: Robin Vale <help@company.example>\nSendt: mandag 5. oktober 2026 09:12\nTil: Dana\nEmne: x",
    "finnish outlook": "Lähettäjä: Robin Vale <help@company.example>\nLähetetty: maanantai 5. lokakuuta 2026 9.12\nVastaanottaja: Dana\nAihe: x",
    "portuguese outlook": "De: Robin Vale <help@company.example>\nEnviada em: segunda-feira, 5 de outubro de 2026 09:12\nPara: Dana\nAssunto: x",
    "portuguese2 outlook": "De: Robin Vale <help@company.example>\nEnviado: segunda-feira, 5 de outubro de 2026 09:12\nPara: Dana\nAssunto: x",
    "czech outlook": "Od: Robin Vale <help@company.example>\nOdesláno: pondělí 5. října 2026 9:12\nKomu: Dana\nPředmět: x",
    "hungarian outlook": "Feladó: Robin Vale <help@company.example>\nElküldve: 2026. október 5., hétfő 9:12\nCímzett: Dana\nTárgy: x",
    "turkish outlook": "Kimden: Robin Vale <help@company.example>\nGönderildi: 5 Ekim 2026 Pazartesi 09:12\nKime: Dana\nKonu: x",
    "greek outlook": "Από: Robin Vale <help@company.example>\nΣτάλθηκε: Δευτέρα, 5 Οκτωβρίου 2026 9:12\nΠρος: Dana\nΘέμα: x",
    "romanian outlook": "De la: Robin Vale <help@company.example>\nTrimis: luni, 5 octombrie 2026 09:12\nCătre: Dana\nSubiect: x",
    "ukrainian outlook": "Від: Robin Vale <help@company.example>\nНадіслано: 5 жовтня 2026 р. 9:12\nКому: Dana\nТема: x",
    "bulgarian": "От: Robin Vale <help@company.example>\nИзпратено: понеделник, 5 октомври 2026\nДо: Dana\nОтносно: x",
    "hebrew outlook": "מאת: Robin Vale <help@company.example>\nנשלח: יום שני 05 אוקטובר 2026 09:12\nאל: Dana\nנושא: x",
    "arabic outlook": "من: Robin Vale <help@company.example>\nتاريخ الإرسال: 5 أكتوبر 2026\nإلى: Dana\nالموضوع: x",
    "korean outlook": "보낸 사람: Robin Vale <help@company.example>\n보낸 날짜: 2026년 10월 5일\n받는 사람: Dana\n제목: x",
    "trad chinese": "寄件者: Robin Vale <help@company.example>\n寄件日期: 2026年10月5日\n收件者: Dana\n主旨: x",
    "french original": "-----Message d'origine-----\nDe : Robin\nEnvoyé : lundi\nÀ : Dana\nObjet : x",
    "lotus": "From:\tRobin Vale/Company\nTo:\tDana Reyes/Acme@Acme\nDate:\t05.10.2026 09:12\nSubject:\tRe: x",
    "gmx": 'Gesendet: Montag, 05. Oktober 2026 um 09:12 Uhr\nVon: "Robin Vale" <help@company.example>\nAn: dana@acme.example\nBetreff: x',
    "apple german": "Am 05.10.2026 um 09:12 schrieb Robin Vale\n<help@company.example>:",
    "proton": "On Monday, October 5th, 2026 at 09:12, Robin Vale <help@company.example> wrote:",
    "proton android": "-------- Original Message --------\nOn 5 Oct 2026, 09:12, Robin Vale < help@company.example> wrote:",
    "samsung": "-------- Original message --------\nFrom: Robin Vale <help@company.example>\nDate: 10/5/26 9:12 AM (GMT+01:00)\nTo: Dana\nSubject: x",
    "yahoo": "On Monday, October 5, 2026 at 09:12:00 AM GMT+2, Robin Vale <help@company.example> wrote:  ",
    "yahoo mobile": "Sent from Yahoo Mail on Android \n \n  On Mon, Oct 5, 2026 at 9:12, Robin Vale<help@company.example> wrote:",
    "kmail": "On Monday, 5 October 2026 09:12:00 CEST you wrote:",
    "mutt": "On Mon, Oct 05, 2026 at 09:12:00AM +0200, Robin Vale wrote:",
    "gnus": "Robin Vale <help@company.example> writes:",
    "croatian": "pon, 5. lis 2026. u 9:12 Robin Vale <help@company.example> napisao je:",
    "slovak": "po 5. 10. 2026 o 9:12 Robin Vale <help@company.example> napísal(a):",
    "slovenian": "V pon., 5. okt. 2026 ob 09:12 je oseba Robin Vale <help@company.example> napisala:",
    "bulgarian gmail": "На пн, 5.10.2026 г. в 9:12 ч. Robin Vale <help@company.example> написа:",
    "vietnamese": "Vào Th 2, 5 thg 10, 2026 vào lúc 09:12 Robin Vale <help@company.example> đã viết:",
    "thai": "ในวันที่ จ. 5 ต.ค. 2026 เวลา 09:12 Robin Vale <help@company.example> เขียนว่า:",
    "indonesian": "Pada tanggal Sen, 5 Okt 2026 pukul 09.12 Robin Vale <help@company.example> menulis:",
    "persian": "در تاریخ دوشنبه ۵ اکتبر ۲۰۲۶ ساعت ۹:۱۲ Robin Vale <help@company.example> نوشت:",
    "hindi": "सोम, 5 अक्टू॰ 2026 को 9:12 am बजे को Robin Vale <help@company.example> ने लिखा:",
    "lithuanian": "Pirm., 2026-10-05 09:12, Robin Vale <help@company.example> rašė:",
    "latvian": "Robin Vale (<help@company.example>) rakstīja (pirmd., 2026. g. 5. okt., plkst. 09:12):",
    "estonian": "Kuupäev E, 5. oktoober 2026 kell 09:12 kirjutas Robin Vale <help@company.example>:",
    "japanese apple": "2026/10/05 9:12、Robin Vale <help@company.example>のメール:",
    "korean apple": "2026. 10. 5. 오전 9:12, Robin Vale <help@company.example> 작성:",
    "chinese apple": "在 2026年10月5日，09:12，Robin Vale <help@company.example> 写道：",
    "chinese qq": '------------------ 原始邮件 ------------------\n发件人: "Robin" <help@company.example>;\n发送时间: 2026年10月5日(星期一) 上午9:12\n收件人: "dana";\n主题: x',
    "chinese 163": 'At 2026-10-05 09:12:00, "Robin Vale" <help@company.example> wrote:',
    "mailru": "Понедельник, 5 октября 2026, 9:12 +03:00 от Robin Vale <help@company.example>:",
    "yandex": '05.10.2026, 09:12, "Robin Vale" <help@company.example>:',
    "sv apple": "5 okt. 2026 kl. 09:12 skrev Robin Vale <help@company.example>:",
    "es apple": "El 5 oct 2026, a las 9:12, Robin Vale <help@company.example> escribió:",
    "it apple": "Il giorno 5 ott 2026, alle ore 09:12, Robin Vale <help@company.example> ha scritto:",
    "nl apple": "Op 5 okt. 2026 om 09:12 heeft Robin Vale <help@company.example> het volgende geschreven:",
    "pl apple": "Wiadomość napisana przez Robin Vale <help@company.example> w dniu 5 paź 2026, o godz. 09:12:",
    "da apple": "Den 5. okt. 2026 kl. 09.12 skrev Robin Vale <help@company.example>:",
    "fi apple": "Robin Vale <help@company.example> kirjoitti 5.10.2026 kello 9.12:",
    "pt apple": "Em 5 de out. de 2026, à(s) 09:12, Robin Vale <help@company.example> escreveu:",
    "tr apple": "Robin Vale <help@company.example> şunları yazdı (5 Eki 2026 09:12):",
    "fr apple": "Le 5 oct. 2026 à 09:12, Robin Vale <help@company.example> a écrit :",
}
for program, lines in QUOTES.items():
    add(f"program, {program}", email(f"{TEXT}\n\n{lines}\n\n{QUOTED}\n"), TEXT, "Please try again.")
    # As in text that was made of a page, or by a program that doesn't mark quotes.
    add(f"program, {program}, unmarked", email(f"{TEXT}\n\n{lines}\n\n{OLD}\n"), TEXT, OLD)
for program, lines in {
    "lotus notes": "Robin Vale <help@company.example> wrote on 10/05/2026 09:12:00 AM:\n\n> From: Robin\n> To: Dana",
    "lotus notes, german": "Robin Vale <help@company.example> schrieb am 05.10.2026 09:12:00:\n\n> Von: Robin",
    "catalan": "Missatge de Robin Vale <help@company.example> del dia dl., 5 d’oct. 2026 a les 9:12:",
}.items():
    add(f"program, {program}", email(f"{TEXT}\n\n{lines}\n\n{QUOTED}\n"), TEXT, "Please try again.")

#: What looks like a quote, and isn't one.
for text in (
    "On Monday I wrote you a list of the following problems:\n\n1. It hangs.\n2. It crashes.",
    "I asked Robin <help@company.example> and got this:\n\nNothing works.",
    "He wrote that the following fails:\nA\nB",
    "No: it does not work.\nTo: be honest\nDate: today",
    "Please call me at 9:30 or write to Robin <help@company.example>:\nHe knows.",
    "On 5 Oct the printer wrote 3 pages:\n\nPage one.",
    "To: whom it may concern\nSubject: broken\n\nFrom: me",
    "Sent: nothing\nSubject: x",
    "From the log:\n\nDate: x\nTo: y",
):
    add(f"no quote, {text[:30]}", email(text), text, "")

add(
    "proton, signature",
    html(
        f'<div>{TEXT}</div><div class="protonmail_signature_block">Sent with Proton Mail</div>'
        '<div class="protonmail_quote">On Monday, Robin wrote:<br><blockquote>Old</blockquote></div>'
    ),
    TEXT,
    "Old",
)
add(
    "zoho",
    html(
        f'<div>{TEXT}</div><div class="zmail_extra">---- On Mon, Robin wrote ----'
        "<blockquote>Old</blockquote></div>"
    ),
    TEXT,
    "Old",
)
add(
    "zimbra",
    html(
        f'<div>{TEXT}</div><hr id="zwchr"><div><b>From: </b>"Robin" &lt;h@c.example&gt;<br><b>To: </b>x<br>'
        "<b>Sent: </b>Mon<br><b>Subject: </b>x<br></div><div>Old</div>"
    ),
    TEXT,
    "Old",
)
add(
    "gmx, page",
    html(
        f'<div>{TEXT}</div><div name="quote"><div><b>Gesendet:</b>&nbsp;Montag<br/><b>Von:</b>&nbsp;"Robin" '
        "&lt;h@c.example&gt;<br/><b>An:</b>&nbsp;x<br/><b>Betreff:</b>&nbsp;x</div><div>Old</div></div>"
    ),
    TEXT,
    "Old",
)
add(
    "lotus notes, page",
    html(
        f'<font size=2 face="sans-serif">{TEXT}</font><br><br><font size=1>From: &nbsp; </font><font size=1>'
        "Robin &lt;h@c.example&gt;</font><br><font size=1>To: Dana</font><br><font size=1>Date: 05.10</font>"
        "<br><font size=1>Subject: x</font><br><hr noshade><br><tt>Old</tt>"
    ),
    TEXT,
    "Old",
)
add(
    "outlook for ios",
    html(
        f'<div>{TEXT}</div><div id="ms-outlook-mobile-signature">Gesendet von <a href="https://aka.ms/x">Outlook'
        '</a></div><div id="mail-editor-reference-message-container"><hr><b>Von:</b> Robin<br>Old</div>'
    ),
    TEXT,
    "Old",
)
add(
    "word",
    html(
        "<!--[if gte mso 9]><xml></xml><![endif]--><p class=MsoNormal>Hi,<o:p></o:p></p><p class=MsoNormal>"
        "<o:p>&nbsp;</o:p></p><p class=MsoListParagraph><![if !supportLists]>1.<span>&nbsp;</span><![endif]>One</p>"
    ),
    "Hi,\n\n1. One",
    "",
)
add(
    "gmail, answers inside the quote",
    html(
        '<div dir="ltr">See below.<div class="gmail_quote"><div class="gmail_attr">On x Robin wrote:<br></div>'
        "<blockquote>Which version?</blockquote><div>8.2</div><blockquote>Browser?</blockquote><div>Firefox</div></div></div>"
    ),
    "See below.\nOn x Robin wrote:\n\n> Which version?\n\n8.2\n\n> Browser?\n\nFirefox",
    "",
)
add("page, right to left", html('<div dir="rtl">שלום <b>עולם</b></div>'), "שלום **עולם**")
add(
    "forwarded by apple, german",
    email(
        "Siehe unten\n\nAnfang der weitergeleiteten Nachricht:\n\n> Von: Kim\n> Betreff: Hi\n> \n> The text.",
        subject="Fwd: Hi",
    ),
    "Siehe unten\n\nAnfang der weitergeleiteten Nachricht:\n\n> Von: Kim\n> Betreff: Hi\n> \n> The text.",
    "",
)
add(
    "forwarded by outlook, german",
    email("FYI\n\nVon: Kim\nGesendet: Montag\nAn: Dana\nBetreff: Hi\n\nThe text", subject="WG: Hi"),
    "FYI\n\nVon: Kim\nGesendet: Montag\nAn: Dana\nBetreff: Hi\n\nThe text",
    "",
)
add(
    "forwarded as a file",
    multipart(
        "mixed", part("Please handle"), part(email("x", subject="Printer"), "message/rfc822")
    ),
    "Please handle",
    files=("Printer.eml",),
)
add(
    "attached email in base64",
    multipart(
        "mixed",
        part(TEXT),
        part(
            base64.encodebytes(email("Inner", subject="Printer")),
            "message/rfc822",
            "Content-Transfer-Encoding: base64",
            'Content-Disposition: attachment; filename="a.eml"',
        ),
    ),
    files=("a.eml",),
)
add("alternative, page only", multipart("alternative", part(f"<p>{TEXT}</p>", "text/html")))
add(
    "related, page second",
    multipart(
        'related; start="<p>"',
        image("one"),
        part(f'<p>{TEXT} <img src="cid:one"></p>', "text/html", "Content-ID: <p>"),
    ),
    f"{TEXT} [plan.png]",
    files=("plan.png",),
)
add(
    "invitation with a page",
    multipart(
        "alternative",
        part(TEXT),
        part(f"<p>{TEXT}</p>", "text/html"),
        part("BEGIN:VCALENDAR\nMETHOD:REQUEST", "text/calendar; charset=utf-8; method=REQUEST"),
    ),
    files=("invitation.ics",),
)
add(
    "invitation alone",
    email("BEGIN:VCALENDAR\nMETHOD:REQUEST", content_type="text/calendar; method=REQUEST"),
    "",
    files=("invitation.ics",),
)
add(
    "signed, pgp in the text",
    email(
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{TEXT}\n- -- dash\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n"
    ),
    f"{TEXT}\n-- dash",
)
add(
    "encrypted, pgp in the text",
    email("-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n"),
    "-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----",
    is_encrypted=True,
)
add(
    "signed, smime in one part",
    email(
        "MII",
        content_type='application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"',
        headers=('Content-Disposition: attachment; filename="smime.p7m"',),
    ),
    "",
    files=("smime.p7m",),
)
add(
    "winmail.dat of outlook",
    multipart(
        "mixed",
        part(TEXT),
        part(
            "eJ8+Ig==",
            'application/ms-tnef; name="winmail.dat"',
            "Content-Transfer-Encoding: base64",
            'Content-Disposition: attachment; filename="winmail.dat"',
        ),
    ),
    files=("winmail.dat",),
)
add(
    "apple, files between texts",
    multipart("mixed", part("One"), attachment(), part("Two"), image(), part("Three")),
    "One\n\nTwo\n\n[plan.png]\n\nThree",
    files=("app.log", "plan.png"),
)
add(
    "flowed, delsp, quoted",
    email(
        "> Which \n> version?\n>\n8.2 \n ok\n",
        content_type="text/plain; charset=utf-8; format=flowed; delsp=yes",
    ),
    "8.2ok",
    "Whichversion?",
)
add("page in utf-7", email("+ADw-b+AD4-Hi", content_type="text/html; charset=utf-7"), "Hi")

# -- Charsets ------------------------------------------------------------------------------------

for charset, codec, words in (
    ("iso-2022-jp", "iso2022_jp_ext", "テスト（１）ﾊﾝｶｸ"),
    ("windows-31j", "cp932", "髙①㈱"),
    ("eucjp-ms", "euc_jp", "こんにちは"),
    ("windows-874", "cp874", "สวัสดี"),
    ("iso-8859-11", "cp874", "สวัสดี"),
    ("windows-949", "cp949", "안녕"),
    ("iso-2022-kr", "iso2022_kr", "안녕"),
    ("hz-gb-2312", "hz", "你好"),
    ("gb18030", "gb18030", "𠮷你"),
    ("gbk", "gbk", "镕"),
    ("big5-hkscs", "big5hkscs", "你好"),
    ("koi8-u", "koi8_u", "Дякую їм"),
    ("x-mac-cyrillic", "mac_cyrillic", "Привет"),
    ("ibm866", "cp866", "Привет"),
    ("cp-850", "cp850", "Grüße"),
    ("windows1252", "cp1252", "Grüße €"),
    ("iso-8859-8-i", "iso8859_8", "שלום עולם"),
    ("iso-8859-6", "iso8859_6", "مرحبا"),
    ("iso-8859-5", "iso8859_5", "Привет"),
    ("iso-8859-13", "iso8859_13", "Ačiū"),
    ("iso-8859-16", "iso8859_16", "Mulțumesc"),
    ("windows-1257", "cp1257", "Ačiū"),
    ("windows-1254", "cp1254", "Işık"),
    ("windows-1253", "cp1253", "Καλημέρα"),
    ("utf-16le", "utf-16-le", "Grüße"),
    ("utf-32", "utf-32", "Grüße"),
    ("unicode-1-1-utf-7", "utf-7", "Grüße"),
    ("default", "cp1252", "Grüße"),
    ("8bit", "utf-8", "Grüße"),
):
    add(
        f"charset {charset}, {words}",
        email(
            base64.encodebytes(words.encode(codec)),
            content_type=f"text/plain; charset={charset}",
            headers=("Content-Transfer-Encoding: base64",),
        ),
        words,
    )
add(
    "japanese in seven bits",
    email(
        "こんにちは".encode("iso2022_jp"),
        content_type="text/plain; charset=ISO-2022-JP",
        subject=f"=?ISO-2022-JP?B?{base64.b64encode('再送：印刷'.encode('iso2022_jp')).decode()}?=",
    ),
    "こんにちは",
    subject="再送：印刷",
)
add(
    "japanese subject without encoded words",
    email(TEXT, subject="再送".encode("iso2022_jp").decode("ascii")),
    subject="再送",
)

# -- Addresses and headers -----------------------------------------------------------------------

for name, (value, address, certain) in {
    "comment behind": ("dana@acme.example (Dana Reyes)", "dana@acme.example", True),
    "comment in a comment": ("Dana (at (Acme)) <dana@acme.example>", "dana@acme.example", True),
    "comment inside": ("dana(comment)@acme.example", "", False),
    "comment with an address": ("dana@acme.example (eve@evil.example)", None, False),
    "two comments": ("dana@acme.example (a) (b)", "dana@acme.example", False),
    "encoded words": (
        "=?utf-8?b?RMOhbmE=?= =?utf-8?q?_R=C3=A9yes?= <dana@acme.example>",
        "dana@acme.example",
        True,
    ),
    "encoded word in quotes": (
        '"=?utf-8?q?D=C3=A1na?=" <dana@acme.example>',
        "dana@acme.example",
        True,
    ),
    "name in utf-8": ("Dána Réyes <dana@acme.example>", "dana@acme.example", True),
    "name with a comma": ("Reyes, Dana <dana@acme.example>", "dana@acme.example", False),
    "name with a colon": ("Dr. Dana: Acme <dana@acme.example>", "dana@acme.example", False),
    "name with an at": ("Dana @ Acme <dana@acme.example>", "dana@acme.example", False),
    "lotus notes": ("Dana Reyes/Acme <dana@acme.example>", "dana@acme.example", True),
    "folded": ("\r\n Dana Reyes\r\n <dana@acme.example>", "dana@acme.example", True),
    "group with a name": ("Team: Dana <dana@acme.example>;", "dana@acme.example", False),
    "international domain": ("Dana <dana@büro.example>", "dana@xn--bro-hoa.example", False),
    "international domain in ascii": (
        "<dana@xn--bro-hoa.example>",
        "dana@xn--bro-hoa.example",
        True,
    ),
    "international address": ("Dána <dána@büro.example>", "", False),
    "letters in front of an address": ("ádana@acme.example", "", False),
    "letters behind an address": ("dana@acme.exampleé", "dana@acme.xn--example-hya", False),
    "quoted local part": ('"dana reyes"@acme.example', "", False),
    "address literal": ("dana@[192.0.2.1]", "", False),
    "without a domain of two parts": ("root@localhost", "", False),
    "dot at the end": ("dana@acme.example.", "dana@acme.example", False),
    "scheme": ("<mailto:dana@acme.example>", "dana@acme.example", False),
}.items():
    add(f"from, {name}", email(TEXT, sender=value), sender=address, is_certain=certain)
add(
    "sender that no address was found for",
    email(TEXT, sender="Dána <dána@büro.example>"),
    sender="",
    sender_name="Dána <dána@büro.example>",
)
add("old name", email(TEXT, sender="dana@acme.example (Dana Reyes)"), sender_name="Dana Reyes")
add(
    "only to, subject and text",
    b"To: support@company.example\r\nSubject: Hi\r\n\r\nHello",
    "Hello",
    sender="",
    is_certain=False,
)
add(
    "two Message-IDs",
    email(TEXT, headers=("Message-ID: <two@acme.example>",)),
    sender="dana@acme.example",
)
add(
    "no Message-ID, no date",
    email(TEXT).replace(b"Message-ID:", b"X-A:").replace(b"Date:", b"X-B:"),
)
add("group in To", email(TEXT, to="Team: a@b.example, support@company.example;"))
add("undisclosed recipients", email(TEXT, to="undisclosed-recipients:;"))
add("semicolons in To", email(TEXT, to="support@company.example; other@x.example"))
add(
    "encoded words in every place",
    email(
        TEXT,
        to="=?utf-8?q?S=C3=BCpport?= <support@company.example>",
        subject="Re: =?utf-8?q?=5BGr=C3=BC=C3=9Fe=5D?= a =?utf-8?b?8J+YgA==?= b",
    ),
    subject="Re: [Grüße] a 😀 b",
)

# -- Automatic emails ----------------------------------------------------------------------------

for header in (
    "X-Auto-Reply: yes",
    "X-Autoreply-From: dana@acme.example",
    "X-Mail-Autoreply: x",
    "X-FC-MachineGenerated: true",
    "X-POST-MessageClass: 9; Autoresponder",
    "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
):
    add(f"automatic, {header}", email(TEXT, headers=(header,)), automatic=Automatic.REPLY)
for subject in (
    *(
        "Out of Office AutoReply: x",
        "Away from my mail",
        "On Leave Re: x",
        "I'm on vacation",
        "ooo: x",
    ),
    *("Abwesend: x", "Automatische Abwesenheitsnotiz", "Ich bin nicht im Büro", "Absent : x"),
    *(
        "Automaattinen poissaoloviesti",
        "Resposta automàtica: x",
        "Resposta automática: x",
        "Ausência: x",
    ),
    *(
        "Fuera de oficina: x",
        "Fuori ufficio: x",
        "Afwezig: x",
        "Automatisk svar: x",
        "Poza biurem: x",
    ),
    *("Automatická odpověď: x", "Mimo kancelář: x", "Automatikus válasz: x", "Răspuns automat: x"),
    *("Автоматичен отговор: x", "Автоответ: x", "Нет на месте", "Автоматична відповідь: x"),
    *(
        "Otomatik yanıt: x",
        "Αυτόματη απάντηση: x",
        "自動返信: x",
        "自动答复: x",
        "自動回覆: x",
        "자동 회신: x",
    ),
    *("Trả lời tự động: x", "ตอบกลับอัตโนมัติ: x", "Balasan otomatis: x", "Automatinis atsakymas: x"),
    *("Automātiskā atbilde: x", "Automaatvastus: x", "מענה אוטומטי: x", "Automatski odgovor: x"),
    *("Thank you for contacting us [autoreply]", "Ticket received - auto reply"),
    *("Read: The export is stuck", "Gelesen: x", "Lu : x", "Leído: x", "開封済み: x"),
):
    add(f"subject, {subject}", email(TEXT, subject=subject), automatic=Automatic.PERHAPS)
for subject in (
    *("Automatic replies don't work", "On leave form is broken", "Out of office calendar fails"),
    *(
        "Vacation request form",
        "Absence form broken",
        "Absent employees are listed twice",
        "Auto: x",
    ),
    *("Mail delivery problem", "Delivery status of my order?", "Reading: the docs", "OOO calendar"),
):
    add(f"subject of a person, {subject}", email(TEXT, subject=subject))
add(
    "postmaster who writes",
    email(TEXT, sender="postmaster@acme.example"),
    automatic=Automatic.PERHAPS,
)

# -- Reports -------------------------------------------------------------------------------------

KEY = "mail-1.ticket-2.aaaaaaaaaaaaaaaa@testserver"
COPY = f"Return-Path: <x@company.example>\nMessage-ID: <{KEY}>\nSubject: We have 512 users, 550 printers\n\n5.1.1 is out"
DSN = (
    "Reporting-MTA: dns; mx.acme.example\n\nFinal-Recipient: rfc822; dana@acme.example\nAction: {}\nStatus: {}\n"
    "Diagnostic-Code: smtp; {}\n"
)


def report(
    action: str, status: str, code: str = "", kind: str = "message/delivery-status", **more
) -> bytes:
    """Return a report as Postfix writes it."""
    return multipart(
        "report; report-type=delivery-status",
        part("This is the mail system at host mx.acme.example."),
        part(DSN.format(action, status, code), kind),
        part(COPY, "message/rfc822"),
        sender="MAILER-DAEMON@mx.acme.example (Mail Delivery System)",
        subject="Undelivered Mail Returned to Sender",
        **more,
    )


def add_report(
    name: str, raw: bytes, expected: tuple, automatic: Automatic = Automatic.BOUNCE
) -> None:
    """Add a report that is permanent, a delay, or about nothing that failed."""
    add(f"report, {name}", raw, None, automatic=automatic, files=None, report=(KEY, *expected))


PERMANENT, PASSING, DELAY, NOTHING = (
    ("permanent",),
    ("passing",),
    ("delay",),
    ("nothing",),
)
add_report("no such user", report("failed", "5.1.1", "550 5.1.1 unknown"), PERMANENT)
add_report("bounced, as some write it", report("Failed (bounced)", "5.1.1"), PERMANENT)
add_report("mailbox full", report("failed", "4.2.2", "452 full"), PASSING)
add_report("given up after days", report("failed", "4.4.7", "delivery time expired"), PASSING)
add_report("delayed", report("delayed", "4.4.1", "timeout"), DELAY)
add_report("delayed, with a status that says otherwise", report("delayed", "5.0.0"), DELAY)
for action in ("relayed", "expanded", "delivered"):
    add_report(action, report(action, "2.0.0", "250 ok"), NOTHING)
add_report(
    "international",
    report("failed", "5.1.1", kind="message/global-delivery-status").replace(
        b"message/rfc822", b"message/global-headers"
    ),
    PERMANENT,
)
add_report(
    "in base64",
    multipart(
        "report; report-type=delivery-status",
        part("x"),
        part(
            base64.encodebytes(DSN.format("failed", "5.1.1", "550").encode()),
            "message/delivery-status",
            "Content-Transfer-Encoding: base64",
        ),
        part(COPY, "text/rfc822-headers"),
        sender="postmaster@acme.example",
    ),
    PERMANENT,
)
add_report(
    "exchange",
    multipart(
        "report; report-type=delivery-status",
        group(
            "alternative", part("dana wasn't found at acme.example."), part("<p>x</p>", "text/html")
        ),
        part(
            DSN.format("failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
            "message/delivery-status",
        ),
        part(COPY, "message/rfc822"),
        sender="postmaster@outlook.example",
        subject="Undeliverable: x",
    ),
    PERMANENT,
)
add_report(
    "gmail, delay",
    multipart(
        "report; report-type=delivery-status",
        part("** Delivery incomplete **"),
        part(DSN.format("delayed", "4.4.1", "timeout"), "message/delivery-status"),
        part(COPY, "message/rfc822"),
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
        subject="Delivery Status Notification (Delay)",
        headers=("X-Failed-Recipients: dana@acme.example",),
    ),
    DELAY,
)
DAEMON = "Mail Delivery System <Mailer-Daemon@mx.acme.example>"
add_report(
    "exim",
    email(
        "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent "
        "error.\n\n  dana@acme.example\n    SMTP error from remote mail server after RCPT TO:\n    550 5.1.1 User "
        f"unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n{COPY}",
        sender=DAEMON,
        subject="Mail delivery failed: returning message to sender",
        headers=("X-Failed-Recipients: dana@acme.example",),
    ),
    PERMANENT,
)
add_report(
    "exim, delay",
    email(
        "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 "
        "hours on the queue.\n\n  dana@acme.example\n\nNo action is required on your part.\n\n"
        f"------ This is a copy of the message's headers. ------\n\n{COPY}",
        sender=DAEMON,
        subject="Warning: message 1abc delayed 24 hours",
    ),
    DELAY,
)
add_report(
    "sendmail, delay",
    email(
        "   **********************************************\n   **      THIS IS A WARNING MESSAGE ONLY      **\n"
        "   **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\n<dana@acme.example>... Deferred: timed out\n"
        f"Warning: message still undelivered after 4 hours\n\n{COPY}",
        sender=DAEMON,
        subject="Warning: could not send message for past 4 hours",
    ),
    DELAY,
)
add_report(
    "qmail",
    email(
        "Hi. This is the qmail-send program at acme.example.\nThis is a permanent error; I've given up.\n\n"
        "<dana@acme.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of "
        f"the message.\n\n{COPY}",
        sender="MAILER-DAEMON@acme.example",
        subject="failure notice",
    ),
    PERMANENT,
)
add_report(
    "without a reason, but with numbers in the copy",
    email(f"Sorry.\n\n{COPY}", sender="MAILER-DAEMON@acme.example", subject="failure notice"),
    PASSING,
)


def feedback(kind: str) -> bytes:
    """Return a report of a mailbox provider about an email of ours."""
    return multipart(
        "report; report-type=feedback-report",
        part("An email abuse report"),
        part(f"Feedback-Type: {kind}\nUser-Agent: x\nVersion: 1\n", "message/feedback-report"),
        part(COPY, "message/rfc822"),
        sender="fbl@isp.example",
    )


for kind in ("abuse", "fraud", "opt-out"):
    add_report(f"complaint, {kind}", feedback(kind), PASSING, Automatic.COMPLAINT)
for kind in ("not-spam", "auth-failure"):
    add_report(f"no complaint, {kind}", feedback(kind), NOTHING, Automatic.COMPLAINT)
add(
    "receipt by hand",
    multipart(
        "report; report-type=disposition-notification",
        part("Your message was read"),
        part(
            "Disposition: manual-action/MDN-sent-manually; displayed\n",
            "message/disposition-notification",
        ),
        subject="Read: x",
    ),
    None,
    automatic=Automatic.RECEIPT,
)
add(
    "request for a receipt",
    email(TEXT, headers=("Disposition-Notification-To: dana@acme.example",)),
)
