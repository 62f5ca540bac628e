#ifndef AMPSTREAM_CLIENT_EVENT_STREAM_H_
#define AMPSTREAM_CLIENT_EVENT_STREAM_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "ampstream/v1/event_service.pb.h"

namespace ampstream {

// One subscription's responses, read as a loop:
//
//   std::unique_ptr<EventStream> stream = subscriber.Subscribe(request);
//   v1::SubscribeResponse response;
//   while (stream->Next(&response)) {
//     for (const v1::Event& event : response.events()) Use(event);
//     Store(response.cursor());  // of every response, whatever it holds
//   }
//   absl::Status end = stream->Finish();
//
// or, with the loop inside, by ForEach.
//
// One thread calls Next, Finish and ForEach, and destroys it; any thread may call Cancel meanwhile. Reading slowly is
// allowed: nothing is lost, and the server keeps no buffer for it.
class EventStream {
 public:
  // Cancels what has not ended.
  virtual ~EventStream() = default;

  // Waits for the next response and puts it in place of what `response` held. False: the stream has ended, and Finish
  // says why. Waits without limit, though the server says something each heartbeat interval, and a dead connection is
  // noticed within a minute; the first call also connects.
  virtual bool Next(v1::SubscribeResponse* response) = 0;

  // Why the stream ended: OK when a stop condition of the request held; CANCELLED after Cancel; else an error for
  // CallError::Of. Before Next has returned false it cancels the stream. The same answer each time.
  virtual absl::Status Finish() = 0;

  // Ends the stream soon, and a Next that waits. May be called at any time, also before the first Next. Thread-safe.
  virtual void Cancel() = 0;

  // Calls `on_response` with each response, on this thread, until it returns false (then the stream is cancelled and
  // the answer is OK) or the stream ends (then the answer is that of Finish).
  absl::Status ForEach(absl::FunctionRef<bool(const v1::SubscribeResponse&)> on_response);
};

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_EVENT_STREAM_H_
