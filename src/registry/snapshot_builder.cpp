#include "registry/snapshot_builder.h"

#include <algorithm>
#include <tuple>

#include "registry/row_id.h"

namespace posthorn::registry {

namespace {

// Adds values to a sorted list: its cost is a sort of what is new and one pass.
template <class T, class Projection>
void merge_sorted(std::vector<T>& sorted, std::vector<T> added, Projection projection) {
    const auto middle = static_cast<std::ptrdiff_t>(sorted.size());
    std::ranges::sort(added, {}, projection);
    sorted.insert(sorted.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
    std::ranges::inplace_merge(sorted, sorted.begin() + middle, {}, projection);
}

bool comes_before(const Hearing& one, const Hearing& other) {
    return std::tie(one.installation->id, one.webhook->number) <
           std::tie(other.installation->id, other.webhook->number);
}

template <class Visit>
void for_each_hearing(const Installation& installation, Visit visit) {
    if (!installation.is_enabled()) return;
    for (const auto& webhook : installation.webhooks)
        if (webhook.hears()) visit(Hearing{.installation = &installation, .webhook = &webhook});
}

const std::shared_ptr<const EventHearings>* find_hearings(const TenantPart& part, std::string_view event) {
    const auto found = std::ranges::lower_bound(part.hearings, event, {}, event_of);
    return found != part.hearings.end() && event_of(*found) == event ? &*found : nullptr;
}

Error corrupt_key(const model::RegistryRow& row) {
    return fail(Errc::corrupt, "the row's key makes no sense", row.kind + "/" + row.key);
}

}  // namespace

SnapshotBuilder::SnapshotBuilder(const SnapshotParts& before, BuildContext context)
    : context_(context), parts_(std::make_unique<SnapshotParts>(before)) {}

Result<void> SnapshotBuilder::take_rows(std::span<const model::RegistryRow> rows) {
    // An event type's row is read by the rules of its tenant's product, so tenants come first.
    for (const auto& row : rows)
        if (row.kind == "tenant") POSTHORN_CHECK(take_tenant(row));
    for (const auto& row : rows) {
        if (row.kind == "event_type") POSTHORN_CHECK(take_custom_type(row));
        if (row.kind == "installation") POSTHORN_CHECK(take_installation(row));
        if (row.kind == "api_key") POSTHORN_CHECK(take_api_key(row));
        if (row.kind == "install_key") POSTHORN_CHECK(take_install_key(row));
    }
    return {};
}

SnapshotBuilder::Draft& SnapshotBuilder::draft_of(TenantId tenant) {
    const auto [place, is_new] = drafts_.try_emplace(tenant.value);
    if (!is_new) return place->second;
    if (const auto& before = parts_->tenants.find(tenant.value)) {
        place->second.tenant = before->tenant;
        place->second.custom_types = before->custom_types;
    }
    return place->second;
}

Result<void> SnapshotBuilder::take_tenant(const model::RegistryRow& row) {
    const auto id = id_of_row(row);
    if (!id) return corrupt_key(row);
    auto& draft = draft_of(TenantId{*id});
    if (!row.value) {
        draft.tenant.reset();
        return {};
    }
    POSTHORN_TRY(auto tenant, tenant_from_row(row));
    draft.tenant = std::move(tenant);
    return {};
}

Result<void> SnapshotBuilder::take_custom_type(const model::RegistryRow& row) {
    const auto id = tenant_of_custom_type_row(row);
    if (!id || id->value > kRowIdMax) return corrupt_key(row);
    auto& draft = draft_of(*id);
    if (!draft.tenant) return {};
    draft.knows_other_variables = true;
    if (!row.value) {
        draft.custom_types.remove(std::string_view(row.key).substr(row.key.find('/') + 1));
        return {};
    }
    auto stored = custom_type_from_row(context_.catalogue, draft.tenant->product, row);
    if (!stored && stored.error().code == Errc::conflict) return {};
    if (!stored) return stored.error();
    draft.custom_types.put(std::move(stored->type));
    return {};
}

Result<void> SnapshotBuilder::take_installation(const model::RegistryRow& row) {
    const auto id = id_of_row(row);
    if (!id) return corrupt_key(row);
    if (!row.value) {
        if (const auto& before = parts_->installations.find(*id))
            draft_of(before->tenant).installations.insert_or_assign(*id, nullptr);
        return {};
    }
    POSTHORN_TRY(auto installation, installation_from_row(row, context_.key));
    const auto tenant = installation.tenant;
    if (!tenant || tenant.value > kRowIdMax)
        return fail(Errc::corrupt, "the stored tenant makes no sense", row.kind + "/" + row.key);
    draft_of(tenant).installations.insert_or_assign(*id, std::make_shared<Installation>(std::move(installation)));
    return {};
}

Result<void> SnapshotBuilder::take_api_key(const model::RegistryRow& row) {
    std::erase_if(parts_->api_keys, [&](const auto& key) { return key->id == row.key; });
    if (!row.value) return {};
    POSTHORN_TRY(auto key, api_key_from_row(row));
    parts_->api_keys.push_back(std::make_shared<const ApiKey>(std::move(key)));
    return {};
}

Result<void> SnapshotBuilder::take_install_key(const model::RegistryRow& row) {
    std::erase_if(parts_->install_keys, [&](const auto& key) { return key->kid == row.key; });
    if (!row.value) return {};
    POSTHORN_TRY(auto key, install_key_from_row(row));
    parts_->install_keys.push_back(std::make_shared<const InstallKey>(std::move(key)));
    return {};
}

void SnapshotBuilder::sort_keys() {
    std::ranges::sort(parts_->api_keys, {}, hash_of);
    std::ranges::sort(parts_->install_keys, [](const auto& one, const auto& other) {
        return std::tie(one->created_at, one->kid) < std::tie(other->created_at, other->kid);
    });
}

Result<SnapshotPtr> SnapshotBuilder::finish() {
    sort_keys();
    for (auto& [id, draft] : drafts_) POSTHORN_CHECK(finish_tenant(TenantId{id}, draft));
    std::erase_if(parts_->tenants_by_key, [&](const auto& part) { return drafts_.contains(part->tenant.id.value); });
    merge_sorted(parts_->tenants_by_key, std::move(new_tenants_), key_of);
    return std::make_shared<const Snapshot>(std::move(parts_));
}

Result<void> SnapshotBuilder::finish_tenant(TenantId id, Draft& draft) {
    if (!draft.tenant) {
        remove_tenant(id);
        return {};
    }
    const auto before = parts_->tenants.find(id.value);
    if (draft.knows_other_variables && before != nullptr)
        for (const auto& installation : before->installations)
            draft.installations.try_emplace(installation->id.value, std::make_shared<Installation>(*installation));

    const CompileContext context{.catalogue = context_.catalogue,
                                 .custom_types = draft.custom_types,
                                 .key = context_.key,
                                 .compile_filter = context_.compile_filter};
    for (auto& [number, installation] : draft.installations)
        if (installation) POSTHORN_CHECK(compile(*installation, context));

    auto part = std::make_shared<TenantPart>();
    part->tenant = std::move(*draft.tenant);
    part->custom_types = std::move(draft.custom_types);
    put_installations(before.get(), draft, *part);
    put_hearings(before.get(), draft, *part);
    parts_->tenants.put(id.value, part);
    new_tenants_.push_back(std::move(part));
    return {};
}

void SnapshotBuilder::remove_tenant(TenantId id) {
    const auto before = parts_->tenants.find(id.value);
    if (!before) return;
    for (const auto& installation : before->installations) parts_->installations.put(installation->id.value, nullptr);
    parts_->tenants.put(id.value, nullptr);
}

void SnapshotBuilder::put_installations(const TenantPart* before, const Draft& draft, TenantPart& part) {
    if (before != nullptr)
        for (const auto& installation : before->installations)
            if (!draft.installations.contains(installation->id.value)) part.installations.push_back(installation);
    std::vector<std::shared_ptr<const Installation>> changed;
    for (const auto& [id, installation] : draft.installations) {
        parts_->installations.put(id, installation);
        if (installation) changed.push_back(installation);
    }
    merge_sorted(part.installations, std::move(changed), addon_key_of);
}

void SnapshotBuilder::put_hearings(const TenantPart* before, const Draft& draft, TenantPart& part) {
    // New lists for the event types that the changed installations heard or hear; the others are shared.
    std::map<std::string_view, std::shared_ptr<EventHearings>> fresh;
    const auto list_of = [&](std::string_view event) -> EventHearings& {
        auto& list = fresh[event];
        if (list) return *list;
        list = std::make_shared<EventHearings>();
        list->event = event;
        const auto* old = before != nullptr ? find_hearings(*before, event) : nullptr;
        if (old == nullptr) return *list;
        for (const auto& hearing : (*old)->hearings)
            if (!draft.installations.contains(hearing.installation->id.value)) list->hearings.push_back(hearing);
        return *list;
    };
    if (before != nullptr)
        for (const auto& old : before->installations)
            if (draft.installations.contains(old->id.value))
                for_each_hearing(*old, [&](const Hearing& hearing) { list_of(hearing.webhook->declared.event); });
    for (const auto& [id, installation] : draft.installations)
        if (installation)
            for_each_hearing(*installation, [&](const Hearing& hearing) {
                list_of(hearing.webhook->declared.event).hearings.push_back(hearing);
            });

    if (before != nullptr)
        for (const auto& old : before->hearings)
            if (!fresh.contains(old->event)) part.hearings.push_back(old);
    std::vector<std::shared_ptr<const EventHearings>> changed;
    for (auto& [event, list] : fresh) {
        if (list->hearings.empty()) continue;
        std::ranges::sort(list->hearings, comes_before);
        changed.push_back(std::move(list));
    }
    merge_sorted(part.hearings, std::move(changed), event_of);
}

}  // namespace posthorn::registry
