#ifndef AMPSTREAM_SERVER_BASE_VERSION_H_
#define AMPSTREAM_SERVER_BASE_VERSION_H_

namespace ampstream {

// Of ampstreamd and ampstream; CHANGELOG.md says what it brought.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_VERSION_H_
