"""Wait until a server of the portal is ready: `python deploy/ready.py [HOST:]PORT [SECONDS [PROCESS]]`.

Exits with 0 as soon as /readyz says so, with 1 and its last answer if it has not within SECONDS (default: one try)
or PROCESS has ended, its server. Standard library only.
"""

import http.client
import os
import sys
import time

PAUSE = 0.3  # seconds between two tries
PATIENCE = 15  # seconds for one answer: /readyz itself gives up sooner


def answer(address: str) -> tuple[bool, str]:
    """Is the portal on `address` ([host:]port; without a host this machine's) ready, and what did it say?"""
    machine, _, port = address.rpartition(":")
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip() or "localhost"
    connection = http.client.HTTPConnection(machine or "127.0.0.1", int(port), timeout=PATIENCE)
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


def main(address: str, seconds: float = 0, process: float = 0) -> int:
    until = time.monotonic() + seconds
    while True:
        is_ready, said = answer(address)
        if is_ready:
            return 0
        if time.monotonic() >= until or (process and has_ended(int(process))):
            print(said, file=sys.stderr)
            return 1
        time.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:])))
