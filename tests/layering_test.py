"""Holds the includes of server/ and client/ to the table in layering.py, and shows that the table finds what breaks it."""

import graphlib
import pathlib
import tempfile
import unittest

import layering

# Bazel's copy of this file is a chain of symbolic links to the one in the workspace, and the test must see every source
# there is, also one that no BUILD file names yet and that therefore no `data` could list. So it reads the workspace
# itself, and is tagged `external`, which keeps Bazel from answering with an earlier result.
WORKSPACE = pathlib.Path(__file__).resolve().parent.parent


class LayeringTest(unittest.TestCase):
    def test_sources_keep_to_the_graph(self):
        self.assertEqual(layering.violations(WORKSPACE), [])

    def test_sees_the_sources_of_every_folder(self):
        seen = {path.rsplit("/", 1)[0] for path in layering.sources(WORKSPACE)}
        for folder in layering.FOLDERS:
            self.assertIn(f"server/{folder}", seen)
        self.assertIn("client", seen)
        self.assertIn("client/cli", seen)

    def test_the_graph_points_one_way(self):
        graphlib.TopologicalSorter(layering.FOLDERS).prepare()  # Raises on a circle.


class PlantedTest(unittest.TestCase):
    """Each of these files is planted alone into an empty tree."""

    def found(self, path, include):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for top in ("server", "client"):
                (root / top).mkdir()
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(f"// A comment.\n#include <vector>\n\n#include {include}\n")
            return layering.violations(root)

    def check_refused(self, cases):
        for path, include in cases:
            with self.subTest(path=path, include=include):
                found = self.found(path, include)
                self.assertTrue(found)
                self.assertTrue(all(line.startswith(path + " includes ") for line in found), found)

    def check_allowed(self, cases):
        for path, include in cases:
            with self.subTest(path=path, include=include):
                self.assertEqual(self.found(path, include), [])

    def test_refuses_edges_that_the_graph_does_not_have(self):
        self.check_refused([
            ("server/base/clock.cc", '"server/event/times.h"'),
            ("server/event/times.h", '"server/log/chunk.h"'),
            ("server/event/times.h", '"server/server.h"'),
            ("server/filter/filter.h", '"server/log/chunk.h"'),
            ("server/log/event_log.h", '"server/hub/hub.h"'),
            ("server/hub/hub.cc", '"server/rpc/service.h"'),
            ("server/hub/hub.cc", '"server/ingress/listener.h"'),
            ("server/amplitude/translator.cc", '"server/log/event_log.h"'),
            ("server/ingress/handler.cc", '"server/hub/hub.h"'),
            ("server/ingress/handler.cc", '"server/filter/filter.h"'),
            ("server/rpc/service.cc", '"server/amplitude/translator.h"'),
            ("server/rpc/deep/service.cc", '"server/amplitude/translator.h"'),
            ("server/admin/health.cc", '"server/event/times.h"'),
            ("server/newcomer/it.cc", '"server/base/clock.h"'),
            ("server/main.cc", '"client/subscriber.h"'),
            ("server/log/event_log.cc", '"tests/testing/fake_clock.h"'),
            ("client/subscriber.cc", '"server/base/nearest_name.h"'),
            ("client/cli/tail.cc", '"server/event/times.h"'),
        ])

    def test_allows_edges_that_the_graph_has(self):
        self.check_allowed([
            ("server/rpc/service.cc", '"server/log/event_log.h"'),
            ("server/hub/hub.h", '"server/filter/filter.h"'),
            ("server/ingress/handler.cc", '"server/amplitude/translator.h"'),
            ("server/admin/health.cc", '"server/base/clock.h"'),
            ("server/event/cursor.h", '"server/event/position.h"'),
            ("server/server.cc", '"server/rpc/service.h"'),
            ("server/server.h", '"server/log/event_log.h"'),
            ("client/cli/tail.cc", '"server/base/nearest_name.h"'),
            ("client/cli/tail.cc", '"server/event/event_type.h"'),
            ("client/cli/tail.cc", '"client/subscriber.h"'),
        ])

    def test_refuses_libraries_outside_of_their_folder(self):
        self.check_refused([
            ("server/event/times.cc", "<spdlog/spdlog.h>"),
            ("server/ingress/handler.cc", '"simdjson.h"'),
            ("server/hub/hub.cc", '"rocksdb/db.h"'),
            ("server/ingress/handler.cc", "<httplib.h>"),
            ("server/admin/health.cc", "<httplib.h>"),
            ("client/subscriber.cc", "<httplib.h>"),
            ("server/ingress/handler.cc", "<openssl/evp.h>"),
            ("server/event/cursor.cc", "<openssl/evp.h>"),
            ("server/hub/hub.cc", '"grpcpp/grpcpp.h"'),
            ("server/server.h", '"grpcpp/grpcpp.h"'),
            ("server/log/event_log.cc", "<grpc/grpc.h>"),
            ("server/rpc/service.cc", "<prometheus/registry.h>"),
            ("server/base/logging.cc", "<CLI/CLI.hpp>"),
            ("client/cli/flags.cc", "<yaml-cpp/yaml.h>"),
            ("server/hub/hub.cc", '"ampstream/v1/event_service.grpc.pb.h"'),
            ("server/hub/hub.cc", '  <httplib.h>'),
        ])

    def test_allows_libraries_where_they_belong(self):
        self.check_allowed([
            ("server/base/logging.cc", "<spdlog/spdlog.h>"),
            ("server/amplitude/json_parser.cc", '"simdjson.h"'),
            ("server/log/rocksdb_log.cc", '"rocksdb/db.h"'),
            ("server/ingress/listener.cc", "<httplib.h>"),
            ("server/ingress/listener_stream.cc", "<httplib.h>"),
            ("server/admin/admin_listener.cc", "<httplib.h>"),
            ("server/ingress/hmac.cc", "<openssl/evp.h>"),
            ("server/event/event_id.cc", "<openssl/evp.h>"),
            ("server/rpc/service.h", '"grpcpp/grpcpp.h"'),
            ("server/server.cc", '"ampstream/v1/event_service.grpc.pb.h"'),
            ("server/admin/metrics.cc", "<prometheus/registry.h>"),
            ("server/flags.cc", "<CLI/CLI.hpp>"),
            ("server/config_file.cc", "<yaml-cpp/yaml.h>"),
            ("client/subscriber.cc", '"grpcpp/grpcpp.h"'),
            ("client/cli/send.cc", "<httplib.h>"),
        ])

    def test_refuses_hidden_libraries_in_headers(self):
        self.check_refused([
            ("server/base/logging.h", "<spdlog/spdlog.h>"),
            ("server/amplitude/json_parser.h", '"simdjson.h"'),
            ("server/log/rocksdb_log.h", '"rocksdb/db.h"'),
            ("server/ingress/listener.h", "<httplib.h>"),
            ("server/ingress/hmac.h", "<openssl/evp.h>"),
        ])

    def test_sees_includes_however_they_are_written(self):
        for include in ("#include<httplib.h>", "  #  include  <httplib.h>", "#include\t<httplib.h> // why"):
            with self.subTest(include=include), tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                (root / "server/hub").mkdir(parents=True)
                (root / "server/hub/hub.cc").write_text(f"int a;\n{include}\n")
                self.assertEqual(len(layering.violations(root)), 1)


if __name__ == "__main__":
    unittest.main()
