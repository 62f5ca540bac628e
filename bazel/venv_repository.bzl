"""venv_repository: the programs that setup.sh put into .venv, for tests and tools to run."""

_TOOLS = ["buf", "grpcurl", "node", "python"]

def _venv_repository_impl(ctx):
    venv = str(ctx.path(Label("//:WORKSPACE")).dirname) + "/.venv"
    bin = venv + "/bin/"
    build = 'package(default_visibility = ["//visibility:public"])\n'
    for tool in _TOOLS:
        if not ctx.path(bin + tool).exists:
            fail(".venv has no {}: run bazel/setup.sh".format(tool))

        # A program of a venv finds its packages by its own path, which a symbolic link would hide; node does not.
        modules = "export NODE_PATH='{}/node/node_modules'\n".format(venv) if tool == "node" else ""
        ctx.file(tool + ".sh", "#!/bin/sh\n{}exec '{}{}' \"$@\"\n".format(modules, bin, tool))
        build += 'sh_binary(name = "{0}", srcs = ["{0}.sh"])\n'.format(tool)
    ctx.file("BUILD.bazel", build)

venv_repository = repository_rule(
    implementation = _venv_repository_impl,
    configure = True,
    local = True,
)
