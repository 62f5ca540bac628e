#ifndef AMPSTREAM_SERVER_INGRESS_WEBHOOK_HANDLER_H_
#define AMPSTREAM_SERVER_INGRESS_WEBHOOK_HANDLER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "server/amplitude/shape.h"
#include "server/amplitude/translator.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/event/new_event.h"
#include "server/ingress/http_error.h"
#include "server/ingress/http_head.h"
#include "server/ingress/listener.h"
#include "server/ingress/translator_pool.h"
#include "server/ingress/verifier.h"
#include "server/log/event_log.h"

namespace ampstream {

// `POST /webhooks/amplitude/{source}`: verifies a delivery, translates it, appends its events, and answers once the log
// has them. Nothing that is not verified is parsed. Thread-safe.
class WebhookHandler final : public HttpHandler {
 public:
  struct Source {
    std::string name;
    std::shared_ptr<const Verifier> verifier;
    Shape shape = Shape::kAuto;  // Of its bodies.
  };
  struct Options {
    std::vector<Source> sources;
    TranslateLimits limits;
    absl::Duration append_timeout = absl::Seconds(10);
  };

  // The log and the clock must outlive it.
  WebhookHandler(const Options& options, EventLog& log, const Clock& clock);

  absl::optional<HttpAnswer> CheckHead(const HttpHead& head) override;
  void Handle(const HttpHead& head, std::string body, Done done) override;

  // For deliveries whose head comes from here on.
  void SetOptions(const Options& options);

  // How many fields of each source could not be understood, and were kept as they came, since the server began; of
  // those taken away by SetOptions too.
  std::map<std::string, int64_t> UnreadFields() const;

  // From here on every request is answered 503.
  void StartDraining() { draining_ = true; }

 private:
  // What the options say. Immutable: a delivery is handled by the one that was there when its handling began.
  struct Settings {
    explicit Settings(const Options& options);

    absl::Duration append_timeout;
    std::map<std::string, Source, std::less<>> sources;  // By name.
    std::unique_ptr<TranslatorPool> translators;
  };

  std::shared_ptr<const Settings> settings() const;
  // The events of a delivery, or the answer that refuses it.
  absl::variant<HttpAnswer, std::vector<NewEvent>> Read(const Settings& settings, const HttpHead& head,
                                                        std::string body);
  void CountUnreadFields(const std::string& source, int64_t count);

  EventLog& log_;
  const Clock& clock_;
  std::atomic<bool> draining_{false};

  mutable Mutex mutex_;
  std::shared_ptr<const Settings> settings_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int64_t> unread_fields_ ABSL_GUARDED_BY(mutex_);  // By source.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_WEBHOOK_HANDLER_H_
