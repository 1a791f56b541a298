"""Translations of the demo's fields and settings into the site's other languages."""

from wagtail_portal.models import HeaderLink, PortalSettings, TicketField

LANGUAGES = ("ar", "de", "es", "fr")

#: English text: translations in the order of ``LANGUAGES``.
TEXTS = {
    "Severity": ("الخطورة", "Schweregrad", "Gravedad", "Gravité"),
    "Blocking: work has stopped. Degraded: it works, but not well.": (
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
    "The customer’s plan.": (
        "ما يدفع العميل مقابله.",
        "Wofür der Kunde bezahlt.",
        "Lo que paga el cliente.",
        "Ce que paie le client.",
    ),
    "Fixed in": ("أُصلح في", "Behoben in", "Corregido en", "Corrigé dans"),
    "The release that contains the fix.": (
        "الإصدار الذي يحوي الإصلاح.",
        "Die Version mit der Korrektur.",
        "La versión con la corrección.",
        "La version avec la correction.",
    ),
    "Your messages are read and answered by engineers.": (
        "يقرأ المهندسون ما تكتبه هنا، وسيجيبك أحدهم.",
        "Ihre Nachrichten werden von unseren Technikern gelesen und beantwortet.",
        "Nuestros ingenieros leen y responden sus mensajes.",
        "Nos ingénieurs lisent vos messages et y répondent.",
    ),
    "Enter your work email address and we’ll send you a sign-in code.": (
        "أدخل عنوان بريدك في العمل، ونرسل إليك رمزًا لتسجيل الدخول.",
        "Geben Sie Ihre geschäftliche E-Mail-Adresse ein, und wir senden Ihnen einen Code.",
        "Introduzca su correo de trabajo y le enviaremos un código para iniciar sesión.",
        "Saisissez votre adresse e-mail professionnelle, et nous vous enverrons un code.",
    ),
    "<p>Millrace Software · Enterprise customers: in an emergency, call the number in your "
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
    """Add the translations to every object of the demo."""
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
