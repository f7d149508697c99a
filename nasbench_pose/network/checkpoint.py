"""Checkpoint files: writing, and reading without running code that they contain.

Three formats are read: files of `torch.save` with and without a zip archive, and safetensors.
"""

import io
import re
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest, pick

ENDINGS = (".safetensors", ".pt", ".pth")
"""File name endings of `save`: the first is safetensors, the others are written by `torch.save`."""

METADATA = "metadata"
"""In a file of `torch.save`: the key of the metadata, beside the `state_dict`."""

EXPECTED = "expected a state dict, saved with torch.save or as safetensors"
ROOM = 2**28
"""Size in bytes that a compressed archive may always have unpacked; above, the limit is ten times its own size."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file holds."""

    held: Any
    """Dicts and lists of tensors, texts and numbers; objects of other packages are replaced by empty ones."""
    about: Mapping[str, str]
    """The metadata that `save` wrote; empty for files of other programs."""


def read(path: Path) -> Checkpoint:
    """Return the contents of the file `path`, with tensors on the CPU.

    Raises UnknownNameError for a missing file. Raises InvalidFileError for one that is truncated, has another format,
    unpacks to far more than its size, or needs code to be run.
    """
    if path.is_dir():
        raise InvalidFileError(f"{path} is a folder; {EXPECTED}.")
    if not path.is_file():
        there = [str(file) for kind in ("*.pt", "*.pth", "*.tar", "*.safetensors") for file in path.parent.glob(kind)]
        raise UnknownNameError(f"No weights file {str(path)!r}.{nearest(str(path), there)}")
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise InvalidFileError(f"{path} is empty; {EXPECTED}.")
    if (
        start[8:9] == b"{" and start[6:8] == b"\0\0"
    ):  # safetensors: the length of the JSON header, far below 2⁴⁸, and its first character
        return _read_safetensors(path)
    if start.startswith(b"PK"):
        _check_archive(path)
    held = _read_torch(path, start)
    about = held.get(METADATA) if isinstance(held, Mapping) else None
    about = about if isinstance(about, Mapping) else {}
    return Checkpoint(
        held, MappingProxyType({k: v for k, v in about.items() if isinstance(k, str) and isinstance(v, str)})
    )


def save(weights: Mapping[str, Tensor], path: Path, about: Mapping[str, str]) -> None:
    """Write `weights` to `path` with the metadata `about`; the ending of `path` is one of ENDINGS.

    Raises OSError if the disk is full; then no file is left.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save({"bias": torch.ones(2)}, Path(folder) / "w.safetensors", {"seed": "0"})
    ...     read(Path(folder) / "w.safetensors").about["seed"]
    '0'
    """
    writable(path)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    if path.suffix == ENDINGS[0]:
        from safetensors.torch import save as packed

        content = packed(tensors, dict(about))
    else:
        buffer = io.BytesIO()  # on a full disk torch.save raises RuntimeError and leaves a partial file
        torch.save({METADATA: dict(about), "state_dict": tensors}, buffer)
        content = buffer.getvalue()
    try:
        path.write_bytes(content)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None


def writable(path: Path) -> Path:
    """Return `path`; raise UnknownNameError if its ending is none of ENDINGS."""
    pick("format of weights", path.suffix, dict.fromkeys(ENDINGS))
    return path


def _read_safetensors(path: Path) -> Checkpoint:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
            return Checkpoint(tensors, file.metadata() or {})
    except (SafetensorError, ValueError, TypeError) as error:
        raise InvalidFileError(f"{path} cannot be read as safetensors; is it cut off? ({error})") from None


def _read_torch(path: Path, start: bytes) -> Any:
    try:
        with warnings.catch_warnings(), _inert_classes():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many types for files that are damaged or not checkpoints
        raise InvalidFileError(f"{path} does not hold weights; {_reason(path, start, error)}.") from None


