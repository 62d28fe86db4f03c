"""The editors' form for pictures."""

from __future__ import annotations

from typing import Any

from django import forms

from .models import Picture
from .pictures import CONTENT_TYPES, PictureError, Source, keep_picture, read_picture

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
        self.source: Source | None = None
        if self.instance.pk:
            upload = self.fields["upload"]
            upload.disabled = self.fields["kind"].disabled = True
            upload.required = False
            upload.help_text = "To replace the file, upload another picture and choose that one."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        upload, kind = cleaned.get("upload"), cleaned.get("kind")
        if upload and kind and not self.instance.pk:
            try:
                self.source = read_picture(upload, kind=kind)
            except PictureError as error:
                self.add_error("upload", str(error))
        return cleaned

    def save(self, commit: bool = True) -> Picture:
        """The picture, stored: also with `commit=False`, because its files and its row come together."""
        if self.source is None:
            return super().save(commit)
        words = {name: self.cleaned_data[name] for name in ("kind", "alt", "credit")}
        self.instance = keep_picture(self.source, **words)
        self.save_m2m = lambda: None  # type: ignore[method-assign]  # what ModelForm promises after commit=False
        return self.instance
