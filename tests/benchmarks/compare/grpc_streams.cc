#include "tests/benchmarks/compare/grpc_streams.h"

#include <arpa/inet.h>
#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/load.h"
#include "tests/benchmarks/compare/sockets.h"

namespace ampstream {
namespace {

constexpr size_t kHeadBytes = 5;          // A flag, and the message's size as a big-endian number of 32 bits.
constexpr size_t kBufferBytes = 1 << 20;  // Several messages, so that few need be put together.
constexpr int32_t kStreamWindow = 4 << 20;
constexpr int32_t kConnectionWindow = 64 << 20;
constexpr uint32_t kFrameBytes = 1 << 20;

std::string WithHead(absl::string_view message) {
  std::string framed(kHeadBytes, '\0');
  const uint32_t size = htonl(static_cast<uint32_t>(message.size()));
  std::memcpy(&framed[1], &size, sizeof(size));
  return framed.append(message.data(), message.size());
}

// Of the message that stands behind a head.
size_t MessageBytes(absl::string_view framed) {
  uint32_t size = 0;
  std::memcpy(&size, framed.data() + 1, sizeof(size));
  return ntohl(size);
}

uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); }

nghttp2_nv Header(absl::string_view name, absl::string_view value) {
  return {Bytes(name), Bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

class GrpcStreams::Impl {
 public:
  Impl(Socket socket, Reader& reader) : socket_(std::move(socket)), reader_(reader), buffer_(kBufferBytes) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                                               {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kFrameBytes}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  }

  ~Impl() { nghttp2_session_del(session_); }

  absl::Status Call(int number, const std::string& method, absl::string_view request) {
    streams_.push_back(std::make_unique<Stream>());
    Stream& stream = *streams_.back();
    stream.number = number;
    stream.unsent = WithHead(request);
    const nghttp2_nv headers[] = {Header(":method", "POST"),        Header(":scheme", "http"),
                                  Header(":path", method),          Header(":authority", "127.0.0.1"),
                                  Header("te", "trailers"),         Header("content-type", "application/grpc"),
                                  Header("user-agent", "ampstream")};
    nghttp2_data_provider body = {};
    body.source.ptr = &stream;
    body.read_callback = ReadRequest;
    const int32_t id = nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &body, &stream);
    return id > 0 ? Send() : absl::InternalError(nghttp2_strerror(id));
  }

  int fd() const { return socket_.fd(); }

  bool OnReadable() {
    const ssize_t received = recv(fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    now_ = absl::Now();
    if (received > 0 && nghttp2_session_mem_recv(session_, buffer_.data(), static_cast<size_t>(received)) == received)
      if (Send().ok() && nghttp2_session_want_read(session_) != 0) return true;
    for (const std::unique_ptr<Stream>& stream : streams_) End(stream.get(), "the connection is broken");
    return false;
  }

 private:
  struct Stream {
    int number = 0;
    bool over = false;
    std::string unsent;   // Of the request.
    std::string partial;  // Of a message.
    std::string answer;   // What the server says of the call: those headers and trailers that tell.
  };

  static Stream* StreamOf(nghttp2_session* session, int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static ssize_t ReadRequest(nghttp2_session*, int32_t, uint8_t* out, size_t size, uint32_t* flags,
                             nghttp2_data_source* source, void*) {
    std::string& unsent = static_cast<Stream*>(source->ptr)->unsent;
    const size_t taken = std::min(size, unsent.size());
    std::memcpy(out, unsent.data(), taken);
    unsent.erase(0, taken);
    if (unsent.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(taken);
  }

  static int OnData(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t size, void* self) {
    if (Stream* const stream = StreamOf(session, id))
      static_cast<Impl*>(self)->Take({reinterpret_cast<const char*>(data), size}, stream);
    return 0;
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t, void*) {
    const absl::string_view key(reinterpret_cast<const char*>(name), name_size);
    Stream* const stream = StreamOf(session, frame->hd.stream_id);
    if (stream != nullptr && (key == ":status" || key == "grpc-status" || key == "grpc-message"))
      absl::StrAppend(&stream->answer, key, "=", absl::string_view(reinterpret_cast<const char*>(value), value_size),
                      " ");
    return 0;
  }

  static int OnClose(nghttp2_session* session, int32_t id, uint32_t error, void* self) {
    Stream* const stream = StreamOf(session, id);
    if (stream == nullptr) return 0;
    static_cast<Impl*>(self)->End(stream, absl::StrCat(stream->answer, nghttp2_http2_strerror(error)));
    return 0;
  }

  void End(Stream* stream, absl::string_view why) {
    if (!std::exchange(stream->over, true)) reader_.OnEnd(stream->number, why);
  }

  // Hands on what is whole, from where it stands if it can be. No message is compressed, since none was asked for.
  void Take(absl::string_view bytes, Stream* stream) {
    while (!bytes.empty()) {
      std::string& partial = stream->partial;
      if (partial.empty() && bytes.size() >= kHeadBytes && bytes.size() - kHeadBytes >= MessageBytes(bytes)) {
        const size_t size = MessageBytes(bytes);
        reader_.OnMessage(stream->number, now_, bytes.substr(kHeadBytes, size));
        bytes.remove_prefix(kHeadBytes + size);
        continue;
      }
      const size_t whole = kHeadBytes + (partial.size() < kHeadBytes ? 0 : MessageBytes(partial));
      const size_t taken = std::min(whole - partial.size(), bytes.size());
      partial.append(bytes.data(), taken);
      bytes.remove_prefix(taken);
      if (partial.size() < kHeadBytes || partial.size() < kHeadBytes + MessageBytes(partial)) continue;
      reader_.OnMessage(stream->number, now_, absl::string_view(partial).substr(kHeadBytes));
      partial.clear();
    }
  }

  // What nghttp2 has to say: requests, windows, answers to pings.
  absl::Status Send() {
    for (;;) {
      const uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size < 0) return absl::InternalError(nghttp2_strerror(static_cast<int>(size)));
      if (size == 0) return absl::OkStatus();
      AMPSTREAM_RETURN_IF_ERROR(socket_.Send({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)}));
    }
  }

  Socket socket_;
  Reader& reader_;
  nghttp2_session* session_ = nullptr;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<uint8_t> buffer_;
  absl::Time now_;  // At which came what is being read.
};

absl::StatusOr<std::unique_ptr<GrpcStreams>> GrpcStreams::Connect(int port, Reader& reader) {
  AMPSTREAM_ASSIGN_OR_RETURN(Socket socket, Socket::Connect(port, kPatience));
  return std::unique_ptr<GrpcStreams>(new GrpcStreams(std::make_unique<Impl>(std::move(socket), reader)));
}

GrpcStreams::GrpcStreams(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcStreams::~GrpcStreams() = default;

absl::Status GrpcStreams::Call(int stream, const std::string& method, absl::string_view request) {
  return impl_->Call(stream, method, request);
}

int GrpcStreams::fd() const { return impl_->fd(); }

bool GrpcStreams::OnReadable() { return impl_->OnReadable(); }

}  // namespace ampstream
