#include "app/cli/arguments.hpp"
#include "app/cli/ask_password.hpp"
#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/render/test_report.hpp"
#include "core/base/file.hpp"
#include "core/base/open_answer.hpp"
#include "core/base/text.hpp"
#include "core/operations/client_host.hpp"
#include "core/operations/live_test.hpp"

#include <algorithm>

namespace relayctl {

namespace {

struct TestOptions {
    std::vector<std::string> words; // CERT [KEY] [HOST[:PORT]]
    std::string sender;
    std::string recipient = "relayctl-test@example.com";
    std::string server_name;
    std::string tls;
    std::string password_file;
    std::optional<std::chrono::seconds> timeout;
};

// What the words mean.
struct TestWords {
    std::string certificate;
    std::string key; // empty: not given
    std::string target;
};

// A word with a slash is a file; so is one that is the name of a file here, or ends like the name
// of a certificate or key.
bool is_file_word(const std::string& word)
{
    return word.find('/') != std::string::npos || stat_of(word) || is_certificate_file_name(word);
}

TestWords meaning_of(const std::vector<std::string>& words)
{
    if (words.size() > 3) {
        throw Error(ErrorKind::usage,
            "test: expected CERT [KEY] [HOST[:PORT]], and not " + quote(words[3], 100),
            { hint_at_help("test") });
    }
    TestWords result{ words.front(), "", "" };
    if (words.size() == 3) {
        result.key = words[1];
        result.target = words[2];
    } else if (words.size() == 2) {
        (is_file_word(words[1]) ? result.key : result.target) = words[1];
    }
    if (!result.target.empty()
        && (stat_of(result.target) || is_certificate_file_name(result.target))
        && result.target.find(':') == std::string::npos) {
        throw Error(ErrorKind::usage,
            "test " + quote(result.target, 200)
                + ": is the name of a file, and the server's host is expected there",
            { hint_at_help("test") });
    }
    return result;
}

// An address of a mail command: what could end the command, or begin another one, is refused.
void require_address(const char* option, const std::string& address)
{
    const bool is_plain = std::all_of(address.begin(), address.end(),
        [](unsigned char c) { return c > ' ' && c != 0x7f && c != '<' && c != '>'; });
    if (!is_plain || address.size() > 254) { // RFC 5321, 4.5.3.1.3
        throw Error(ErrorKind::usage,
            std::string(option) + ' ' + quote(address, 100) + ": is no mail address",
            { "an address without angle brackets: anna@example.org" });
    }
}

// Returns whether any server relays because of the certificate; no value if that is not known.
std::optional<bool> relays_by_any(const TestResult& result)
{
    return joined(
        result.servers, true, [](const TestedServer& server) { return server.verdict.relays; });
}

TestRequest request_for(const TestOptions& options, const std::string& target, Context& context)
{
    require_address("--from", options.sender);
    require_address("--rcpt", options.recipient);
    TestRequest request;
    request.target = target;
    request.service = context.options.service;
    if (!target.empty() && !request.service.empty()) {
        throw Error(ErrorKind::usage, "test: --service is about this machine, without HOST",
            { hint_at_help("test") });
    }
    request.sender = options.sender;
    request.recipient = options.recipient;
    request.server_name = options.server_name;
    if (!options.tls.empty()) {
        request.tls = options.tls == "wrap" ? TlsStart::wrapped : TlsStart::starttls;
    }
    request.step_time = options.timeout.value_or(request.step_time);
    if (request.step_time.count() == 0) {
        throw Error(ErrorKind::usage, "--timeout: no server answers in no time",
            { "for each step: --timeout 20s" });
    }
    request.step_time = std::min(request.step_time, request.time);
    if (!context.options.digest.empty()) {
        request.digest = context.digest();
    }
    request.repair = context.repair();
    request.open = [&context](const TableName& table) -> Store& { return context.store(table); };
    request.now = context.now();
    return request;
}

ExitStatus run_test(const TestOptions& options, Context& context)
{
    const TestWords words = meaning_of(options.words);
    const TestRequest request = request_for(options, words.target, context);
    const ClientIdentity identity = load_client_identity(
        words.certificate, words.key, password_from(context, options.password_file));
    const TestResult result = [&] {
        const Progress progress(context, "testing", 0);
        return test_client(context.postfix(), identity, request);
    }();
    const std::optional<bool> relays = relays_by_any(result);
    if (context.options.json) {
        write_json_test(context.out(), relays, result, context.now());
    } else if (context.options.quiet && !relays.value_or(false)) {
        report_refusals(context, result);
    } else if (!context.options.quiet) {
        write_test(context, result);
    }
    for (const std::string& note : result.notes) {
        report_note(context, note);
    }
    const bool is_answered = std::any_of(result.servers.begin(), result.servers.end(),
        [](const TestedServer& server) { return server.verdict.is_answered; });
    return relays.value_or(false) ? ExitStatus::ok
        : is_answered             ? ExitStatus::no
                                  : ExitStatus::postfix;
}

} // namespace

void declare_test(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_test,
        R"(Connects as the client, with its certificate and once more without it, and says
whether the server relays because of the certificate. Goes as far as RCPT: never
DATA, so nothing is sent, and no key leaves this machine. Without KEY the key is
looked for in CERT, which may also be PKCS#12. Without HOST the inet services of
this machine are tested. Without a port: 587, else 25; with --tls wrap 465.
A firewall between, or another recipient, may make another answer.

Examples:
  relayctl test zen.pem zen.key mx.example.org
  relayctl test zen.p12 mx.example.org:465
  relayctl test --rcpt anna@example.net zen.pem zen.key '[2001:db8::1]:587'

Exit status:
  0 relays because of the certificate    1 does not: refused, not asked for, no
  TLS, or it relays without the certificate as well; or nobody can tell, as
  without the key    2 usage    3 bad certificate or key    4 no usable answer
  5 permission denied    6 system error)");
    add_words(command, "CERT", { "CERT [KEY] [HOST[:PORT]]", 1, any_number }, options.words,
        "the certificate, its key, and the server: CERT [KEY] [HOST[:PORT]]", { ValueKind::file });
    add_value(command, "--from", "ADDRESS", options.sender,
        "the sender that the server is told; else none, as of a bounce");
    add_value(command, "--rcpt", "ADDRESS", options.recipient,
        "the recipient that the server is told (relayctl-test@example.com)");
    add_value(command, "--sni", "NAME", options.server_name,
        "the server's name that TLS tells it; else HOST, unless that is an address");
    add_choice(command, "--tls", "WHEN", options.tls,
        "starttls, or wrap: before the greeting, as is usual on port 465", { "starttls", "wrap" });
    add_duration(command, "--timeout", options.timeout,
        "how long to wait for one step (20s); all of it ends after 60 s");
    add_value(command, "--p12-password-file", "FILE", options.password_file,
        "its first line is the password of the PKCS#12 file or the key", ValueKind::file);
}

} // namespace relayctl
