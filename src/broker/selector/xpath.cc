#include "broker/selector/xpath.h"

#include "base/assert.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace tern::selector {
namespace {

template <auto kFree>
struct Free {
    void operator()(auto* held) const { kFree(held); }
};
using Reader = std::unique_ptr<xmlParserCtxt, Free<xmlFreeParserCtxt>>;
using Document = std::unique_ptr<xmlDoc, Free<xmlFreeDoc>>;
using Context = std::unique_ptr<xmlXPathContext, Free<xmlXPathFreeContext>>;
using Compiled = std::unique_ptr<xmlXPathCompExpr, Free<xmlXPathFreeCompExpr>>;

const xmlChar* as_xml(const std::string& text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as libxml2 calls them
    return reinterpret_cast<const xmlChar*>(text.c_str());
}

// libxml2 would print what strangers send.
void ignore(void* /*user*/, xmlErrorPtr /*error*/) {}
// NOLINTNEXTLINE(cert-dcl50-cpp): as libxml2 calls it
void ignore_text(void* /*user*/, const char* /*format*/, ...) {}

// Entities, other files: all that begins there is left alone, as ActiveMQ does.
void refuse_document_type(void* reader, const xmlChar* /*name*/, const xmlChar* /*external*/,
                          const xmlChar* /*system*/) {
    xmlStopParser(static_cast<xmlParserCtxt*>(reader));
}

Document read(std::string_view text, XmlEncoding encoding) {
    const Reader reader(xmlNewParserCtxt());
    TERN_ASSERT(reader != nullptr);
    reader->sax->internalSubset = refuse_document_type;
    reader->sax->comment = nullptr;
    const bool is_utf8 = encoding == XmlEncoding::utf8;
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                        XML_PARSE_NOCDATA | (is_utf8 ? XML_PARSE_IGNORE_ENC : 0);
    return Document(xmlCtxtReadMemory(reader.get(), text.data(), static_cast<int>(text.size()),
                                      nullptr, is_utf8 ? "UTF-8" : nullptr, options));
}

Context context_of(xmlDoc* document) {
    Context context(xmlXPathNewContext(document));
    TERN_ASSERT(context != nullptr);
    context->error = ignore;
    context->opLimit = kXPathStepsMax;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a document is a node, too
    context->node = reinterpret_cast<xmlNode*>(document);
    return context;
}

/// Null when it is no expression.
Compiled compile(const std::string& expression) {
    static const bool initialized = [] {
        xmlInitParser();  // before a second thread uses the library
        return true;
    }();
    TERN_ASSERT(initialized);
    // libxml2 would stop reading at a zero.
    if (expression.find('\0') != expression.npos) return nullptr;
    return Compiled(xmlXPathCtxtCompile(context_of(nullptr).get(), as_xml(expression)));
}

/// The expressions that a thread has evaluated last, the latest first.
class Expressions {
public:
    // A thread's own: what is wrong with an evaluation goes there, too.
    Expressions() { xmlSetGenericErrorFunc(nullptr, ignore_text); }

    /// Null when it is no expression.
    [[nodiscard]] xmlXPathCompExpr* find(const std::string& expression) {
        constexpr std::size_t kKept = 64;
        auto found = std::ranges::find(kept_, expression, &Entry::text);
        if (found == kept_.end()) {
            Compiled compiled = compile(expression);
            if (compiled == nullptr) return nullptr;
            if (kept_.size() == kKept) kept_.pop_back();
            kept_.push_back({expression, std::move(compiled)});
            found = kept_.end() - 1;
        }
        std::rotate(kept_.begin(), found, found + 1);
        return kept_.front().compiled.get();
    }

private:
    struct Entry {
        std::string text;
        Compiled compiled;
    };
    std::vector<Entry> kept_;
};

}  // namespace

bool is_xpath(const std::string& expression) {
    return compile(expression) != nullptr;
}

bool matches_xpath(const std::string& expression, std::string_view document, XmlEncoding encoding) {
    if (document.size() > kXmlBytesMax) return false;
    thread_local Expressions expressions;
    xmlXPathCompExpr* const compiled = expressions.find(expression);
    if (compiled == nullptr) return false;
    const Document read_document = read(document, encoding);
    if (read_document == nullptr) return false;
    return xmlXPathCompiledEvalToBoolean(compiled, context_of(read_document.get()).get()) == 1;
}

}  // namespace tern::selector
