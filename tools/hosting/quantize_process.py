"""Quantise a GGUF file with llama.cpp's own code, in a process with the llama.cpp packages on its path.

Run as ``python -m luthier.tools.hosting.quantize_process SOURCE TARGET FORMAT THREADS``; FORMAT is the
number of llama.cpp's ``llama_ftype``.
"""

from __future__ import annotations

import sys


def main(arguments: list[str]) -> None:
    """Quantise as the arguments say."""
    from cyllama.llama import llama_cpp

    source, target, format_number, threads = arguments
    wanted = llama_cpp.LlamaModelQuantizeParams()
    wanted.ftype = int(format_number)
    wanted.nthread = int(threads)
    llama_cpp.model_quantize(source, target, wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
