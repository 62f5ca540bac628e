#ifndef AMPSTREAM_SERVER_ADMIN_METRICS_H_
#define AMPSTREAM_SERVER_ADMIN_METRICS_H_

#include <cstdint>
#include <map>
#include <string>

namespace ampstream {

// What the server has counted since it began.
struct Metrics {
  // By source: optional fields of Amplitude's own shapes that could not be understood, and were kept as they came.
  std::map<std::string, int64_t> unread_fields;
};

// In the text format that Prometheus scrapes (https://prometheus.io/docs/instrumenting/exposition_formats/).
std::string MetricsText(const Metrics& metrics);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_ADMIN_METRICS_H_
