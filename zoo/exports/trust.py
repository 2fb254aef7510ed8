"""Whose export is this? What this user wrote bears a code that nobody else can make; all else needs --trust.

A SavedModel is a program: TensorFlow runs whatever stands in it, with the rights of whoever loads it. The hashes of a
manifest say that files belong together, not who wrote them. So the manifest is authenticated: HMAC-SHA256 (RFC 2104)
with a key that lies in the user's own configuration, in a file beside it. See docs/decisions/0022-trust.md.
"""

import contextlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from specs.errors import DataError, UserError
from zoo.exports.manifest import CODE, Manifest, check_files, parsed_manifest, raw_manifest
from zoo.exports.scanning import PROGRAM, check_program
from zoo.files import open_regular

KEY_BYTES = 32
CODE_BYTES = 64
"""Hexadecimal digits of SHA-256."""


def key_path() -> Path | None:
    """Where the key of this user lies; None where there is no home.

    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, XDG_CONFIG_HOME="/home/ada/.config"):
    ...     print(key_path())
    /home/ada/.config/speczoo/key
    """
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # Path raises where there is none
    return Path(base, "speczoo", "key") if os.path.isabs(base) else None


def sign(folder: Path) -> bool:
    """Authenticate the manifest of an export that was just written; False where no key can be kept, as at a home that
    is read-only: then it is asked with --trust.
    """
    path = key_path()
    if path is None:
        return False
    with contextlib.suppress(OSError):
        _make_key(path)
    key = _key(path)
    if key is None:
        return False
    (folder / CODE).write_text(_code(key, raw_manifest(folder)) + "\n", encoding="ascii")
    return True


def check_trusted(folder: Path, trust: bool = False) -> Manifest:
    """The manifest of an export that may be loaded: this user's own, or with `trust` anybody's, unchanged since.

    Raises `UserError` where the directory is no export, where somebody else wrote it, where its files are not exactly
    those of the manifest, or where a stranger's program, trusted or not, reaches outside of the export. Nothing of it
    is loaded; call it before anything is.
    """
    raw = raw_manifest(folder)
    manifest = parsed_manifest(folder, raw)
    ours = _ours(folder, raw)
    if not (trust or ours):
        told = "you did not export it here, and an export is a program that runs with your rights"
        raise UserError(f"{folder}: {told}; where you trust whoever wrote it, add --trust")
    check_files(folder, manifest)
    if not ours and PROGRAM in manifest.files:
        check_program(folder)
    return manifest


def _ours(folder: Path, raw: bytes) -> bool:
    path = key_path()
    key = None if path is None else _key(path)
    if key is None or (folder / CODE).is_symlink() or not (folder / CODE).exists():
        return False
    with open_regular(folder / CODE) as file:
        return hmac.compare_digest(file.read(CODE_BYTES), _code(key, raw).encode("ascii"))


def _code(key: bytes, raw: bytes) -> str:
    return hmac.digest(key, raw, "sha256").hex()


def _key(path: Path) -> bytes | None:
    """The key in a file, None where there is none; `UserError` where others could have read or written it."""
    if not os.path.lexists(path):
        return None
    with open_regular(path) as file:
        state = os.fstat(file.fileno())
        if state.st_uid != os.geteuid() or state.st_mode & 0o077:
            raise UserError(f"{path}: others can use the key that marks your exports; make it yours alone: chmod 600")
        key = file.read(KEY_BYTES)
    if len(key) < KEY_BYTES:
        raise DataError(f"{path}: is no key; remove it, and the next export makes a new one")
    return key


def _make_key(path: Path) -> None:
    if os.path.lexists(path):
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=".key.partial-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename a link leaves the key that another process made meanwhile, and signed with.
        os.link(partial, path)
    finally:
        os.unlink(partial)
