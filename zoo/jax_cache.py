"""What JAX compiled is kept on disk, and the next process that needs the same reads it: JAX's compilation cache.

It lies in the user's own cache folder: what is read there is run, so nobody else may write to it. Machines that share a
home folder share no programs for processors that differ. Where the user has set a folder (JAX_COMPILATION_CACHE_DIR),
or turned the cache off (JAX_ENABLE_COMPILATION_CACHE=false), it is as he says.
"""

import hashlib
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from zoo.backend import keras

LIMIT = 2**30
"""Bytes that are kept. JAX can keep to a limit by itself, but needs one more package for it."""


def keep_compiled() -> None:
    """From here on JAX keeps what it compiles; on other backends, and where no folder can be made, nothing changes."""
    if keras.backend.backend() != "jax":
        return
    import jax

    if jax.config.jax_compilation_cache_dir is not None or not jax.config.jax_enable_compilation_cache:
        return
    with suppress(OSError):  # a home that cannot be written to
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        prune(folder.parent, LIMIT)
        # Beside the steps there are many small programs, and all of them take time.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_compilation_cache_dir", str(folder))


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where programs for this machine's processor are kept.

    >>> str(cache_folder({"XDG_CACHE_HOME": "/some"}).parent)
    '/some/speczoo/jax'
    """
    base = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "speczoo" / "jax" / hashlib.sha256(_processor().encode()).hexdigest()[:12]


def prune(folder: Path, limit: int) -> None:
    """Deletes what was not used for longest, until the files in a folder have so many bytes together, or less."""
    kept = 0
    for _, size, path in sorted(_files(folder), reverse=True):
        kept += size
        if kept > limit:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> list[tuple[float, int, Path]]:
    """When each file was last used, its bytes, and where it is."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # another process prunes as well
            status = path.stat()
            found.append((max(status.st_atime, status.st_mtime), status.st_size, path))
    return [each for each in found if each[2].is_file()]


def _processor() -> str:
    """What the processor can do, as far as the system says."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())
    return f"{platform.machine()} {platform.processor()}"
