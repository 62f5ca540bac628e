"""Makes Python stubs as any user would: `protoc` over the directory of the protos, and nothing else."""

import importlib.util
import pathlib
import subprocess
import sys

import harness


def generate():
    """Generates the stubs into a folder of their own and makes them importable. Returns the folder.

    Those of google.rpc are made anew as well: the ones that come with its protos want a protobuf at least as new as the
    one that made them.
    """
    folder = harness.scratch()
    service = sorted(path.relative_to("protos") for path in pathlib.Path("protos/ampstream/v1").glob("*.proto"))
    compile_protos(pathlib.Path("protos"), service, folder)
    rpc = pathlib.Path(next(iter(importlib.util.find_spec("google.rpc").submodule_search_locations)))
    compile_protos(rpc.parents[1], ["google/rpc/status.proto", "google/rpc/error_details.proto"], folder)
    sys.path.insert(0, str(folder))
    return folder


def compile_protos(root, files, folder):
    """Runs protoc over files that stand under `root`."""
    subprocess.run([sys.executable, "-B", "-m", "grpc_tools.protoc", "-I", str(root), f"--python_out={folder}",
                    f"--grpc_python_out={folder}", *map(str, files)], timeout=harness.LIMIT, check=True)
