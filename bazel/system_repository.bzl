"""system_repository: one external repository made of installed Debian packages.

The repository carries the labels that the upstream project publishes, so a
BUILD file reads the same whether the library is the system's or built from source.
"""

def _pkg_config(ctx, flag, module):
    tool = ctx.which("pkg-config")
    if tool == None:
        fail("pkg-config is missing: run bazel/setup.sh")
    result = ctx.execute([tool, flag, module])
    if result.return_code != 0:
        fail("pkg-config {} {}: {}".format(flag, module, result.stderr))
    return [word for word in result.stdout.strip().split(" ") if word]

def _library(ctx, name, module):
    defines = [f[2:] for f in _pkg_config(ctx, "--cflags-only-other", module) if f.startswith("-D")]
    return """
cc_library(
    name = "{}",
    defines = {},
    linkopts = {},
)
""".format(name, defines, _pkg_config(ctx, "--libs", module))

def _system_repository_impl(ctx):
    packages = {"": ""}
    for label, module in ctx.attr.libraries.items():
        package, _, name = label.rpartition(":")
        packages[package] = packages.get(package, "") + _library(ctx, name, module)
    for tool in ctx.attr.tools:
        path = ctx.which(tool)
        if path == None:
            fail(tool + " is missing: run bazel/setup.sh")
        ctx.symlink(path, "bin/" + tool)
        packages[""] += """
sh_binary(
    name = "{0}",
    srcs = ["bin/{0}"],
)
""".format(tool)
    for link, target in ctx.attr.symlinks.items():
        ctx.symlink(target, link)
    if ctx.attr.build_file:
        packages[""] += ctx.read(ctx.attr.build_file)
    for package, body in packages.items():
        ctx.file(
            (package + "/" if package else "") + "BUILD.bazel",
            'package(default_visibility = ["//visibility:public"])\n' + body,
        )

system_repository = repository_rule(
    implementation = _system_repository_impl,
    attrs = {
        "build_file": attr.label(doc = "Extra targets for the top package."),
        "libraries": attr.string_dict(doc = "Target label to pkg-config module."),
        "symlinks": attr.string_dict(doc = "Path in the repository to path on the system."),
        "tools": attr.string_list(doc = "Programs on PATH."),
    },
    configure = True,
    environ = ["PATH", "PKG_CONFIG_PATH"],
    local = True,
)
