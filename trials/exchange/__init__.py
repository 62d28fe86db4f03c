"""Trials, drugs and regimens as files of JSON, and back. The files are told in demo/trials/README.md."""

from .files import export_folder, import_path
from .problems import Outcome, Problem, Refused

__all__ = ["Outcome", "Problem", "Refused", "export_folder", "import_path"]
