#ifndef AMPSTREAM_CLIENT_CLI_SIGNAL_TEXT_H_
#define AMPSTREAM_CLIENT_CLI_SIGNAL_TEXT_H_

#include <string>

#include "ampstream/v1/event_service.pb.h"
#include "client/cli/notices.h"

namespace ampstream {

// How a stream's signal is told to a person.
struct SignalText {
  // Heartbeats are kDebug, the others kInfo.
  LogLevel level;
  // Empty: the response bears no signal, or one that only a newer server knows.
  std::string text;
};

SignalText TextOfSignal(const v1::SubscribeResponse& response);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_SIGNAL_TEXT_H_
