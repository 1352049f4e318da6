#include "core/base/process.hpp"

#include "core/base/child_process.hpp"
#include "core/base/deadline.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/ignored_signal.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

namespace relayctl {

namespace {

constexpr std::size_t max_stderr_bytes = std::size_t{ 1 } << 20;

// Writes the child's input and reads both of its outputs at the same time. If one stream came after
// the other, both sides could wait for each other for ever.
class Exchange {
public:
    Exchange(const ProcessOptions& options, ProcessResult& result, FileDescriptor in,
        FileDescriptor out, FileDescriptor err)
        : options_(options)
        , result_(result)
        , input_(options.input)
        , in_(std::move(in))
        , out_(std::move(out))
        , err_(std::move(err))
        , deadline_(deadline_after(options.time_limit))
    {
        note_activity();
        // A child that does not read its input must not stop the reading of its outputs.
        if (in_) {
            ::fcntl(in_.get(), F_SETFL, O_NONBLOCK);
        }
    }

    void run()
    {
        // The input alone keeps nobody waiting: a child that has closed both outputs has nothing to
        // say any more.
        while (out_ || err_) {
            std::array<struct pollfd, 4> wanted
                = { { { out_.get(), POLLIN, 0 }, { err_.get(), POLLIN, 0 },
                    { in_.get(), POLLOUT, 0 }, { interrupt_descriptor(), POLLIN, 0 } } };
            if (wait_for(wanted)) {
                take(wanted[0].revents, out_,
                    [this](std::string_view bytes) { take_output(bytes); });
                take(
                    wanted[1].revents, err_, [this](std::string_view bytes) { take_error(bytes); });
                feed(wanted[2].revents);
                note_activity();
            }
        }
    }

    // Waits for the end of a child that may go on after it has closed its outputs.
    void await_end(pid_t pid)
    {
        // Before Linux 5.3 there is no pidfd_open(2); the wait that follows has then no limit.
        const FileDescriptor end(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        std::array<struct pollfd, 2> wanted
            = { { { end.get(), POLLIN, 0 }, { interrupt_descriptor(), POLLIN, 0 } } };
        while (end && !wait_for(wanted)) { }
    }

private:
    // Waits until one of the descriptors is ready. Returns false if a signal came first that is
    // none of ours. Throws what run_process() throws if a limit has passed or a signal was noted.
    template <std::size_t Count> bool wait_for(std::array<struct pollfd, Count>& wanted)
    {
        const int ready = ::poll(
            wanted.data(), wanted.size(), milliseconds_until(std::min(deadline_, silent_until_)));
        const int error = errno;
        // A noted signal comes first: the caller is to stop, whatever else is ready.
        throw_if_interrupted();
        if (ready == 0) {
            throw_too_slow();
        }
        if (ready < 0 && error != EINTR) {
            throw_errno(escape(result_.argv.front()), "wait for it", error);
        }
        return ready > 0;
    }

    void note_activity() { silent_until_ = SteadyClock::now() + options_.silence_limit; }

    [[noreturn]] void throw_too_slow() const
    {
        const bool is_silent = silent_until_ < deadline_;
        using Tenths = std::chrono::duration<std::int64_t, std::deci>;
        const std::chrono::milliseconds waited = is_silent
            ? std::chrono::milliseconds(options_.silence_limit)
            : std::chrono::round<Tenths>(SteadyClock::now() - begun_);
        throw Error(ErrorKind::postfix,
            escape(result_.argv.front())
                + (is_silent ? ": gave no sign of life for " : ": did not end within ")
                + in_seconds(waited) + ", and was stopped");
    }

    void take_output(std::string_view bytes)
    {
        if (options_.consume_output) {
            options_.consume_output(bytes);
        } else {
            result_.out += bytes;
        }
    }

    // Keeps the beginning, which says what went wrong first.
    void take_error(std::string_view bytes)
    {
        result_.err
            += bytes.substr(0, max_stderr_bytes - std::min(max_stderr_bytes, result_.err.size()));
    }

    template <typename Sink> void take(short events, FileDescriptor& fd, Sink sink)
    {
        if (events == 0) {
            return;
        }
        const ssize_t got = ::read(fd.get(), buffer_.data(), buffer_.size());
        if (got > 0) {
            sink(std::string_view(buffer_.data(), static_cast<std::size_t>(got)));
        } else if (got == 0) {
            fd.reset();
        } else if (errno != EINTR && errno != EAGAIN) {
            // Half of an output could say the opposite of all of it.
            throw_errno(escape(result_.argv.front()), "read its output");
        }
    }

    // Writes some of the input, and closes it behind the last byte.
    void feed(short events)
    {
        if (events == 0) {
            return;
        }
        const ssize_t put = input_.empty() ? 0 : ::write(in_.get(), input_.data(), input_.size());
        if (put > 0) {
            input_.remove_prefix(static_cast<std::size_t>(put));
        }
        if (input_.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) {
            in_.reset(); // if the child does not want its input, its status will say why
        }
    }

    const ProcessOptions& options_;
    ProcessResult& result_;
    std::string_view input_;
    FileDescriptor in_;
    FileDescriptor out_;
    FileDescriptor err_;
    const SteadyClock::time_point begun_ = SteadyClock::now();
    const SteadyClock::time_point deadline_;
    SteadyClock::time_point silent_until_;
    std::array<char, 65536> buffer_;
};

} // namespace

int ProcessResult::exit_status() const noexcept
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string ProcessResult::describe() const
{
    const std::string name = base_name(argv.front());
    return WIFSIGNALED(status) ? name + " was killed by signal " + std::to_string(WTERMSIG(status))
                               : name + " exited with status " + std::to_string(exit_status());
}

ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options)
{
    ProcessResult result;
    result.argv = argv;
    const std::string subject = escape(argv.front());
    // A child that ends before it has read its input must not end us.
    const IgnoredSignal no_sigpipe(SIGPIPE);
    Pipe out(subject);
    Pipe err(subject);
    if (options.consume_output) {
        // A child that has much to say need not wait for us so often. The call may fail.
        ::fcntl(out.read_end.get(), F_SETPIPE_SZ, 1 << 20);
    }
    std::optional<Pipe> in;
    if (!options.input.empty()) {
        in.emplace(subject);
    }
    ChildProcess child(argv, in ? in->read_end.get() : -1, out.write_end.get(), err.write_end.get(),
        options.inherited);
    // The ends of the child are closed here, or reading would never meet the end of its output.
    out.write_end.reset();
    err.write_end.reset();
    if (in) {
        in->read_end.reset();
    }
    Exchange exchange(options, result, in ? std::move(in->write_end) : FileDescriptor(),
        std::move(out.read_end), std::move(err.read_end));
    exchange.run();
    exchange.await_end(child.pid());
    result.status = child.wait();
    return result;
}

} // namespace relayctl
