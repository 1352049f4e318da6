#include "core/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace relayctl {

namespace {

constexpr std::size_t most_threads = 16;

// What the threads share that do the work.
class Crew {
public:
    Crew(std::size_t count, const std::function<void(std::size_t)>& work, std::size_t chunk)
        : count_(count)
        , work_(work)
        , chunk_(chunk)
    {
    }

    // Every thread calls this. It takes chunks until there are none left. They are handed out in
    // order, so everything in front of a failure gets done.
    void take_part() noexcept
    {
        for (std::size_t begin; (begin = next_.fetch_add(chunk_)) < count_;) {
            for (std::size_t i = begin; i < std::min(begin + chunk_, count_); ++i) {
                try {
                    work_(i);
                } catch (...) {
                    note_failure(i);
                    return;
                }
            }
        }
    }

    void rethrow() const
    {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

private:
    void note_failure(std::size_t number) noexcept
    {
        const std::lock_guard lock(mutex_);
        if (!failure_ || number < failed_) {
            failure_ = std::current_exception();
            failed_ = number;
        }
        next_ = count_;
    }

    const std::size_t count_;
    const std::function<void(std::size_t)>& work_;
    const std::size_t chunk_;
    std::atomic<std::size_t> next_ = 0;
    std::mutex mutex_;
    std::exception_ptr failure_;
    std::size_t failed_ = 0;
};

} // namespace

std::size_t processor_count() noexcept
{
    return std::max(1u, std::thread::hardware_concurrency());
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work, std::size_t chunk)
{
    const std::size_t members
        = std::min({ processor_count(), most_threads, (count + chunk - 1) / chunk });
    Crew crew(count, work, chunk);
    {
        std::vector<std::jthread> others;
        try {
            for (std::size_t i = 1; i < members; ++i) {
                others.emplace_back([&crew] { crew.take_part(); });
            }
        } catch (const std::system_error&) {
            // The system gives us no more threads: those that we have do all of the work.
        }
        crew.take_part();
    }
    crew.rethrow();
}

} // namespace relayctl
