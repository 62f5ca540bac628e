"""Which folder may include which, and which file may include which library: ARCHITECTURE.md's graph, as a table."""

import fnmatch
import pathlib
import re

# A folder under server/, and the folders whose headers its files may include besides their own.
FOLDERS = {
    "base": set(),
    "event": {"base"},
    "filter": {"base", "event"},
    "log": {"base", "event"},
    "hub": {"base", "event", "filter", "log"},
    "rpc": {"base", "event", "filter", "hub", "log"},
    "amplitude": {"base", "event"},
    "ingress": {"amplitude", "base", "event", "log"},
    "admin": {"base"},
}

# The start of an include, and the files that may have it. `*` does not cross a folder, `**` does.
LIBRARIES = {
    "spdlog/": ["server/base/*"],
    "simdjson": ["server/amplitude/*"],
    "rocksdb/": ["server/log/*"],
    "httplib": ["server/ingress/listener*.cc", "server/admin/*listener*.cc", "client/cli/*"],
    "openssl/": ["server/ingress/*hmac*.cc", "server/event/event_id.cc", "client/cli/*"],
    "grpcpp/": ["server/rpc/*", "server/*.cc", "client/**"],
    "grpc/": ["server/rpc/*", "server/*.cc", "client/**"],
    "prometheus/": ["server/admin/*"],
    "CLI/": ["server/*.cc", "client/cli/*"],
    "yaml-cpp/": ["server/*.cc"],
}
GRPC_STUBS = ["server/rpc/*", "server/*.cc", "client/**"]

# What no header of the server names: the library is hidden in its .cc.
HIDDEN = ("httplib", "simdjson", "openssl/", "rocksdb/", "spdlog/")

# The few headers of the server that a client shares, and who may include them.
SHARED_WITH_CLIENT = {
    "server/base/nearest_name.h": ["client/cli/*"],
    "server/base/version.h": ["client/cli/*"],
    "server/event/event_type.h": ["client/cli/*"],
}

_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def sources(root):
    """The C++ files under server/ and client/, as paths from the root, in order."""
    found = [p for top in ("server", "client") for p in (root / top).rglob("*") if p.suffix in (".cc", ".h")]
    return sorted(p.relative_to(root).as_posix() for p in found)


def violations(root):
    """A line for each include that the tables do not allow."""
    found = []
    for path in sources(root):
        for include in _INCLUDE.findall((root / path).read_text(encoding="utf-8")):
            found += [f'{path} includes "{include}": {why}' for why in _reasons(path, include)]
    return found


def _reasons(path, include):
    for start, allowed in LIBRARIES.items():
        if include.startswith(start) and not _matches(path, allowed):
            yield "only in " + ", ".join(allowed)
    if include.endswith(".grpc.pb.h") and not _matches(path, GRPC_STUBS):
        yield "only in " + ", ".join(GRPC_STUBS)
    if path.startswith("server/"):
        yield from _server_reasons(path, include)
    elif include.startswith("server/") and not _matches(path, SHARED_WITH_CLIENT.get(include, [])):
        yield "a client knows the protos only"


def _server_reasons(path, include):
    if path.endswith(".h") and include.startswith(HIDDEN):
        yield "a header hides the library"
    if include.startswith("client/") or include.startswith("tests/"):
        yield "the server knows nothing of it"
    own = _folder(path)
    target = _folder(include) if include.startswith("server/") else None
    if target is None or own == "" or own == target:  # The composition root may include everything.
        return
    if own not in FOLDERS:
        yield f"server/{own} has no place in the graph: give it one in tests/layering.py"
    elif target not in FOLDERS[own]:
        yield f"server/{own} does not stand on server/{target}"


def _folder(path):
    """The folder of a path under server/; empty for the composition root's own files."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""


def _matches(path, patterns):
    return any(_match(path, pattern) for pattern in patterns)


def _match(path, pattern):
    if "**" in pattern:
        return fnmatch.fnmatchcase(path, pattern.replace("**", "*"))
    return path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern)
