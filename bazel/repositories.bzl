"""The external repositories: Debian packages, and google.rpc's protos from PyPI."""

load("//bazel:googleapis.bzl", "googleapis_repository")
load("//bazel:system_repository.bzl", "system_repository")
load("//bazel:venv_repository.bzl", "venv_repository")

def system_repositories():
    """Declares every external repository under its upstream name."""
    system_repository(
        name = "com_google_absl",
        libraries = {
            "absl/base:core_headers": "absl_core_headers",
            "absl/cleanup:cleanup": "absl_cleanup",
            "absl/container:flat_hash_map": "absl_flat_hash_map",
            "absl/container:flat_hash_set": "absl_flat_hash_set",
            "absl/container:inlined_vector": "absl_inlined_vector",
            "absl/functional:any_invocable": "absl_any_invocable",
            "absl/functional:function_ref": "absl_function_ref",
            "absl/hash:hash": "absl_hash",
            "absl/numeric:bits": "absl_bits",
            "absl/random:random": "absl_random_random",
            "absl/status:status": "absl_status",
            "absl/status:statusor": "absl_statusor",
            "absl/strings:strings": "absl_strings",
            "absl/strings:cord": "absl_cord",
            "absl/strings:str_format": "absl_str_format",
            "absl/synchronization:synchronization": "absl_synchronization",
            "absl/time:time": "absl_time",
            "absl/types:optional": "absl_optional",
            "absl/types:span": "absl_span",
            "absl/types:variant": "absl_variant",
        },
    )
    system_repository(
        name = "com_google_protobuf",
        build_file = "//bazel:protobuf.BUILD",
        libraries = {":protobuf": "protobuf"},
        symlinks = {"google/protobuf": "/usr/include/google/protobuf"},
        tools = ["protoc"],
    )
    system_repository(
        name = "com_github_grpc_grpc",
        build_file = "//bazel:grpc.BUILD",
        libraries = {":grpc++": "grpc++"},
        tools = ["grpc_cpp_plugin"],
    )
    system_repository(
        name = "openssl",
        libraries = {":crypto": "libcrypto"},
    )
    system_repository(
        name = "cpp_httplib",
        libraries = {":httplib": "cpp-httplib"},
    )
    system_repository(
        name = "com_google_googletest",
        libraries = {
            ":gtest": "gmock",
            ":gtest_main": "gmock_main",
        },
    )
    googleapis_repository(name = "com_google_googleapis")
    venv_repository(name = "venv")
    system_repository(
        name = "com_github_facebook_rocksdb",
        libraries = {":rocksdb": "rocksdb"},
    )
    system_repository(
        name = "com_github_simdjson_simdjson",
        libraries = {":simdjson": "simdjson"},
    )
    system_repository(
        name = "com_github_jbeder_yaml_cpp",
        libraries = {":yaml-cpp": "yaml-cpp"},
    )
    system_repository(
        name = "com_github_cliutils_cli11",
        libraries = {":cli11": "CLI11"},
    )
    system_repository(
        name = "com_github_gabime_spdlog",
        libraries = {":spdlog": "spdlog"},
    )
    system_repository(
        name = "com_github_nghttp2_nghttp2",
        libraries = {":nghttp2": "libnghttp2"},
    )
    system_repository(
        name = "com_github_google_benchmark",
        libraries = {":benchmark": "benchmark"},
    )
    system_repository(
        name = "com_github_jupp0r_prometheus_cpp",
        libraries = {":core": "prometheus-cpp-core"},
    )
