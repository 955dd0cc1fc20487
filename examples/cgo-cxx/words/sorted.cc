#include "sorted.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

static std::string join(const char *text) {
	std::istringstream in(text);
	std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
	if (words.empty()) {
		throw std::invalid_argument("no words");
	}
	std::sort(words.begin(), words.end());
	std::string out;
	for (const auto &word : words) {
		out += out.empty() ? word : " " + word;
	}
	return out;
}

extern "C" char *sorted(const char *text) {
	try {
		return strdup(join(text).c_str());
	} catch (const std::exception &e) {
		return strdup(e.what());
	}
}
