// Install, update, install anew: the order of what is written and what is called makes it safe to crash anywhere.
#include <utility>

#include <fmt/format.h>

#include "lifecycle/descriptor_source.h"
#include "lifecycle/parts.h"
#include "lifecycle/problems.h"
#include "registry/secret.h"

namespace posthorn::lifecycle {

namespace {

using registry::Installation;
using State = registry::InstallationState;

Error no_tenant() { return fail(Errc::not_found, "there is no such tenant"); }

/// Whose add-on it is.
enum class Whose : std::uint8_t { foreign, own_inspector };

bool has_own_origin(const std::string& base_url, const std::string& own_origin) {
    const auto url = wire::parse_url(base_url);
    return !own_origin.empty() && url && url->origin() == own_origin;
}

/// One install on its way, under its turn. Lives in the frame of Parts::install.
class Install {
public:
    Install(Lifecycle::Parts& parts, InstallRequest request, registry::SnapshotPtr snapshot,
            registry::DescriptorReport report, Whose whose);

    /// Decides which secret the call carries and makes a new one durable, before anybody sees it.
    io::Task<Result<void>> prepare();
    bool has_call() const { return !descriptor_.lifecycle.installed.empty(); }
    io::Task<Result<InstallAnswer>> call();
    /// The add-on did not take the call: what was before stays in force.
    io::Task<http::Problem> give_up(InstallAnswer answer);
    /// `signing` is what the add-on took.
    io::Task<Result<void>> finish(std::optional<registry::InstallSigning> signing);

    Installed installed() const { return {next_.id, is_update_}; }

private:
    /// What an installation becomes when the add-on takes the call.
    void put_into(Installation& installation) const;
    Result<void> choose_secret();

