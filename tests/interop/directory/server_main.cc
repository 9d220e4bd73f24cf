// A directory for tests in other languages. Prints where it is, then does what each line of the
// standard input says: `kill`, `start`, or `modify FILE`, and answers `done`.

#include "slapd.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

int main() {
    tern::tests::Slapd slapd;
    std::cout << slapd.url() << "\n" << slapd.tls_url() << "\n" << slapd.authority() << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line == "kill") {
            slapd.kill();
        } else if (line == "start") {
            slapd.start();
        } else {
            std::ifstream changes(line.substr(line.find(' ') + 1));
            slapd.modify(std::string(std::istreambuf_iterator<char>(changes), {}));
        }
        std::cout << "done" << std::endl;
    }
    return 0;
}
