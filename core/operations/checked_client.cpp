#include "core/operations/checked_client.hpp"

#include "core/base/text.hpp"
#include "core/table/annotation.hpp"

namespace relayctl {

CheckedClient client_in_file(const std::string& path)
{
    return client_of(load_certificates(path));
}

CheckedClient client_of(CertificateFile content)
{
    CheckedClient checked;
    const std::string path = content.name;
    checked.file = std::make_unique<CertificateFile>(std::move(content));
    Client& client = checked.client;
    client.name = escape(path);
    client.certificate = checked.file->presented();
    client.key = client.certificate == nullptr ? checked.file->bare_key() : nullptr;
    const std::string file = command_line({ file_operand(path) });
    client.add_words = file.empty() || client.key == nullptr ? file : "--key " + file;
    return checked;
}

CheckedClient client_with_fingerprint(const std::string& text)
{
    CheckedClient checked;
    Client& client = checked.client;
    client.fingerprint = Fingerprint::parse(text);
    client.name = client.fingerprint->to_string();
    client.add_words = "--fingerprint " + client.name;
    return checked;
}

CheckedClient client_of_entry(
    const Fingerprint& fingerprint, const std::string& kind, const std::string& host, bool is_alone)
{
    CheckedClient checked;
    Client& client = checked.client;
    client.listed = { { kind, fingerprint } };
    client.is_of_entry = true;
    client.name = escape(host) + (is_alone ? "" : " (" + beginning_of(fingerprint) + "...)");
    client.add_words
        = (kind == "key" ? "--key --fingerprint " : "--fingerprint ") + fingerprint.to_string();
    return checked;
}

} // namespace relayctl