    Lifecycle::Parts& parts_;
    Whose whose_;
    InstallRequest request_;
    registry::SnapshotPtr snapshot_;
    registry::Descriptor descriptor_;
    registry::Findings warnings_;
    Installation next_;
    bool is_new_ = false;        // The tenant never had the add-on.
    bool is_update_ = false;     // It is installed at this moment.
    bool is_rotation_ = false;   // An update that is to bring a new secret.
    bool makes_secret_ = false;  // The secret is new with this install.
    std::optional<registry::Secret> carried_, current_, unanswered_;
};

Install::Install(Lifecycle::Parts& parts, InstallRequest request, registry::SnapshotPtr snapshot,
                 registry::DescriptorReport report, Whose whose)
    : parts_(parts),
      whose_(whose),
      request_(std::move(request)),
      snapshot_(std::move(snapshot)),
      descriptor_(*std::move(report.descriptor)),
      warnings_(std::move(report.warnings)) {
    const auto* before = snapshot_->find_installation(request_.tenant, descriptor_.key);
    is_new_ = before == nullptr;
    if (is_new_) {
        next_.id = parts_.registry().reserve_installation_id();
        next_.tenant = request_.tenant;
        next_.addon_key = descriptor_.key;
        next_.created_at = wall_now();
    } else {
        next_ = *before;
        is_update_ = before->state == State::enabled || before->state == State::disabled;
    }
}

void Install::put_into(Installation& installation) const {
    registry::take_descriptor(installation, descriptor_, warnings_);
    installation.descriptor_url = request_.descriptor_url;
    installation.is_inspector = whose_ == Whose::own_inspector;
    if (request_.settings) request_.settings->apply_to(installation.settings);
    installation.user = request_.user;
}

Result<void> Install::choose_secret() {
    // An add-on without authentication checks no token, so it gets no secret either.
    if (!has_call() || descriptor_.authentication == registry::Authentication::none) return {};
    const auto& key = parts_.registry().master_key();
    POSTHORN_TRY(current_, registry::current_secret(next_, key));
    POSTHORN_TRY(unanswered_, registry::pending_secret(next_, key));
    is_rotation_ = is_update_ && request_.rotates_secret && current_.has_value();
    if (unanswered_) {
        // An earlier call carried it and the add-on may have taken it: two such secrets could lock it out.
        carried_ = unanswered_;
    } else if (is_update_ && current_ && !is_rotation_) {
        carried_ = current_;
    } else {
        carried_ = registry::random_shared_secret();
        makes_secret_ = true;
    }
    return {};
}

io::Task<Result<void>> Install::prepare() {
    POSTHORN_CO_CHECK(choose_secret());
    if (!makes_secret_ && !is_rotation_) co_return Result<void>();
    const auto& key = parts_.registry().master_key();
    if (is_new_) {
        // Without a descriptor it hears nothing and nobody calls it.
        auto installing = next_;
        registry::put_pending_secret(installing, *carried_, key);
        registry::PutInstallation entry{std::move(installing)};
        co_return co_await parts_.put(std::move(entry));
    }
    Lifecycle::Parts::Edit edit = [this, &key](Installation& changed) -> Result<void> {
        if (makes_secret_) registry::put_pending_secret(changed, *carried_, key);
        if (is_rotation_) changed.is_rotating = true;
        return {};
    };
    co_return co_await parts_.change(next_.id, std::move(edit));
}

io::Task<Result<InstallAnswer>> Install::call() {
    auto candidate = next_;
    put_into(candidate);
    const auto& registry = parts_.registry();
    const registry::CompileContext context{registry.catalogue(), snapshot_->custom_types(candidate.tenant),
                                           registry.master_key(), registry.compile_filter()};
    POSTHORN_CO_CHECK(registry::compile(candidate, context));
    InstallCall call;
    call.installation = std::move(candidate);
    call.snapshot = snapshot_;
    call.carried = carried_;
    call.current = current_;
    call.unanswered = unanswered_;
    co_return co_await parts_.call(std::move(call));
}

io::Task<http::Problem> Install::give_up(InstallAnswer answer) {
    const auto reception = answer.result.reception();
    // A rotation that was refused is over. Else a secret is forgotten only if nobody can have it.
    const bool was_refused = reception == Reception::refused || reception == Reception::not_sent ||
                             (is_rotation_ && reception == Reception::refused_for_now);
    std::string consequence = is_update_ ? "The add-on stays installed as it was." : "Nothing was installed.";
    // What can't be written now stays as a crash would leave it; recover() or the next install settles it.
    if (makes_secret_ && is_new_ && was_refused) {
        registry::RemoveInstallation removal{next_.id};
        static_cast<void>(co_await parts_.put(std::move(removal)));
    } else if (makes_secret_) {
        Lifecycle::Parts::Edit edit = [this, was_refused](Installation& changed) -> Result<void> {
            if (was_refused) changed.sealed_pending_secret.clear();
            if (was_refused && is_rotation_) changed.is_rotating = false;
            if (changed.state == State::installing) changed.state = State::uninstalled;
            return {};
        };
        static_cast<void>(co_await parts_.change(next_.id, std::move(edit)));
        if (!was_refused && !is_rotation_)
            consequence += " It may have taken the secret all the same, so the next install carries the same one.";
    }
    const auto* now = parts_.registry().snapshot()->find_installation(next_.id);
    if (now != nullptr && now->is_rotating) {
        consequence += " Until the secret's rotation has an answer its deliveries wait, and the call is repeated.";
        parts_.go_on_rotating(next_.id, parts_.options.repeat_first);
    }
    co_return install_callback_failed(answer.url, answer.result, consequence);
}

io::Task<Result<void>> Install::finish(std::optional<registry::InstallSigning> signing) {
    const auto now = wall_now();
    Lifecycle::Parts::Edit edit = [this, signing, now](Installation& changed) -> Result<void> {
        put_into(changed);
        if (carried_) POSTHORN_CHECK(registry::confirm_pending_secret(changed, parts_.registry().master_key()));
        changed.is_rotating = false;
        if (has_call()) changed.signing_that_worked = signing;
        if (!is_update_) changed.resume(now);
        changed.state = State::enabled;
        changed.owes_enabled = true;
        changed.installed_at = now;
        return {};
    };
    if (parts_.registry().snapshot()->find_installation(next_.id) != nullptr)
        co_return co_await parts_.change(next_.id, std::move(edit));
    POSTHORN_CO_CHECK(edit(next_));
    registry::PutInstallation entry{next_};
    co_return co_await parts_.put(std::move(entry));
}

}  // namespace

io::Task<Outcome<Installed>> Lifecycle::Parts::install(InstallRequest request) {
    std::optional<std::string> own;
    if (options.own_descriptor) own = options.own_descriptor(request.descriptor_url);
    if (own) {
        request.descriptor = *own;
    } else if (!request.descriptor_url.empty()) {
        std::string ca;
        if (request.settings && request.settings->ca) ca = request.settings->ca->value_or("");
        auto fetched = co_await fetch_descriptor(dialer, request.descriptor_url, std::move(ca), options.fetch_timeout);
        if (!fetched) co_return tl::unexpected(std::move(fetched).error());
        request.descriptor = *std::move(fetched);
    }
    const auto snapshot = registry().snapshot();
    const auto* tenant = snapshot->find_tenant(request.tenant);
    if (tenant == nullptr) co_return tl::unexpected(problem_of(no_tenant()));
    // An inspector's calls don't leave this machine.
    const auto plain_http = own ? wire::PlainHttp::allowed : options.plain_http;
    const registry::DescriptorRules rules{plain_http, registry().compile_filter()};
    auto report = registry::parse_descriptor(request.descriptor, tenant->product, registry().catalogue(),
                                             snapshot->custom_types(tenant->id), rules);
    if (!report.descriptor) co_return tl::unexpected(descriptor_wrong(report.faults, request.descriptor_url));
    if (!own && has_own_origin(report.descriptor->base_url, options.own_origin))
        co_return tl::unexpected(own_origin_refused(request.descriptor_url));
    const auto turn = Turn::take(held, tenant->id, report.descriptor->key);
    if (!turn) co_return tl::unexpected(busy(report.descriptor->key));

    const auto whose = own ? Whose::own_inspector : Whose::foreign;
    Install install(*this, std::move(request), snapshot, std::move(report), whose);
    const auto prepared = co_await install.prepare();
    if (!prepared) co_return tl::unexpected(problem_of(prepared.error()));
    std::optional<registry::InstallSigning> signing;
    if (install.has_call()) {
        auto answer = co_await install.call();
        if (!answer) co_return tl::unexpected(problem_of(answer.error()));
        if (!answer->result.is_taken()) co_return tl::unexpected(co_await install.give_up(*std::move(answer)));
        signing = answer->signing;
    }
    const auto finished = co_await install.finish(signing);
    if (!finished) co_return tl::unexpected(problem_of(finished.error()));
    const auto installed = install.installed();
    co_await announce_enabled(installed.installation);
    if (const auto* now = registry().snapshot()->find_installation(installed.installation))
        notify(*now, installed.is_update ? "updated" : "installed");
    co_return installed;
}

}  // namespace posthorn::lifecycle
