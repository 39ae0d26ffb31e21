#include "state/folded.h"

#include <limits>

#include "wire/record_bytes.h"

namespace posthorn::state {

void append_folded(const Folded& folded, std::string& blob) {
    wire::RecordWriter writer(blob);
    writer.number(folded.place);
    writer.number(folded.installation.value);
    writer.number(folded.webhook);
    writer.text(folded.attempt);
}

Result<std::vector<Folded>> parse_folded(std::string_view blob) {
    std::vector<Folded> all;
    wire::RecordReader reader(blob);
    while (!reader.is_at_end()) {
        Folded folded;
        folded.place = static_cast<std::size_t>(reader.number(std::numeric_limits<std::uint32_t>::max()));
        folded.installation = InstallationId{reader.number()};
        folded.webhook = static_cast<WebhookNumber>(reader.number(std::numeric_limits<WebhookNumber>::max()));
        folded.attempt = reader.text();
        if (reader.ok()) all.push_back(folded);
    }
    if (!reader.ok()) return fail(Errc::corrupt, "The folded outcomes of an event are damaged");
    return all;
}

}  // namespace posthorn::state
