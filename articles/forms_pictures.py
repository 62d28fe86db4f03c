"""The editors' form for pictures."""

from __future__ import annotations

from typing import Any

from django import forms

from .models import Picture
from .pictures import CONTENT_TYPES, PictureError, make_picture

ACCEPTED = ",".join(["image/png", "image/gif", *CONTENT_TYPES.values()])  # what the file dialog offers


class PictureForm(forms.ModelForm):
    """Upload a picture, or describe one that is there: its files never change under their address."""

    upload = forms.FileField(
        label="file",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text="JPEG, PNG, WebP, AVIF or GIF; at most 15 MB; at least 400 pixels wide for an article.",
    )

    class Meta:
        model = Picture
        fields = ("upload", "kind", "alt", "credit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made: Picture | None = None
        if self.instance.pk:
            upload = self.fields["upload"]
            upload.disabled = self.fields["kind"].disabled = True
            upload.required = False
            upload.help_text = "To replace the file, upload another picture and choose that one."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("upload") and not self.instance.pk and not self.errors:
            try:  # already here: whatever hinders it belongs on the form, a full disk as much as a damaged file
                self.made = make_picture(
                    cleaned["upload"],
                    kind=cleaned["kind"],
                    alt=cleaned["alt"],
                    credit=cleaned.get("credit", ""),
                )
            except PictureError as error:
                self.add_error("upload", str(error))
        return cleaned

    def save(self, commit: bool = True) -> Picture:
        """The picture, stored: also with `commit=False`, because its files and its row come together."""
        if self.made is None:
            return super().save(commit)
        self.instance = self.made
        self.save_m2m = lambda: None  # type: ignore[method-assign]  # what ModelForm promises after commit=False
        return self.instance
