"""YAML, read without surprises and written so that reading it gives the same."""

from __future__ import annotations

from typing import Any

import yaml

from .problems import DocumentError, Path, Problem, spelled

Lines = dict[Path, int]


class _Loader(yaml.SafeLoader):
    """Plain data only. Aliases are refused: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not used here", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks; lists indented below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def load(text: str, *, first_line: int = 1) -> tuple[Any, Lines]:
    """The value that `text` describes, and the line of each part of it.

    first_line  the line of the file on which `text` begins
    raises      DocumentError
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: Lines = {}
        if node is not None:
            _note_lines(node, (), lines, first_line)
        return (None if node is None else loader.construct_document(node)), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + first_line if error.problem_mark else first_line
        raise DocumentError([Problem("YAML", line, str(error.problem))]) from error
    except DocumentError:
        raise
    except RecursionError as error:
        raise DocumentError([Problem("YAML", 0, "is nested too deeply.")]) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: 2026-02-30, or 5,000 digits
        raise DocumentError([Problem("YAML", 0, str(error) or "cannot be read.")]) from error


def dump(value: Any) -> str:
    """`value` as YAML in block style."""
    return yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=False
    )


def _note_lines(node: yaml.Node, path: Path, lines: Lines, first_line: int) -> None:
    """Write the line of `node` and of everything in it into `lines`; refuse a key that stands there twice."""
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + first_line
            _note_lines(item, (*path, index), lines, first_line)
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            here, line = (*path, str(key.value)), key.start_mark.line + first_line
            if here in lines:
                raise DocumentError([Problem(spelled(here), line, "this key is already there.")])
            lines[here] = line
            _note_lines(item, here, lines, first_line)
