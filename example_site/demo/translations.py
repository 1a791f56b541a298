"""The texts of the demo's fields and settings in the other languages of the site."""

from wagtail_portal.models import HeaderLink, PortalSettings, TicketField

LANGUAGES = ("ar", "de", "es", "fr")

#: English text -> the same in each of the languages.
TEXTS = {
    "Severity": ("الخطورة", "Schweregrad", "Gravedad", "Gravité"),
    "Blocking: work has stopped. Degraded: it works, but badly.": (
        "معطِّل: توقف العمل. متدهور: يعمل، لكن بشكل سيئ.",
        "Blockierend: Die Arbeit steht still. Beeinträchtigt: Es läuft, aber schlecht.",
        "Bloqueante: el trabajo se ha detenido. Degradado: funciona, pero mal.",
        "Bloquant : le travail est arrêté. Dégradé : cela fonctionne, mais mal.",
    ),
    "Blocking": ("معطِّل", "Blockierend", "Bloqueante", "Bloquant"),
    "Degraded": ("متدهور", "Beeinträchtigt", "Degradado", "Dégradé"),
    "Minor": ("بسيط", "Gering", "Leve", "Mineur"),
    "Question": ("سؤال", "Frage", "Pregunta", "Question"),
    "Product area": ("مجال المنتج", "Produktbereich", "Área del producto", "Domaine du produit"),
    "Flows": ("التدفقات", "Abläufe", "Flujos", "Flux"),
    "Connectors": ("الموصلات", "Konnektoren", "Conectores", "Connecteurs"),
    "Runner": ("المشغّل", "Runner", "Ejecutor", "Exécuteur"),
    "API and command line": (
        "واجهة البرمجة وسطر الأوامر",
        "API und Kommandozeile",
        "API y línea de comandos",
        "API et ligne de commande",
    ),
    "Sign-in and access": (
        "تسجيل الدخول والصلاحيات",
        "Anmeldung und Zugang",
        "Inicio de sesión y acceso",
        "Connexion et accès",
    ),
    "Billing": ("الفوترة", "Abrechnung", "Facturación", "Facturation"),
    "Environment": ("البيئة", "Umgebung", "Entorno", "Environnement"),
    "Production": ("الإنتاج", "Produktion", "Producción", "Production"),
    "Staging": ("ما قبل الإنتاج", "Vorproduktion", "Preproducción", "Préproduction"),
    "Development": ("التطوير", "Entwicklung", "Desarrollo", "Développement"),
    "Plan": ("الباقة", "Tarif", "Plan", "Offre"),
    "What the customer pays for.": (
        "ما يدفع العميل مقابله.",
        "Wofür der Kunde bezahlt.",
        "Lo que paga el cliente.",
        "Ce que paie le client.",
    ),
    "Fixed in": ("أُصلح في", "Behoben in", "Corregido en", "Corrigé dans"),
    "The release with the repair.": (
        "الإصدار الذي يحوي الإصلاح.",
        "Die Version mit der Korrektur.",
        "La versión con la corrección.",
        "La version avec la correction.",
    ),
    "Engineers read what you write here, and one of them will answer.": (
        "يقرأ المهندسون ما تكتبه هنا، وسيجيبك أحدهم.",
        "Was Sie hier schreiben, lesen Ingenieure, und einer von ihnen wird antworten.",
        "Lo que escriba aquí lo leen ingenieros, y uno de ellos le responderá.",
        "Des ingénieurs lisent ce que vous écrivez ici, et l’un d’eux vous répondra.",
    ),
    "Enter your work email address and we’ll send you a sign-in code.": (
        "أدخل عنوان بريدك في العمل، ونرسل إليك رمزًا لتسجيل الدخول.",
        "Geben Sie Ihre Adresse bei der Arbeit ein, und wir schicken Ihnen einen Code.",
        "Escriba su dirección de trabajo y le enviaremos un código para entrar.",
        "Saisissez votre adresse professionnelle, et nous vous envoyons un code.",
    ),
    "<p>Millrace Software · In emergencies, Enterprise customers call the number in their "
    "contract.</p>": (
        "<p>Millrace Software · في حالات الطوارئ يتصل عملاء Enterprise بالرقم "
        "المذكور في عقدهم.</p>",
        "<p>Millrace Software · Im Notfall rufen Enterprise-Kunden die Nummer aus ihrem Vertrag "
        "an.</p>",
        "<p>Millrace Software · En caso de emergencia, los clientes de Enterprise llaman al número "
        "de su contrato.</p>",
        "<p>Millrace Software · En cas d’urgence, les clients Enterprise appellent le numéro de "
        "leur contrat.</p>",
    ),
    "Status": ("الحالة", "Status", "Estado", "État"),
}


def translate() -> None:
    """Give every row of the demo its texts in the other languages."""
    for field in TicketField.objects.all():
        _fill(field, "label", "help_text")
        for choice in field.choices.all():
            _fill(choice, "label")
    for settings in PortalSettings.objects.all():
        _fill(settings, "welcome_text", "sign_in_text", "footer")
    for link in HeaderLink.objects.all():
        _fill(link, "label")


def _fill(row, *names) -> None:
    for name in names:
        for code, text in zip(LANGUAGES, TEXTS.get(getattr(row, name), ()), strict=False):
            row.translations.setdefault(code, {})[name] = text
    row.save()
