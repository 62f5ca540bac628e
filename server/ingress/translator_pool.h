#ifndef AMPSTREAM_SERVER_INGRESS_TRANSLATOR_POOL_H_
#define AMPSTREAM_SERVER_INGRESS_TRANSLATOR_POOL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/amplitude/translator.h"
#include "server/base/mutex.h"
#include "server/event/new_event.h"

namespace ampstream {

// Translators to be used again: as many as are busy at once, the last used first, so that its arena is still in the
// cache. Thread-safe.
class TranslatorPool {
 public:
  explicit TranslatorPool(const TranslateLimits& limits) : limits_(limits) {}

  // As Translator has it.
  absl::StatusOr<std::vector<NewEvent>> Translate(std::string& body, const DeliveryInfo& delivery,
                                                  int64_t* unread_fields = nullptr);

 private:
  std::unique_ptr<Translator> Take();

  const TranslateLimits limits_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Translator>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_TRANSLATOR_POOL_H_
