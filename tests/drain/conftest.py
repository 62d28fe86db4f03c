import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection


def test_database():
    """The address of the database of the tests, for other processes."""
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    address = f"postgres://{user}:{password}@:{database['PORT'] or 5432}/{database['NAME']}"
    return f"{address}?host={quote(database['HOST'] or 'localhost', safe='')}"


@pytest.fixture
def start(transactional_db, tmp_path):
    """Starts Python on the settings beside this file and on the database of the tests."""
    processes = []

    def run(*arguments, **environment):
        environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.drain.settings",
            "DEVELOPMENT": "1",
            "DATABASE_URL": test_database(),
            "DATA_DIR": str(tmp_path / "data"),
            "DRAIN_FOLDER": str(tmp_path),
        }
        command = [sys.executable, *arguments]
        processes.append(subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | environment))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.wait()
