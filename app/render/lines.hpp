// Collects lines for a stream and writes many at once: a million written one by one would take
// longer than making them.
#pragma once

#include <ostream>
#include <string>

namespace relayctl {

class Lines {
public:
    explicit Lines(std::ostream& out)
        : out_(out)
    {
        buffer_.reserve(2 * enough);
    }
    ~Lines() { out_ << buffer_; }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    // The text to which the next line is to be appended.
    std::string& next()
    {
        if (buffer_.size() > enough) {
            out_ << buffer_;
            buffer_.clear();
        }
        return buffer_;
    }

private:
    static constexpr std::size_t enough = 1 << 16;

    std::ostream& out_;
    std::string buffer_;
};

} // namespace relayctl
