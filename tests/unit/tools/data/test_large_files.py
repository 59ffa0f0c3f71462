"""Memory does not grow with the file: every streaming format, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from luthier.tools.data.inspect import inspect_file
    told = []
    for name in sys.argv[1:]:
        found = inspect_file(Path(name), progress=lambda *step: told.append(step))
        assert found.usable == found.rows_in > 0, found.problems
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert {step[1] for step in told if step[2]} >= {told[-1][2]}, told[-3:]
    assert len(told) > 4
    """
)
ANSWER = "a long answer that goes on and on, " * 120  # 4 kB


def write_rows(path: Path, count: int) -> Path:
    rows = [{"question": f"question {n}", "answer": f"{ANSWER}{n}"} for n in range(count)]
    with path.open("w", encoding="utf-8") as stream:
        if path.suffix == ".csv":
            stream.write("question,answer\n")
            stream.writelines(f'{row["question"]},"{row["answer"]}"\n' for row in rows)
        elif path.suffix == ".jsonl":
            stream.writelines(json.dumps(row) + "\n" for row in rows)
        elif path.suffix == ".json":
            json.dump({"data": rows}, stream)
        else:
            import pyarrow
            from pyarrow import parquet

            stream.close()
            parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=500)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".parquet"])
def test_a_sixfold_file_needs_no_more_memory(tmp_path: Path, suffix: str) -> None:
    small = write_rows(tmp_path / f"small{suffix}", 1_000)
    large = write_rows(tmp_path / f"large{suffix}", 6_000)  # 25 MB of text
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(small), str(large)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    before, after = (int(line) / 1024 for line in done.stdout.split())
    assert after - before < 15  # MB; the text grew by 21, as Python objects by far more
