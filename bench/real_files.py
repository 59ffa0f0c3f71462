"""Every file of a folder of real data checked and prepared, one line for each.

    python bench/real_files.py FOLDER [--into docs/data-doctor.md]

With ``--into`` the part of that page on real files is replaced; without, it is printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from faults.real import HEADING, data_files, real_files


def main() -> None:
    """Look at every file and write the part of the page."""
    parser = argparse.ArgumentParser(description="check and prepare real files")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--into", type=Path)
    options = parser.parse_args()
    text = real_files(options.folder)
    if options.into:
        page = options.into.read_text(encoding="utf-8")
        options.into.write_text(page.split(HEADING)[0] + text, encoding="utf-8")
    else:
        print(text)
    print(f"files: {len(list(data_files(options.folder)))}")


if __name__ == "__main__":
    main()
