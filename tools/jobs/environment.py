"""What a job's processes inherit: an allow-list without keys, and settings that make them fast."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping

from luthier.tools.workspace import Workspace

ALLOWED = re.compile(
    r"HOME|PATH|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|VIRTUAL_ENV|SYSTEMROOT"
    r"|XDG_\w+|LUTHIER_\w+|PIP_\w+|HF_\w+|HUGGINGFACE_\w+|TRANSFORMERS_\w+"
    r"|OMP_\w+|MKL_\w+|KMP_\w+|OPENBLAS_\w+|TORCH_\w+|PYTORCH_\w+|MALLOC_\w+|GLIBC_TUNABLES"
    r"|CUDA_\w+|NVIDIA_\w+|HIP_\w+|ROCR_\w+|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH"
    r"|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
)
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)

FAST: Mapping[str, str] = {
    # glibc gives large blocks back to the kernel at every free and must fault them in again, page
    # by page, at the next step; a training step frees and takes the same hundreds of MB each time.
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "MALLOC_TOP_PAD_": "268435456",
    # OpenMP's threads spin while they wait for each other; on a busy machine they then burn the
    # time of the very thread they wait for, and the chat's: up to eight times slower, measured.
    "OMP_WAIT_POLICY": "PASSIVE",
}
QUIET: Mapping[str, str] = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
}


def job_environment(
    workspace: Workspace, parent: Mapping[str, str] | None = None, keys: Collection[str] = ()
) -> dict[str, str]:
    """The environment for a job: what it may know of ``parent`` (this process's by default).

    Keys and tokens stay behind, whatever they are called, but for those named in ``keys``: those of
    the provider that the job speaks to.
    """
    inherited = os.environ if parent is None else parent
    kept = {
        name: value
        for name, value in inherited.items()
        if (ALLOWED.fullmatch(name.upper()) and not SECRET.search(name)) or name in keys
    }
    return {**FAST, **QUIET, **kept, "LUTHIER_HOME": str(workspace.home)}
