"""Form fields for what trials are made of: printed decimals, lists of texts, numbers of registries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.lib.admin_autocomplete import SafeAutocomplete
from trials.models import PrintedDecimal

TYPED = str.maketrans("·−", ".-")  # a raised point and a minus sign, as papers print them


class PrintedField(forms.DecimalField):
    """A decimal that keeps its digits: 0.6 and 0.60 are two different entries. "0·60" is read as 0.60."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.TextInput(attrs={"inputmode": "decimal", "size": 8, "class": "printed"})
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return format(value, "f") if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.translate(TYPED)
            if "," in value:
                raise forms.ValidationError(
                    "Write decimals with a point, as in 0.60, and thousands without a comma."
                )
        number = super().to_python(value)
        if number is not None and number.is_zero() and number.adjusted() > 0:
            return Decimal(0)  # 0e999999 fits no column
        return number

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            typed = self.prepare_value(self.to_python(data))
        except forms.ValidationError:
            return True
        return str(typed) != str(self.prepare_value(initial) if initial not in ("", None) else None)


class Lines(forms.CharField):
    """A list of texts, one per line."""

    def __init__(self, *, base_field: forms.Field, max_length: int | None = None, **kwargs: Any) -> None:
        rows = 6 if isinstance(base_field.widget, forms.Textarea) else 3
        kwargs["widget"] = forms.Textarea(attrs={"rows": rows, "cols": 60})
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = [line.strip() for line in (data or "").splitlines() if line.strip()]
        return not self.disabled and typed != list(initial or [])


class TrialFields(SafeAutocomplete):
    """Mixin for admins and inlines of this app."""

    formfield_overrides = {
        PrintedDecimal: {"form_class": PrintedField},
        ArrayField: {"form_class": Lines},
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 3, "cols": 80})},
    }
