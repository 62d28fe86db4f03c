"""A process of its own, with the settings of production."""

import os
import subprocess
import sys

from django.conf import settings

ENVIRONMENT = {
    "DEVELOPMENT": "0",
    "DEBUG": "0",
    "SECRET_KEY": "a long key of seventy-two characters that is used for nothing but this test",
    "SUPPRESSION_KEY": "another long key, of the list of addresses that must get nothing",
    "ALLOWED_HOSTS": "portal.example",
    "SITE_URL": "https://portal.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "DJANGO_SETTINGS_MODULE": "portal.settings",
}


def run(*arguments, **environment):
    """Run Python with `arguments` and further settings; the finished process with its output as text."""
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "DATABASE_URL", "LANG")
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=kept | ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def evaluate(expression):
    """The value of an expression about `settings`, as text."""
    process = run("-c", f"from django.conf import settings; print({expression})")
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()
