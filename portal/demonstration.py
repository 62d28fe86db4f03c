"""What `demo/` holds besides articles: trials, the hub, its committee, an event, organisations, logins."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts.models import PatientOrganisation, User
from articles.models import Person, Topic
from portal.models import CommitteeMember, Event, Hub
from portal.rendering import derive_event
from trials.exchange import import_path as import_trials
from trials.models import Drug, Trial

LOGINS = {  # address at demo.example → name, rights
    "reader": ("Robin Reader", {}),
    "editor": ("Eddie Editor", {"is_staff": True}),
    "reviewer": ("Rowan Reviewer", {"is_staff": True}),
    "admin": ("Alex Admin", {"is_staff": True, "is_superuser": True}),
}
EDITORS = ("editor", "reviewer")


def load_site(folder: Path) -> None:
    """Make hub, committee, event and organisations as the files in `folder` say. The people must be there."""
    Hub.objects.update_or_create(pk=1, defaults=_read(folder / "hub.yaml"))
    for position, member in enumerate(_read(folder / "committee.yaml"), start=1):
        CommitteeMember.objects.update_or_create(
            person=Person.objects.get(slug=member["person"]),
            defaults={"role": member["role"].lower(), "position": position},
        )
    _load_event(_read(folder / "event.yaml"))
    if not PatientOrganisation.objects.exists():
        for position, organisation in enumerate(_read(folder / "patient_organisations.yaml"), start=1):
            PatientOrganisation.objects.create(**organisation, position=position)


def load_trials(folder: Path) -> list[str]:
    """Load trials, drugs and regimens, which articles refer to. Returns what was wrong with them."""
    return [f"{outcome.name}: {problem}" for outcome in import_trials(folder) for problem in outcome.problems]


def make_logins(password: str) -> list[str]:
    """Make the demonstration accounts, or give them `password` again. Returns their addresses."""
    editors = Group.objects.get(name="Editors")
    addresses = []
    for login, (name, rights) in LOGINS.items():
        email = f"{login}@demo.example"
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, password, name=name, **rights)
        elif not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        if login in EDITORS:
            user.groups.add(editors)
        EmailAddress.objects.get_or_create(
            user=user, email=email, defaults={"verified": True, "primary": True}
        )
        addresses.append(email)
    return addresses


def _load_event(values: dict[str, Any]) -> None:
    zone = ZoneInfo(values["timezone"])
    fields = values | {
        "hosts": "\n".join(values["hosts"]),
        "speakers": "\n".join(values["speakers"]),
        "starts_at": datetime.fromisoformat(values["starts_at"]).replace(tzinfo=zone),
        "ends_at": datetime.fromisoformat(values["ends_at"]).replace(tzinfo=zone),
        "is_published": True,
    }
    about = {name: fields.pop(name) for name in ("topics", "drugs", "trials")}
    event = Event.objects.filter(slug=values["slug"]).first() or Event()
    for name, value in fields.items():
        setattr(event, name, value)
    derive_event(event)
    event.full_clean()
    event.save()
    event.topics.set(Topic.objects.filter(name__in=about["topics"]))
    event.drugs.set(Drug.objects.filter(name__in=about["drugs"]))
    event.trials.set(Trial.objects.filter(slug__in=about["trials"]))


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))
