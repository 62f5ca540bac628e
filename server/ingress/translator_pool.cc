#include "server/ingress/translator_pool.h"

#include <utility>

namespace ampstream {

absl::StatusOr<std::vector<NewEvent>> TranslatorPool::Translate(std::string& body, const DeliveryInfo& delivery,
                                                                int64_t* unread_fields) {
  std::unique_ptr<Translator> translator = Take();
  absl::StatusOr<std::vector<NewEvent>> events = translator->Translate(body, delivery, unread_fields);
  MutexLock lock(&mutex_);
  free_.push_back(std::move(translator));
  return events;
}

std::unique_ptr<Translator> TranslatorPool::Take() {
  {
    MutexLock lock(&mutex_);
    if (!free_.empty()) {
      std::unique_ptr<Translator> translator = std::move(free_.back());
      free_.pop_back();
      return translator;
    }
  }
  return std::make_unique<Translator>(limits_);
}

}  // namespace ampstream
