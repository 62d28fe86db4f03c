"""Messages from the contact page."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models


class ContactMessage(models.Model):
    name = models.CharField(max_length=120)
    email = models.EmailField("e-mail address")
    message = models.TextField(max_length=5000)
    created_at = models.DateTimeField(auto_now_add=True)
    nonce = models.UUIDField(
        unique=True,
        editable=False,
        db_default=RandomUUID(),
        help_text="Of the form: what is sent twice is kept once.",
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name}, {self.created_at:%Y-%m-%d}"
