// Prints the settings of a mail program, for the tests of what they say.
//
//   relayctl_print_settings PROGRAM HOST SERVER PORT starttls|wrapped [FINGERPRINT]
#include "core/operations/client_settings.hpp"

#include <iostream>

int main(int count, char** words)
{
    if (count < 6) {
        return 2;
    }
    relayctl::ClientSettings settings;
    settings.host = words[2];
    settings.server = words[3];
    settings.port = std::stoi(words[4]);
    settings.from_the_start = words[5] == std::string("wrapped");
    settings.certificate_file = "cert.pem";
    settings.key_file = "key.pem";
    settings.p12_file = settings.host + ".p12";
    settings.server_fingerprint = count > 6 ? words[6] : "";
    std::cout << relayctl::client_settings(settings, words[1]);
}