def _reason(path: Path, start: bytes, error: Exception) -> str:
    """Return why the file cannot be read, from its first bytes or torch's message."""
    kinds = (
        (b"version https://git-lfs", "it is a pointer of Git LFS, not the file itself: fetch it with `git lfs pull`"),
        (b"<", "it is an HTML or XML page; was the download refused?"),
        (b"\x1f\x8b", "it is compressed by gzip: unpack it first"),
        (b"\x89HDF", "it is an HDF5 file (Keras): save the network's state dict from torch"),
        (b"\x93NUMPY", "it is an array of NumPy"),
    )
    if said := next((said for magic, said in kinds if start.lstrip().startswith(magic)), None):
        return f"{said}; {EXPECTED}"
    if path.suffix == ".onnx" or start.startswith(b"\x08"):
        return f"it looks like an ONNX file; {EXPECTED}"
    if start.lstrip().startswith(b"{") and b"weight_map" in start:
        return "it is the index of weights in several files: read those into one state dict and save it with torch.save"
    if "Unsupported operand" in str(error) and start.startswith((b"PK", b"\x80")):
        return f"it was pickled with a protocol above 2, which is not read; {EXPECTED} without pickle_protocol"
    if "magic number" in str(error):
        return f"it is a pickle that torch.save did not write; {EXPECTED}"
    if "TorchScript" in str(error):
        return f"it is a TorchScript program; {EXPECTED}, as of torch.jit.load(…).state_dict()"
    if found := re.search(r"GLOBAL (\S+)", str(error)):
        what = f"to read it, code would have to run ({found[1]})"
        return f"{what}, which is not done; save the weights alone: torch.save(network.state_dict(), …)"
    if isinstance(error, MemoryError):
        return f"it asks for more memory than there is; {EXPECTED}"
    cut = "it is cut off or damaged; " if start.startswith((b"PK", b"\x80")) else ""
    return f"{cut}{EXPECTED}"


def _check_archive(path: Path) -> None:
    """Raise InvalidFileError for an archive that is truncated or unpacks to far more than its size."""
    size = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            names = [entry.filename for entry in archive.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InvalidFileError(f"{path} does not hold weights; it is cut off or damaged ({error}).") from None
    if unpacked > max(10 * size, ROOM):
        raise InvalidFileError(f"{path} has {size:,} bytes and unpacks to {unpacked:,}; torch.save does not compress.")
    if not any(name.endswith("data.pkl") for name in names):
        kind = (
            "it holds arrays of NumPy"
            if all(name.endswith(".npy") for name in names or ".")
            else "it is a plain archive"
        )
        raise InvalidFileError(f"{path} does not hold weights; {kind} ({', '.join(names[:3])}, …); {EXPECTED}.")


class Inert:
    """Placeholder for an object that is not needed; it ignores its arguments and its state."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


class InertMapping:
    """Placeholder for a dict of another package: an empty OrderedDict, which torch fills from the file."""

    def __new__(cls, *_: object) -> "OrderedDict[Any, Any]":  # type: ignore[misc]
        """Return the dict."""
        return OrderedDict()


_MULTIARRAY = [f"{core}.multiarray.{name}" for core in ("core", "_core") for name in ("scalar", "_reconstruct")]
_NUMPY = ("dtype", "ndarray", *_MULTIARRAY)
_TYPES = ("list", "dict", "int", "float", "str")

INERT = (
    *(f"numpy.{name}" for name in _NUMPY),
    *(f"{module}.{name}" for module in ("builtins", "__builtin__") for name in _TYPES),
    "argparse.Namespace", "types.SimpleNamespace", "typing.Any", "datetime.datetime", "datetime.timedelta",
    *(f"pathlib.{name}" for name in ("Path", "PosixPath", "PurePosixPath", "WindowsPath", "_local.PosixPath")),
    *(f"omegaconf.{name}" for name in ("base.ContainerMetadata", "base.Metadata", "nodes.AnyNode")),
    *(f"omegaconf.{name}" for name in ("dictconfig.DictConfig", "listconfig.ListConfig")),
    *(f"torch.optim.lr_scheduler.{name}" for name in ("StepLR", "MultiStepLR", "CosineAnnealingLR", "LambdaLR")),
    "mmengine.logging.history_buffer.HistoryBuffer",
)  # fmt: skip
"""Classes that training scripts save beside the weights, read as `Inert` objects: none is imported or run."""

MAPPINGS = (
    "collections.defaultdict", "yacs.config.CfgNode", "easydict.EasyDict", "addict.addict.Dict",
    "mmcv.utils.config.ConfigDict",
)  # fmt: skip
"""Classes read as `InertMapping`. Any other class is refused."""


def _inert_classes() -> AbstractContextManager[None]:
    """Let torch replace the classes above; it refuses all others."""
    named = [
        (type("NumPy array" if "numpy" in name else name.rpartition(".")[2], (Inert,), {}), name) for name in INERT
    ]
    mappings = [(InertMapping, name) for name in MAPPINGS]
    context: AbstractContextManager[None] = torch.serialization.safe_globals([*named, *mappings])
    return context
