#include "server/rpc/response_bytes.h"

#include <grpcpp/support/slice.h>

#include <string>
#include <vector>

namespace ampstream {
namespace {

// A slice of its own costs about as much as copying this many bytes does.
constexpr size_t kWorthSharing = 4096;

// What is shared keeps its whole chunk in memory for as long as a subscriber does not read; so it must be a good part
// of it.
constexpr size_t kGoodPart = 4;

bool IsWorthSharing(const Batch::Piece& piece) {
  return piece.size >= kWorthSharing && piece.size * kGoodPart >= piece.chunk->bytes.size();
}

// gRPC takes a pointer that is not const; it only reads.
grpc::Slice SharedSlice(const Batch::Piece& piece) {
  return grpc::Slice(
      const_cast<char*>(piece.bytes().data()), piece.size, [](void* chunk) { delete static_cast<SharedChunk*>(chunk); },
      new SharedChunk(piece.chunk));
}

}  // namespace

grpc::ByteBuffer ResponseBytes(const Batch& batch, const v1::SubscribeResponse& rest) {
  std::vector<grpc::Slice> slices;
  std::string copied;
  for (const Batch::Piece& piece : batch.pieces) {
    if (!IsWorthSharing(piece)) {
      copied.append(piece.bytes().data(), piece.size);
      continue;
    }
    if (!copied.empty()) slices.emplace_back(copied);
    copied.clear();
    slices.push_back(SharedSlice(piece));
  }
  rest.AppendToString(&copied);
  slices.emplace_back(copied);
  return grpc::ByteBuffer(slices.data(), slices.size());
}

grpc::ByteBuffer ResponseBytes(const v1::SubscribeResponse& response) { return ResponseBytes(Batch(), response); }

}  // namespace ampstream
