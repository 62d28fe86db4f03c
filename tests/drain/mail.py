from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

from tests.drain.waiting import wait_to_be_let_go


class Backend(BaseEmailBackend):
    def send_messages(self, messages):
        for message in messages:
            wait_to_be_let_go("mail")
            with (settings.DRAIN_FOLDER / "taken").open("a") as file:
                file.write(f"{message.to[0]}\n")
        return len(messages)
