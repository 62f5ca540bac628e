#include "server/log/rocksdb_records.h"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr size_t kBlock = 32 << 10;  // No record goes beyond the end of its block; long ones are cut into parts.
constexpr size_t kHeader = 7;        // Checksum of type and data (4), size of the data (2), type (1).
constexpr size_t kType = 6;
constexpr size_t kSector = 512;     // What a disk writes at once.
constexpr size_t kZerosToTell = 8;  // So many zeros of a sector are taken for one that was not written.

enum Type : uint8_t { kNone, kFull, kFirst, kMiddle, kLast };

std::array<uint32_t, 256> MakeCrc32cTable() {
  constexpr uint32_t kPolynomial = 0x82f63b78;
  std::array<uint32_t, 256> table;
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    table[i] = remainder;
  }
  return table;
}

// Masked as it is stored: a checksum of bytes that hold checksums would be weak.
uint32_t ChecksumOf(absl::string_view bytes) {
  static const std::array<uint32_t, 256> table = MakeCrc32cTable();
  uint32_t sum = 0xffffffff;
  for (const char byte : bytes) sum = table[(sum ^ static_cast<uint8_t>(byte)) & 0xff] ^ sum >> 8;
  sum = ~sum;
  return (sum >> 15 | sum << 17) + 0xa282ead8;
}

// Little-endian.
uint32_t NumberIn(absl::string_view bytes) {
  uint32_t number = 0;
  for (size_t i = bytes.size(); i > 0; --i) number = number << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return number;
}

// What the header at the start of the bytes says.
uint32_t StoredChecksum(absl::string_view bytes) { return NumberIn(bytes.substr(0, 4)); }
size_t StoredSize(absl::string_view bytes) { return kHeader + NumberIn(bytes.substr(4, 2)); }

struct Record {
  Type type;
  size_t size;  // With its header.
};

// The record at the start of `bytes`, which end where its block or the file ends. Absent: it is cut, or bad.
absl::optional<Record> GoodRecord(absl::string_view bytes) {
  if (bytes.size() < kHeader) return absl::nullopt;
  const auto type = static_cast<uint8_t>(bytes[kType]);
  const size_t size = StoredSize(bytes);
  if (type < kFull || type > kLast || size > bytes.size()) return absl::nullopt;
  if (ChecksumOf(bytes.substr(kType, size - kType)) != StoredChecksum(bytes)) return absl::nullopt;
  return Record{static_cast<Type>(type), size};
}

bool IsZero(absl::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
}

// Whether a sector of what begins at `place` of the file was not written.
bool HasUnwrittenSector(absl::string_view bytes, size_t place) {
  while (!bytes.empty()) {
    const absl::string_view part = bytes.substr(0, kSector - place % kSector);
    if (part.size() >= kZerosToTell && IsZero(part)) return true;
    bytes.remove_prefix(part.size());
    place += part.size();
  }
  return false;
}

// A walk over a file's blocks, each given once in order.
class RecordWalk {
 public:
  // The last block alone is shorter than kBlock.
  void Take(absl::string_view block);

  // Where the last whole record ends.
  size_t whole() const { return whole_; }
  size_t size() const { return size_; }
  // Where it is damaged.
  absl::optional<size_t> damaged_at() const {
    return is_damaged_ || (bad_at_.has_value() && !is_torn_) ? bad_at_ : absl::nullopt;
  }

 private:
  // Takes the good records at the start of `rest`, as far as they follow each other as they must.
  void TakeGood(absl::string_view* rest);
  bool Follows(Type type) const { return (type == kMiddle || type == kLast) == in_parts_; }
  // The first bad record is at the start of `rest`, which ends where its block or the file does.
  void StartBad(absl::string_view rest, bool is_file_end);
  // What `rest`, from the first bad byte or the start of a later block on, tells of the bad record.
  void TakeBad(absl::string_view rest);

  size_t size_ = 0;
  size_t whole_ = 0;
  bool in_parts_ = false;  // The last good record is a part of one that goes on.
  absl::optional<size_t> bad_at_;
  bool is_damaged_ = false;  // Good records stand after the bad one, or its size is wrong.
  bool is_torn_ = false;     // The bad one is cut, or lacks a sector.
};

