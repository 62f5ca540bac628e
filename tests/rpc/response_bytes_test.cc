#include "server/rpc/response_bytes.h"

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/log/chunk_builder.h"
#include "tests/testing/events.h"

namespace ampstream {
namespace {

// A chunk of events of a size, and a batch of the first of them.
struct Fixture {
  Fixture(int events, size_t padding, size_t taken) {
    ChunkBuilder builder(Epoch(1), Position(0));
    EventSpec spec;
    spec.padding = padding;
    for (int i = 1; i <= events; ++i) builder.Add(Position(static_cast<uint64_t>(i)), MakeEvent(spec).encoded);
    chunk = std::move(builder).Build(Position(static_cast<uint64_t>(events)), absl::UnixEpoch());
    size_t size = 0;
    for (size_t i = 0; i < taken; ++i) size += chunk->entries[i].size;
    batch.pieces.push_back({chunk, 0, size});
  }

  SharedChunk chunk;
  Batch batch;
};

v1::SubscribeResponse Parsed(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(bytes.Dump(&slices).ok());
  std::string whole;
  for (const grpc::Slice& slice : slices) whole.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  v1::SubscribeResponse response;
  EXPECT_TRUE(response.ParseFromString(whole));
  return response;
}

v1::SubscribeResponse Rest() {
  v1::SubscribeResponse rest;
  rest.set_cursor("cursor");
  rest.mutable_caught_up();
  return rest;
}

TEST(ResponseBytesTest, IsAnEncodedResponseWithEventsCursorAndSignal) {
  for (size_t padding : {10, 10000}) {
    const Fixture fixture(3, padding, 2);
    const v1::SubscribeResponse response = Parsed(ResponseBytes(fixture.batch, Rest()));
    ASSERT_EQ(response.events_size(), 2);
    EXPECT_EQ(response.events(1).events_track().event_type(), std::string(padding, '.'));
    EXPECT_EQ(response.cursor(), "cursor");
    EXPECT_TRUE(response.has_caught_up());
  }
}

TEST(ResponseBytesTest, SharesALargePieceAndLetsItGo) {
  Fixture fixture(3, 10000, 3);
  fixture.batch.pieces[0].chunk = fixture.chunk;
  const int64_t before = fixture.chunk.use_count();
  {
    const grpc::ByteBuffer bytes = ResponseBytes(fixture.batch, Rest());
    EXPECT_EQ(fixture.chunk.use_count(), before + 1);
  }
  EXPECT_EQ(fixture.chunk.use_count(), before);
}

TEST(ResponseBytesTest, CopiesASmallPiece) {
  const Fixture fixture(3, 10, 3);
  const int64_t before = fixture.chunk.use_count();
  const grpc::ByteBuffer bytes = ResponseBytes(fixture.batch, Rest());
  EXPECT_EQ(fixture.chunk.use_count(), before);
}

TEST(ResponseBytesTest, CopiesASmallPartOfALargeChunkSoThatAStalledStreamDoesNotKeepIt) {
  const Fixture fixture(100, 10000, 2);
  const int64_t before = fixture.chunk.use_count();
  const grpc::ByteBuffer bytes = ResponseBytes(fixture.batch, Rest());
  EXPECT_EQ(fixture.chunk.use_count(), before);
}

}  // namespace
}  // namespace ampstream
