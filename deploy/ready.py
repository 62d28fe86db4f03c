"""Wait until the portal on this machine is ready: `python deploy/ready.py PORT [SECONDS [PROCESS]]`.

Exits with 0 as soon as /readyz says so, with 1 and its last answer if it has not within SECONDS (default: one try)
or PROCESS has ended, its server. Standard library only.
"""

import http.client
import os
import sys
import time

PAUSE = 0.3  # seconds between two tries
PATIENCE = 15  # seconds for one answer: /readyz itself gives up sooner


def answer(port: int) -> tuple[bool, str]:
    """Is the portal ready, and what did it say?"""
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip() or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        response = connection.getresponse()
        return response.status == 200, f"{response.status} {response.read(200).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return False, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def has_ended(process: int) -> bool:
    try:
        os.kill(process, 0)  # sends nothing
    except ProcessLookupError:
        return True
    return False


def main(port: int, seconds: float = 0, process: float = 0) -> int:
    until = time.monotonic() + seconds
    while True:
        is_ready, said = answer(port)
        if is_ready:
            return 0
        if time.monotonic() >= until or (process and has_ended(int(process))):
            print(said, file=sys.stderr)
            return 1
        time.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *map(float, sys.argv[2:])))
