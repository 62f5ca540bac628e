#include "server/rpc/event_page.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"
#include "server/event/cursor.h"
#include "server/event/event_id.h"
#include "server/filter/filter.h"
#include "server/hub/batch.h"
#include "server/rpc/subscribe_request.h"

namespace ampstream {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
constexpr size_t kMaxPageBytes = 1 << 20;  // Well under the 4 MiB that a client takes by default.
constexpr int kMaxReads = 16;              // Of a megabyte each.
constexpr size_t kFingerprintSize = 8;

std::string Fingerprint(const v1::EventFilter& filter) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    filter.SerializeToCodedStream(&coded);
  }
  return EventId::Of({bytes}).ToString().substr(0, kFingerprintSize);
}

absl::StatusOr<StartAt> StartOf(const v1::ListEventsRequest& request, Epoch epoch) {
  if (request.page_token().empty()) return StartAt(StartAtEarliest());
  absl::string_view token = request.page_token();
  const bool of_this_filter = absl::ConsumeSuffix(&token, Fingerprint(request.filter()));
  const absl::StatusOr<Position> position = Cursor::ParseOf(epoch, token);
  if (!of_this_filter || absl::IsInvalidArgument(position.status())) {
    return InvalidRequest("page_token",
                          "not a token of this list: use next_page_token as it was received, with the same filter");
  }
  if (!position.ok()) return position.status();
  return StartAt(StartAfter{*position});
}

// Fills the batch; returns whether the log's end was reached.
absl::StatusOr<bool> Fill(EventLog& log, const std::function<bool()>& cancelled, const Selection& selection,
                          const BatchLimits& limits, Batch* batch) {
  for (int reads = 0; reads < kMaxReads; ++reads) {
    if (cancelled()) return absl::UnavailableError("the call was cancelled");
    AMPSTREAM_ASSIGN_OR_RETURN(const ReadResult result, log.Read(batch->resume, ReadLimits()));
    for (const SharedChunk& chunk : result.chunks) {
      if (!AddMatching(KeyedChunk(chunk), selection, limits, batch)) return false;
    }
    batch->resume = std::max(batch->resume, result.next);
    if (result.at_end) return true;
  }
  return false;
}

}  // namespace

absl::Status ReadEventPage(const v1::ListEventsRequest& request, EventLog& log,
                           const ExpressionLimits& expression_limits, const std::function<bool()>& cancelled,
                           v1::ListEventsResponse* response) {
  if (request.page_size() < 0) return InvalidRequest("page_size", "negative");
  const Epoch epoch = log.Info().epoch;
  Selection selection;
  AMPSTREAM_ASSIGN_OR_RETURN(selection.filter, Filter::Compile(request.filter(), expression_limits));
  AMPSTREAM_ASSIGN_OR_RETURN(const StartAt start, StartOf(request, epoch));
  BatchLimits limits;
  limits.max_events = std::min(request.page_size() == 0 ? kDefaultPageSize : request.page_size(), kMaxPageSize);
  limits.max_bytes = kMaxPageBytes;
  Batch batch;
  AMPSTREAM_ASSIGN_OR_RETURN(batch.resume, log.Resolve(start));
  AMPSTREAM_ASSIGN_OR_RETURN(const bool at_end, Fill(log, cancelled, selection, limits, &batch));
  for (const Batch::Piece& piece : batch.pieces) {
    // A piece is field 1 of a ListEventsResponse just as it is of a SubscribeResponse.
    if (!response->MergeFromString(std::string(piece.bytes())))
      return absl::InternalError("an event in the log is damaged");
  }
  if (!at_end)
    response->set_next_page_token(absl::StrCat(Cursor{epoch, batch.resume}.Encode(), Fingerprint(request.filter())));
  return absl::OkStatus();
}

}  // namespace ampstream
