// Reads the lines of cases.txt from stdin and writes our verdict on each, as SelectorOracle.java
// writes Classic's.

#include "broker/selector/testing.h"

#include <iostream>
#include <string>

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        tern::selector::Case test;
        if (read_case(line, test)) std::cout << verdict_on(test) << '\n';
    }
    return 0;
}
