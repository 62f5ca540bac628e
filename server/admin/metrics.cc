#include "server/admin/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace ampstream {

std::string MetricsText(const Metrics& metrics) {
  prometheus::MetricFamily unread_fields;
  unread_fields.name = "ampstream_unread_fields_total";
  unread_fields.help = "Optional fields that could not be understood, and were kept as they came, by source.";
  unread_fields.type = prometheus::MetricType::Counter;
  for (const auto& [source, count] : metrics.unread_fields) {
    prometheus::ClientMetric metric;
    metric.label = {{"source", source}};
    metric.counter.value = static_cast<double>(count);
    unread_fields.metric.push_back(metric);
  }
  return prometheus::TextSerializer().Serialize({unread_fields});
}

}  // namespace ampstream
