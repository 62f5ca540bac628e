#include "server/log/group_record.h"

#include "server/log/coding.h"

namespace ampstream {

std::string EncodeGroupKey(const GroupRecord& record) {
  std::string key;
  PutTime(record.newest_receive_time, &key);
  PutFixed64(record.last.value(), &key);
  return key;
}

std::string EncodeGroupValue(const GroupRecord& record) {
  std::string value;
  PutTime(record.log_time, &value);
  PutFixed64(static_cast<uint64_t>(record.events), &value);
  PutFixed64(static_cast<uint64_t>(record.bytes), &value);
  PutTime(record.first_receive_time, &value);
  PutTime(record.last_receive_time, &value);
  return value;
}

absl::optional<GroupRecord> DecodeGroup(absl::string_view key, absl::string_view value) {
  GroupRecord record;
  uint64_t last;
  uint64_t events;
  uint64_t bytes;
  const bool complete = TakeTime(&key, &record.newest_receive_time) && TakeFixed64(&key, &last) && key.empty() &&
                        TakeTime(&value, &record.log_time) && TakeFixed64(&value, &events) &&
                        TakeFixed64(&value, &bytes) && TakeTime(&value, &record.first_receive_time) &&
                        TakeTime(&value, &record.last_receive_time) && value.empty();
  if (!complete) return absl::nullopt;
  record.last = Position(last);
  record.events = static_cast<int64_t>(events);
  record.bytes = static_cast<int64_t>(bytes);
  return record;
}

std::string EncodeGroup(const GroupRecord& record) { return EncodeGroupKey(record) + EncodeGroupValue(record); }

absl::optional<GroupRecord> DecodeGroup(absl::string_view encoded) {
  const size_t key_size = EncodeGroupKey(GroupRecord()).size();
  if (encoded.size() < key_size) return absl::nullopt;
  return DecodeGroup(encoded.substr(0, key_size), encoded.substr(key_size));
}

std::string GroupKeyOf(absl::Time time) {
  std::string key;
  PutTime(time, &key);
  return key;
}

}  // namespace ampstream