void RecordWalk::Take(absl::string_view block) {
  absl::string_view rest = block;
  size_ += block.size();
  if (!bad_at_.has_value()) TakeGood(&rest);
  const bool is_filled_up = block.size() == kBlock && rest.size() < kHeader;
  if (!bad_at_.has_value() && !rest.empty() && !is_filled_up) StartBad(rest, block.size() < kBlock);
  if (bad_at_.has_value()) TakeBad(rest);
}

void RecordWalk::TakeGood(absl::string_view* rest) {
  for (absl::optional<Record> record; (record = GoodRecord(*rest)).has_value();) {
    if (!Follows(record->type)) {
      bad_at_ = size_ - rest->size();
      is_damaged_ = true;
      return;
    }
    rest->remove_prefix(record->size);
    in_parts_ = record->type == kFirst || record->type == kMiddle;
    if (!in_parts_) whole_ = size_ - rest->size();
  }
}

void RecordWalk::StartBad(absl::string_view rest, bool is_file_end) {
  bad_at_ = size_ - rest.size();
  if (rest.size() < kHeader) {
    is_torn_ = true;
  } else if (StoredSize(rest) > rest.size()) {
    // Cut, unless the bytes that are there are all that it had.
    is_damaged_ = ChecksumOf(rest.substr(kType)) == StoredChecksum(rest);
    is_torn_ = is_file_end;
  }
}

void RecordWalk::TakeBad(absl::string_view rest) {
  is_torn_ = is_torn_ || IsZero(rest) || HasUnwrittenSector(rest, size_ - rest.size());
  while (!is_damaged_ && rest.size() > kHeader) {
    const absl::optional<Record> record = GoodRecord(rest);
    is_damaged_ = record.has_value() && (record->type == kFull || record->type == kFirst);
    rest.remove_prefix(record.has_value() ? record->size : 1);
  }
}

absl::Status DiskError(const rocksdb::IOStatus& status) {
  return absl::UnavailableError(absl::StrCat("disk: ", status.ToString()));
}

absl::StatusOr<RecordWalk> Walk(const std::string& path, rocksdb::FileSystem& files) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  rocksdb::IOStatus status = files.NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (!status.ok()) return DiskError(status);
  RecordWalk walk;
  std::string scratch(kBlock, '\0');
  std::string block;
  do {
    block.clear();
    rocksdb::Slice got;
    do {
      status = file->Read(kBlock - block.size(), rocksdb::IOOptions(), &got, scratch.data(), nullptr);
      if (!status.ok()) return DiskError(status);
      block.append(got.data(), got.size());
    } while (block.size() < kBlock && got.size() > 0);
    walk.Take(block);
  } while (block.size() == kBlock);
  return walk;
}

absl::Status CutOff(const std::string& path, size_t size, rocksdb::FileSystem& files) {
  const rocksdb::IOOptions options;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status = files.ReopenWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (status.ok()) status = file->Truncate(size, options, nullptr);
  if (status.ok()) status = file->Fsync(options, nullptr);
  if (status.ok()) status = file->Close(options, nullptr);
  return status.ok() ? absl::OkStatus() : DiskError(status);
}

}  // namespace

absl::Status CheckRecords(const std::string& path, bool may_be_torn, rocksdb::FileSystem& files) {
  AMPSTREAM_ASSIGN_OR_RETURN(const RecordWalk walk, Walk(path, files));
  if (walk.damaged_at().has_value())
    return absl::DataLossError(absl::StrCat("damaged: ", path, " at byte ", *walk.damaged_at()));
  if (walk.whole() == walk.size()) return absl::OkStatus();
  if (!may_be_torn) return absl::DataLossError(absl::StrCat("damaged: ", path, " ends early, at byte ", walk.size()));
  Log(Severity::kWarning, absl::StrCat("the last write of ", path, " was cut by a crash, at byte ", walk.whole(),
                                       " of ", walk.size(), "; nobody was answered for it, and it is dropped"));
  return CutOff(path, walk.whole(), files);
}

}  // namespace ampstream
