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
struct Crew {
    const std::size_t count;
    const std::function<void(std::size_t)>& work;
    const std::size_t chunk;
    std::atomic<std::size_t> next = 0;
    std::mutex mutex = {};
    std::exception_ptr failure = {};
    std::size_t failed = 0;

    // Every thread calls this. It takes chunks until there are none left. They are handed out in
    // order, so everything in front of a failure gets done.
    void take_part() noexcept
    {
        for (std::size_t begin; (begin = next.fetch_add(chunk)) < count;) {
            for (std::size_t i = begin; i < std::min(begin + chunk, count); ++i) {
                try {
                    work(i);
                } catch (...) {
                    note_failure(i);
                    return;
                }
            }
        }
    }

    void rethrow() const
    {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }

    void note_failure(std::size_t number) noexcept
    {
        const std::lock_guard lock(mutex);
        if (!failure || number < failed) {
            failure = std::current_exception();
            failed = number;
        }
        next = count;
    }
};

} // namespace

std::size_t processor_count() noexcept
{
    return std::max(1u, std::thread::hardware_concurrency());
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work, std::size_t chunk)
{
    // No thread is started for which there is no chunk.
    const std::size_t chunks = (count + chunk - 1) / chunk;
    const std::size_t members
        = chunks < 2 ? chunks : std::min({ processor_count(), most_threads, chunks });
    Crew crew{ count, work, chunk };
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
