"""A worker process of each documented queue of background tasks delivers emails.

The settings, modules and commands are those in the documentation.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager
from uuid import uuid4

import pytest

from tests.demo_folder import FOREIGN
from tests.mailbox import open_mailbox, text_of
from tests.serving import ROOT, TIMEOUT
from tests.test_docs import FENCE, page

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
BROKER_URL = os.environ.get("BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")

CUSTOMER = "maren@brightwater.example"
#: Migrates, lets an agent reply to a ticket, and prints how many emails wait for a worker.
REPLY = """
import sys
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from wagtail_portal import actions
from wagtail_portal.models import Delivery, Notification, Ticket
from wagtail_portal.permissions import Actor

call_command("migrate", verbosity=0)
ticket = Ticket.objects.open().filter(requester__user__email=sys.argv[1]).first()
agent = get_user_model().objects.filter(is_superuser=True).first()
actions.reply(ticket, by=Actor.for_agent(agent), body="Sent by a worker.")
print(Notification.objects.filter(state=Delivery.DUE).count())
"""


def code_below(heading: str, path: str) -> dict[str, list[str]]:
    """Return the code blocks of each language below a heading of the documentation."""
    text = page(path).partition(f"# {heading}\n")[2]
    text = re.split("^##", text, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = {}
    for _indent, language, code in FENCE.findall(text):
        blocks.setdefault(language, []).append(code)
    return blocks


@contextmanager
def free_redis():
    """Give the URL of an empty database of the server, which is emptied afterwards."""
    redis = pytest.importorskip("redis")
    pytest.importorskip("django_tasks_rq")
    for number in range(15, 0, -1):
        client = redis.Redis.from_url(REDIS_URL, db=number, socket_timeout=5)
        with closing(client):
            try:
                is_free = not client.dbsize() and client.set("claimed", 1, nx=True, ex=3600)
            except redis.exceptions.RedisError:
                pytest.skip(f"no Redis server at {REDIS_URL}")
            if is_free:
                try:
                    yield {"REDIS_URL": f"{REDIS_URL}/{number}"}, ""
                finally:
                    client.flushdb()
                return
    pytest.skip(f"no empty database in {REDIS_URL}")


@contextmanager
def rabbitmq():
    """Give the URL of the broker, and settings for a queue that's deleted with its worker."""
    kombu = pytest.importorskip("kombu")
    pytest.importorskip("django_tasks_celery")
    with kombu.Connection(BROKER_URL) as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=5)
        except connection.recoverable_connection_errors:
            pytest.skip(f"no RabbitMQ server at {connection.as_uri()}")
    name = f"test-{uuid4()}"
    yield (
        {"BROKER_URL": BROKER_URL},
        "from kombu import Queue\n"
        f"CELERY_TASK_DEFAULT_QUEUE = {name!r}\n"
        f"CELERY_TASK_QUEUES = [Queue({name!r}, auto_delete=True, expires=3600)]\n"
        "CELERY_TASK_DEFAULT_EXCHANGE = 'celery'\n",
    )


@contextmanager
def database():
    """The queue is in the site's database."""
    pytest.importorskip("django_tasks_db")
    yield {}, ""


@pytest.mark.parametrize(
    ("service", "heading", "path", "options"),
    [
        pytest.param(database, "Run background tasks", "how-to/deploy.md", ["--batch"], id="db"),
        pytest.param(free_redis, "Redis", "how-to/scale.md", ["--burst"], id="rq"),
        pytest.param(rabbitmq, "Celery", "how-to/scale.md", ["--pool=solo"], id="celery"),
    ],
)
def test_worker_delivers_the_email_about_a_reply(
    service, heading, path, options, demo_folder, tmp_path
):
    code = code_below(heading, path)
    shop = tmp_path / "shop"
    shop.mkdir()
    own = ["import os", "from example_site.settings.demo import *"]
    for block in code["python"]:
        named = re.match(r"# shop/(\w+\.py)\n", block)
        if named:
            (shop / named[1]).write_text(block)
        else:
            own.append(block)
    shutil.copytree(demo_folder, tmp_path / "var")
    with service() as (urls, settings), open_mailbox() as mailbox:
        (shop / "settings.py").write_text("\n".join([*own, settings]))
        environment = {
            **{key: value for key, value in os.environ.items() if key not in FOREIGN},
            **urls,
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "EXAMPLE_SITE_VAR": str(tmp_path / "var"),
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mailbox.port),
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        }
        begun = {"env": environment, "cwd": tmp_path, "text": True, "stderr": subprocess.STDOUT}
        done = subprocess.run(
            [sys.executable, "-c", REPLY, CUSTOMER], stdout=subprocess.PIPE, **begun
        )
        assert done.returncode == 0 and int(done.stdout.split()[-1]), done.stdout
        assert not mailbox.messages

        command = shlex.split(code["sh"][-1].splitlines()[-1].removeprefix("python manage.py "))
        command = [sys.executable, "-m", *([] if command[0] == "celery" else ["django"]), *command]
        with (tmp_path / "worker.log").open("w") as log:
            worker = subprocess.Popen([*command, *options], stdout=log, **begun)
            try:
                email = mailbox.take(CUSTOMER)
                assert "Sent by a worker." in text_of(email)
            finally:
                worker.terminate()
                worker.wait(TIMEOUT)
