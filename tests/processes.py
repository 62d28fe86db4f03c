"""What a process of its own needs to work on the database of a test."""

from urllib.parse import quote


def url_of(values):
    """DATABASE_URL of the database that `connection.settings_dict` describes."""
    user = quote(values["USER"], safe="") + (
        f":{quote(values['PASSWORD'], safe='')}" if values["PASSWORD"] else ""
    )
    host = values.get("OPTIONS", {}).get("host") or values["HOST"]
    return f"postgres://{user}@:{values['PORT']}/{values['NAME']}?host={quote(host, safe='')}"
