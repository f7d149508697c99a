"""Read an ONNX file, and sort its nodes topologically."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from nasbench_pose.cost.onnx_file.soundness import check_outputs, check_versions
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, printable

LARGEST = 2**31
"""Maximum size of a protobuf file, in bytes."""


def read(path: Path) -> Any:
    """Return the `onnx.ModelProto` of a file. External weights are not read, because only their shapes are needed.

    Raises InvalidFileError for a file of another format, OSError for an unreadable file, NasbenchPoseError without
    onnx. No code of the file runs.
    """
    try:
        import onnx
    except ImportError:
        raise NasbenchPoseError("ONNX files need onnx: pip install 'nasbench-pose[onnx]'.") from None
    if (size := path.stat().st_size) >= LARGEST:
        raise InvalidFileError(
            f"{path} has {size:,} bytes and cannot be read: an ONNX file ends at {LARGEST:,}. "
            "Save its weights beside it: onnx.save(model, path, save_as_external_data=True)."
        )
    try:
        model = onnx.load(path, format="protobuf", load_external_data=False)
    except OSError:
        raise
    except Exception as error:  # DecodeError of protobuf, whose class depends on its version
        raise InvalidFileError(f"{path} is not an ONNX file: {printable(error)}.") from None
    if not model.graph.node:
        raise InvalidFileError(f"{path} is not an ONNX file, or holds no network.")
    return model


def in_order(model: Any, path: Path) -> Any:
    """Return a model with its functions inlined and its nodes in topological order.

    Raises InvalidFileError for cycles of nodes or functions, for names that are not UTF-8 or that two nodes write, and
    for operators newer than onnx.
    """
    if any(isinstance(name, bytes) for graph in graphs(model.graph) for name in _names(graph)):
        raise InvalidFileError(f"{path} is not an ONNX file: a name in it is no UTF-8.")
    check_versions(model, path.name)
    model = _inlined(model, path)
    for graph in graphs(model.graph):
        check_outputs(graph, path.name)
    return _sorted(model, path)


def _inlined(model: Any, path: Path) -> Any:
    """Inline the functions of the model."""
    if not model.functions:
        return model
    from onnx.inliner import inline_local_functions

    called = {
        (function.domain, function.name): {(node.domain, node.op_type) for node in function.node}
        for function in model.functions
    }
    try:
        TopologicalSorter(called).prepare()  # the inliner would not end
        return inline_local_functions(model)
    except CycleError:
        raise InvalidFileError(f"A function in {path.name} calls itself.") from None
    except Exception as error:
        raise InvalidFileError(f"The functions in {path.name} cannot be read: {printable(error)}.") from None


def _sorted(model: Any, path: Path) -> Any:
    """Sort the nodes topologically. Some tools do not, such as onnxruntime's conversion to float16."""
    for graph in graphs(model.graph):
        maker = {name: number for number, node in enumerate(graph.node) for name in node.output if name}
        needed = {
            number: {maker[name] for name in reads(node) if name in maker} for number, node in enumerate(graph.node)
        }
        if all(source < number for number, sources in needed.items() for source in sources):
            continue
        try:
            order = list(TopologicalSorter(needed).static_order())
        except CycleError:
            raise InvalidFileError(f"Nodes in {path.name} read each other in a circle.") from None
        nodes = [graph.node[number] for number in order]
        copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
        del graph.node[:]
        graph.node.extend(copies)
    return model


def graphs(graph: Any) -> Iterator[Any]:
    """Yield a graph and all subgraphs of its nodes."""
    yield graph
    for node in graph.node:
        for inner in subgraphs(node):
            yield from graphs(inner)


def _names(graph: Any) -> Iterator[Any]:
    """Yield every name in a graph; protobuf returns bytes for a name that is not UTF-8."""
    for value in (*graph.input, *graph.output, *graph.initializer):
        yield value.name
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)


def subgraphs(node: Any) -> Iterator[Any]:
    """Yield the subgraphs of a node: its attributes that are branches or bodies."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def reads(node: Any) -> set[str]:
    """Return the names of all values that a node reads, and those of the outer graph that its subgraphs read."""
    names = {name for name in node.input if name}
    for graph in subgraphs(node):
        inside = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
        inside |= {name for inner in graph.node for name in inner.output}
        wanted = {value.name for value in graph.output}.union(*(reads(inner) for inner in graph.node))
        names |= wanted - inside
    return names
