#include "core/inspect/mail_log/read_pieces.hpp"

#include "core/base/parallel.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

namespace relayctl {

namespace {

constexpr std::size_t most_readers = 4;
constexpr std::size_t ahead = 8; // pieces that were read before their turn

// The threads that read, and what waits for its turn.
class Readers {
public:
    Readers(PieceSource& source, const LogReading& reading)
        : source_(source)
        , reading_(reading)
    {
        for (std::size_t i = 0; i < std::min(processor_count(), most_readers); ++i) {
            try {
                threads_.emplace_back([this] { read(); });
                const std::lock_guard lock(mutex_);
                ++running_;
            } catch (const std::system_error&) {
                break; // those that we have do all of the work
            }
        }
    }

    ~Readers()
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    } // each std::jthread is joined

    bool has_threads() const noexcept { return !threads_.empty(); }

    // Returns what the next piece tells; no value if there is none.
    std::optional<LogPieceFacts> next()
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_.contains(turn_) || ended_ == running_; });
        const auto found = waiting_.find(turn_);
        if (found == waiting_.end()) {
            if (failure_) {
                std::rethrow_exception(failure_);
            }
            return std::nullopt;
        }
        LogPieceFacts facts = std::move(found->second);
        waiting_.erase(found);
        ++turn_;
        changed_.notify_all();
        return facts;
    }

private:
    void read() noexcept
    {
        LogPiece piece;
        try {
            while (source_.next(piece)) {
                LogPieceFacts facts = read_log_piece(piece.lines, reading_);
                std::unique_lock lock(mutex_);
                changed_.wait(
                    lock, [&] { return piece.number < turn_ + ahead || stopped_ || failure_; });
                if (stopped_ || failure_) {
                    break;
                }
                waiting_.emplace(piece.number, std::move(facts));
                changed_.notify_all();
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            failure_ = failure_ ? failure_ : std::current_exception();
        }
        const std::lock_guard lock(mutex_);
        ++ended_;
        changed_.notify_all();
    }

    PieceSource& source_;
    const LogReading& reading_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::size_t, LogPieceFacts> waiting_; // by the number of the piece
    std::size_t turn_ = 0;
    std::size_t running_ = 0;
    std::size_t ended_ = 0;
    bool stopped_ = false;
    std::exception_ptr failure_;
    std::vector<std::jthread> threads_; // the last member: ends before the others
};

} // namespace

void read_pieces(PieceSource& source, const LogReading& reading, bool at_once,
    const std::function<void(LogPieceFacts&&)>& take)
{
    if (at_once) {
        Readers readers(source, reading);
        if (readers.has_threads()) {
            while (auto facts = readers.next()) {
                take(std::move(*facts));
            }
            return;
        }
    }
    LogPiece piece;
    while (source.next(piece)) {
        take(read_log_piece(piece.lines, reading));
    }
}

} // namespace relayctl
