"""Figures as a table for people and as JSON for scripts."""

import json
from pathlib import Path


def print_table(title: str, figures: dict, notes: dict[str, str]) -> None:
    """Print one line a figure, with the note that explains it."""
    print(f"\n{title}")
    width = max(map(len, figures))
    for name, value in figures.items():
        shown = f"{value:,.3f}" if isinstance(value, float) else f"{value:,}"
        print(f"  {name:<{width}}  {shown:>12}  {notes.get(name, '')}".rstrip())


def write_json(file: Path, figures: dict) -> None:
    rounded = {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in figures.items()
    }
    file.write_text(json.dumps(rounded, indent=2) + "\n")
