// Many lines for a stream, which is handed a few at a time: one by one, a million takes longer than
// to make them.
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

    // Where the next line goes, behind what is there.
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
