"""A real Dovecot with one user, on loopback."""

import grp
import imaplib
import json
import os
import pwd
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import claim_port

USER, PASSWORD = "support", "secret"


def has_dovecot() -> bool:
    """Return whether there is a Dovecot with the kind of configuration that's written here."""
    if shutil.which("dovecot") is None:
        return False
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True)
    return version.stdout.startswith("2.3")


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for loopback and its key, and return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


class TokenServer(HTTPServer):
    """Issues access tokens for the secret "consent", and tells Dovecot which ones are valid."""

    def __init__(self, claim):
        super().__init__(claim, Answer)
        self.issued: list[str] = []


class Answer(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        sent = parse_qs(self.rfile.read(length).decode())
        if sent.get("refresh_token") != ["consent"] or sent.get("client_id") != ["portal"]:
            self.answer(400, {"error": "invalid_grant", "error_description": "secret words"})
            return
        self.server.issued.append(f"token{len(self.server.issued)}")
        self.answer(200, {"access_token": self.server.issued[-1], "expires_in": 3600})

    def do_GET(self):
        token = self.path.rpartition("=")[2]
        if token in self.server.issued:
            self.answer(200, {"email": USER, "active": True})
        else:
            self.answer(401, {"error": "invalid_token"})

    def answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def token_server():
    """Run the server, and give its URL and the tokens that it has issued."""
    with claim_port() as claim:
        address = claim.getsockname()
    server = TokenServer(address)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield "http://{}:{}".format(*address), server.issued
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def dovecot(folder: Path, *, tls: bool = False, tokens: str = "", idle: bool = True):
    """Run Dovecot in a folder, and give its port.

    :param tls: whether to require TLS, with the certificate of :func:`write_certificate`.
    :param tokens: the URL of a token server; "" for a password.
    :param idle: whether to offer IDLE.
    """
    with claim_port() as claim:
        _host, port = claim.getsockname()
    user = pwd.getpwuid(os.getuid()).pw_name
    mail_user = "nobody" if user == "root" else user
    # Its processes aren't the user's own if that is root.
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    (folder / "mail").chmod(0o777)
    mail_group = grp.getgrgid(pwd.getpwnam(mail_user).pw_gid).gr_name
    if tokens:
        args = folder / "oauth2.conf"
        args.write_text(
            f"tokeninfo_url = {tokens}/info?access_token=\n"
            "introspection_mode = auth\nusername_attribute = email\n"
        )
        passdb = f"driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {args}"
    else:
        passdb = f"driver = static\n  args = password={PASSWORD}"
    config = folder / "dovecot.conf"
    config.write_text(
        f"""
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
auth_mechanisms = {"xoauth2 oauthbearer" if tokens else "plain"}
{"ssl = required" if tls else "ssl = no"}
{f"ssl_cert = <{folder}/cert.pem" if tls else ""}
{f"ssl_key = <{folder}/key.pem" if tls else ""}
{"" if idle else "imap_capability = IMAP4rev1 UIDPLUS"}
disable_plaintext_auth = {"yes" if tls else "no"}
default_login_user = {"dovenull" if user == "root" else user}
default_internal_user = {"dovecot" if user == "root" else user}
mail_location = maildir:{folder}/mail
mail_uid = {mail_user}
mail_gid = {mail_group}
first_valid_uid = 0
passdb {{
  {passdb}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {0 if tls else port}
  }}
  inet_listener imaps {{
    port = {port if tls else 0}
    ssl = {"yes" if tls else "no"}
  }}
}}
service anvil {{
  chroot =
}}
"""
    )
    process = subprocess.Popen(["dovecot", "-F", "-c", str(config)])
    try:
        _await(port, folder, tls)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await(port: int, folder: Path, tls: bool) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            if tls:
                imaplib.IMAP4_SSL("127.0.0.1", port).shutdown()
            else:
                imaplib.IMAP4("127.0.0.1", port).shutdown()
            return
        except (OSError, imaplib.IMAP4.error):
            log = folder / "log"
            assert time.monotonic() < until, log.read_text() if log.exists() else "no log"
