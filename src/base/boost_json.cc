// The code of Boost.JSON, for all who include its declarations: compiled once.
#include <boost/json/src.hpp>
