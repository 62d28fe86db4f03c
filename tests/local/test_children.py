import subprocess
import sys
import time

from portal.local import children
from portal.local.children import LONG_LIFE, LONGEST_PAUSE, Child


def run_until_dead(child):
    """Start the child, unless it runs, and return what `tend` says once it has died."""
    if child.process is None:
        assert child.tend() is None
    child.process.wait()
    return child.tend()


def test_dead_child_is_started_again_after_pauses_that_double(tmp_path):
    now = 0.0
    child = Child("short", [sys.executable, "-S", "-c", "raise SystemExit(3)"], tmp_path, lambda: now)

    pauses = []
    for _ in range(7):
        assert run_until_dead(child) == 3
        died, pause = now, 0.0
        while child.process is None:
            pause += 0.5
            now = died + pause
            child.tend()
        pauses.append(pause)

    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]
    children.end([child.process])


def test_child_that_lived_long_is_started_again_soon(tmp_path):
    now = 0.0
    child = Child("long", [sys.executable, "-S", "-c", ""], tmp_path, lambda: now)
    run_until_dead(child)
    now = 1.0
    child.tend()
    child.process.wait()

    now += LONG_LIFE + 1
    child.tend()
    now += 1.0
    child.tend()

    assert child.process is not None
    children.end([child.process])


def test_end_kills_a_child_that_does_not_listen(tmp_path):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = children.start([sys.executable, "-S", "-c", deaf], tmp_path, stdout=subprocess.PIPE)
    process.stdout.readline()
    began = time.monotonic()

    children.end([process], patience=0.1)

    assert process.returncode == -9
    assert time.monotonic() - began < 5
    process.stdout.close()
