"""All that `make lint` checks, one after the other, to the end."""

import subprocess
import sys
import tomllib

from portal.local.places import CHECKOUT

CHECKS = {
    "ruff": [["check", "."], ["format", "--check", "."]],
    "mypy": [["."]],
}


def main() -> int:
    """Run every check that pyproject.toml configures; the exit status is that of the worst."""
    tools = tomllib.loads((CHECKOUT / "pyproject.toml").read_text()).get("tool", {})
    commands = [[name, *arguments] for name in CHECKS if name in tools for arguments in CHECKS[name]]
    return max(subprocess.run([sys.executable, "-m", *command]).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
