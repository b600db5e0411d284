// libtins' bare decode loop: every packet of a capture becomes a chain of protocol objects, and is counted.
#include <iostream>
#include <tins/tins.h>

int main(int count, char **arguments) {
  if (count != 2) return 2;
  unsigned long packets = 0;
  Tins::FileSniffer(arguments[1]).sniff_loop([&](const Tins::PDU &) { return ++packets; });
  std::cout << "packets=" << packets << '\n';
}
