"""What the tests of the admin of trials share: opening a form, typing, saving."""

from tests.forms import filled


def page_of(row):
    """The address of the form of `row`."""
    return f"/admin/trials/{row._meta.model_name}/{row.pk}/change/"


def problems(response):
    """All messages of a form that is shown again."""
    return [str(message) for message in response.context["errors"]] if response.context else []


def save(client, address, **changes):
    """Open the form at `address`, type `changes`, and save."""
    response = client.post(address, filled(client.get(address), **changes))
    assert response.status_code == 302, problems(response)
    return response


def reason_fields(response):
    """The fields of the form that ask for a reason, in their order."""
    return [name for name in response.context["adminform"].form.fields if name.startswith("reason-")]


def explain(client, address, *reasons, **changes):
    """Type `changes` and save; give `reasons` for what the refused form asks, in its order, and save again."""
    refused = client.post(address, filled(client.get(address), **changes))
    assert refused.status_code == 200
    asked = reason_fields(refused)
    assert len(asked) == len(reasons), asked
    response = client.post(address, filled(refused, **dict(zip(asked, reasons, strict=True))))
    assert response.status_code == 302, problems(response)
    return response


def by_arm(trial, prefix="values", **rows):
    """Names and values of the table by arm: by_arm(trial, pvd={"value": "11.2"})."""
    pks = dict(trial.arms.values_list("code", "pk"))
    return {
        f"{prefix}-{pks[code]}-{name}": value for code, row in rows.items() for name, value in row.items()
    }


def errors_by_arm(response, trial, code):
    """{field: messages} of the column of one arm."""
    arm = trial.arms.get(code=code)
    rows = response.context["inline_admin_formsets"][0].formset
    return {
        name: list(messages)
        for form in rows.forms
        if form.prefix.endswith(f"-{arm.pk}")
        for name, messages in form.errors.items()
    }
