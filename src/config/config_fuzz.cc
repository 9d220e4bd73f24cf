#include "bytes/byte_reader.h"
#include "config/fuzz_check.h"
#include "config/schema_tables.h"

#include <array>
#include <string>

namespace {

using namespace tern::config;

/// What values are made of, whatever an attribute is about.
constexpr std::array<std::string_view, 24> kValues{"true",
                                                   "false",
                                                   "0",
                                                   "1",
                                                   "-1",
                                                   "1000",
                                                   "64 mb",
                                                   "100",
                                                   "a = 1",
                                                   "A.>",
                                                   "queue",
                                                   "simple",
                                                   "",
                                                   "cached",
                                                   "bucket?bucketCount=8",
                                                   "tcp://0.0.0.0:0?a=b",
                                                   "STRIP",
                                                   "MULTICAST",
                                                   "PAGE",
                                                   "KILL",
                                                   "always",
                                                   "NEVER",
                                                   "x y",
                                                   "${activemq.data}"};

/// Makes a document of what the schema allows: every element and attribute there is comes up, also
/// those that no seed knows. The input says which.
class Writing {
public:
    explicit Writing(tern::Bytes choices) : choices_(choices) {}

    std::string document() {
        std::string text;
        add("broker", broker_schema(), text, 0);
        return text;
    }

private:
    std::size_t choose(std::size_t count) {
        return count == 0 || choices_.remaining() == 0 ? 0 : choices_.u8() % count;
    }
    void add(std::string_view name, const Element& schema, std::string& text, int depth) {
        text.append("<").append(name);
        for (std::size_t left = choose(4); left > 0 && !schema.attributes.empty(); --left) {
            const Attribute& one = schema.attributes[choose(schema.attributes.size())];
            const std::string given = " " + std::string(one.name) + "=";
            if (text.find(given, text.rfind('<')) != std::string::npos) continue;
            text.append(given).append("\"").append(value()).append("\"");
        }
        text.append(">");
        constexpr int kDeep = 12;
        for (std::size_t left = depth < kDeep ? choose(4) : 0; left > 0; --left) {
            if (schema.children.empty()) break;
            const Child& one = schema.children[choose(schema.children.size())];
            static const Element nothing;
            add(one.name, one.schema == nullptr ? nothing : one.schema(), text, depth + 1);
        }
        text.append("</").append(name).append(">");
    }
    std::string value() {
        std::string text(kValues[choose(kValues.size())]);
        for (std::size_t at = text.find('>'); at != std::string::npos; at = text.find('>', at)) {
            text.replace(at, 1, "&gt;");
        }
        return text;
    }

    tern::ByteReader choices_;
};

}  // namespace

/// Whatever the document: no crash, every finding has a place and a text, and what is accepted says
/// the same once written and read back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check(load(text, sources()));
    check(load(Writing({data, size}).document(), sources()));
    if (text.starts_with("broker:")) check(load_uri(text));
    return 0;
}
