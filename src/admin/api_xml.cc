// The pages of Classic's console that monitors read: lists as XML, and a queue's messages as a
// feed.
#include "admin/api.h"
#include "admin/jobs.h"
#include "admin/mbeans.h"
#include "admin/message_json.h"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

namespace tern::admin {
namespace {

constexpr std::string_view kXml = "text/xml; charset=utf-8";
constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::size_t kFeedMessages = 100;

/// As it stands in an attribute or between tags. What XML cannot say is left out.
std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : clean_utf8(text)) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= ' ' || c == '\t' || c == '\n') safe += c;
        }
    }
    return safe;
}

std::string text_of(const json::object& from, std::string_view name) {
    const json::value* const found = from.if_contains(name);
    if (found == nullptr || found->is_null()) return {};
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

using Names = std::initializer_list<std::pair<const char*, const char*>>;

/// Attributes by their names here, from those of an MBean. Numbers that it does not have are 0.
std::string attributes(const json::object& bean, Names names, const char* otherwise) {
    std::string text;
    for (const auto& [name, of_bean] : names) {
        const std::string value = text_of(bean, of_bean);
        text += fmt::format(" {}=\"{}\"", name, value.empty() ? otherwise : escaped(value));
    }
    return text;
}

std::string stats(const json::object& bean, Names names) {
    return fmt::format("  <stats{}/>\n", attributes(bean, names, "0"));
}

constexpr Names kStats{{"size", "QueueSize"},
                       {"consumerCount", "ConsumerCount"},
                       {"enqueueCount", "EnqueueCount"},
                       {"dequeueCount", "DequeueCount"}};

std::string queue_xml(const json::object& bean) {
    const std::string feed =
        "queueBrowse/" + escape(text_of(bean, "Name")) + "?view=rss&amp;feedType=";
    return fmt::format(
        "<queue{}>\n{}  <feed>\n    <atom>{}atom_1.0</atom>\n    <rss>{}rss_2.0</rss>\n  </feed>\n"
        "</queue>\n",
        attributes(bean, {{"name", "Name"}}, ""), stats(bean, kStats), feed, feed);
}

std::string topic_xml(const json::object& bean) {
    return fmt::format("<topic{}>\n{}</topic>\n", attributes(bean, {{"name", "Name"}}, ""),
                       stats(bean, kStats));
}

std::string subscriber_xml(const json::object& bean) {
    return fmt::format("<subscriber{} active=\"{}\">\n{}</subscriber>\n",
                       attributes(bean,
                                  {{"clientId", "ClientId"},
                                   {"subscriptionName", "SubscriptionName"},
                                   {"connectionId", "ConnectionId"},
                                   {"destinationName", "DestinationName"},
                                   {"selector", "Selector"}},
                                  ""),
                       text_of(bean, "Active") == "true" ? "yes" : "no",
                       stats(bean, {{"pendingQueueSize", "PendingQueueSize"},
                                    {"dispatchedQueueSize", "DispatchedQueueSize"},
                                    {"dispatchedCounter", "DispatchedCounter"},
                                    {"enqueueCounter", "EnqueueCounter"},
                                    {"dequeueCounter", "DequeueCounter"}}));
}

/// One page: `row` makes what stands for each MBean that `chosen` takes.
template <class Chosen>
void send_list(broker::Operations& broker, const About& about, std::int64_t now_ms,
               std::string root, Chosen chosen, std::string (*row)(const json::object&),
               Respond respond) {
    take_snapshot(broker, about, now_ms, {},
                  [&about, root = std::move(root), chosen, row, respond = std::move(respond)](
                      const std::shared_ptr<const Snapshot>& snapshot) mutable {
                      const MBeans beans(about, *snapshot);
                      std::string page = fmt::format("{}<{}>\n", kHead, root);
                      for (const MBean& bean : beans.all()) {
                          if (chosen(bean)) page += row(beans.attributes(bean));
                      }
                      page += fmt::format("</{}>\n", root);
                      respond({.content_type = std::string(kXml), .body = std::move(page)});
                  });
}

struct Item {
    std::string id;
    std::string text;
    std::int64_t at_ms = 0;
};

std::string feed_xml(const std::string& queue, const std::vector<Item>& items, bool atom) {
    const std::string title = escaped("Messages of " + queue);
    std::string page(kHead);
    page += atom ? fmt::format("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>{}</title>\n",
                               title)
                 : fmt::format(
                       "<rss version=\"2.0\">\n<channel>\n<title>{}</title>\n"
                       "<description>{}</description>\n",
                       title, title);
    for (const Item& one : items) {
        std::string when = job_time(one.at_ms);
        when.replace(when.find(' '), 1, "T");
        page += atom ? fmt::format(
                           "<entry><id>{}</id><title>{}</title><updated>{}Z</updated>"
                           "<summary>{}</summary></entry>\n",
                           escaped(one.id), escaped(one.id), when, escaped(one.text))
                     : fmt::format(
                           "<item><guid isPermaLink=\"false\">{}</guid><title>{}</title>"
                           "<description>{}</description></item>\n",
                           escaped(one.id), escaped(one.id), escaped(one.text));
    }
    return page + (atom ? "</feed>\n" : "</channel>\n</rss>\n");
}

}  // namespace

void Api::show_queues_xml(const CallPtr& call) {
    send_list(
        broker_, about_, surroundings_.wall_ms(), "queues",
        [](const MBean& bean) {
            const auto* const about = std::get_if<QueueBean>(&bean.about);
            return about != nullptr && !about->queue->info->bindings.front().temporary;
        },
        queue_xml, std::move(call->respond));
}

void Api::show_topics_xml(const CallPtr& call) {
    send_list(
        broker_, about_, surroundings_.wall_ms(), "topics",
        [](const MBean& bean) { return std::holds_alternative<TopicBean>(bean.about); }, topic_xml,
        std::move(call->respond));
}

void Api::show_subscribers_xml(const CallPtr& call) {
    send_list(
        broker_, about_, surroundings_.wall_ms(), "subscribers",
        [](const MBean& bean) {
            const auto* const about = std::get_if<SubscriptionBean>(&bean.about);
            return about != nullptr && about->subscription != nullptr;
        },
        subscriber_xml, std::move(call->respond));
}

void Api::show_feed(const CallPtr& call) {
    const bool atom = call->target.parameter("feedType") == "atom_1.0";
    broker::BrowseQuery query{.queue = queue_of(*call), .limit = kFeedMessages};
    broker_.browse(std::move(query), [this, call, atom](const Result<broker::BrowsePage>& page) {
        if (!page) return call->fail(page.error());
        std::vector<Item> items;
        for (const broker::Sight& one : page->rows) {
            const json::object row = message_row(one, formats_);
            const std::string id = text_of(row, "message_id");
            items.push_back({.id = id.empty() ? text_of(row, "id") : id,
                             .text = text_of(row, "preview"),
                             .at_ms = one.delivery.message->header().timestamp_ms});
        }
        call->respond({.content_type = atom ? "application/atom+xml; charset=utf-8"
                                            : "application/rss+xml; charset=utf-8",
                       .body = feed_xml(call->arguments.front(), items, atom)});
    });
}

}  // namespace tern::admin
