#include "tests/simulation/story.h"

#include <utility>
#include <vector>

#include "testkit/simulation_state.h"

namespace posthorn::simulation {

namespace {

using namespace std::chrono_literals;

// Far beyond what any run takes; beyond it nothing moves any more, or something moves for ever.
constexpr std::uint64_t kHappeningsMax = 5'000'000;

std::string receiver_name(std::uint64_t n) { return "https://receiver-" + std::to_string(n) + ":443"; }

class Story {
public:
    Story(std::uint64_t seed, std::string folder)
        : world_{.timeline = {},
                 .random = Random(seed),
                 .options = options_of(seed),
                 .disk = testkit::FaultyDisk(seed),
                 .checker = Checker(options_of(seed).scheduler, options_of(seed).payload_bytes)},
          folder_(std::move(folder)) {}

    Tale tell() {
        start();
        settle_in();
        auto next_action_at = world_.timeline.now();
        while (goes_on() && tale_.violation.empty() && actions_ < world_.options.actions) {
            const auto next = world_.timeline.next();
            if (next && *next <= next_action_at) {
                if (random().one_in(world_.options.crash_one_in)) crash();
                else run_next();
                continue;
            }
            rest_until(next_action_at);
            act();
            ++actions_;
            next_action_at = world_.timeline.now() + pause();
        }
        finish();
        auto& checker = world_.checker;
        if (tale_.violation.empty()) tale_.violation = checker.violation();
        tale_.deliveries = checker.deliveries();
        tale_.starts = checker.starts();
        tale_.repeats = checker.repeats();
        tale_.delivered = checker.delivered();
        tale_.uninstalls = world_.uninstalls;
        tale_.openings = checker.openings();
        tale_.expired = checker.expired();
        return tale_;
    }

private:
    Random& random() { return world_.random; }
    bool goes_on() const { return tale_.violation.empty() && world_.checker.violation().empty(); }
    void fail(std::string what) {
        if (tale_.violation.empty()) tale_.violation = std::move(what);
    }

    // --- The server's lives.

    void start() {
        if (world_.options.has_sqlite || !state_) {
            state_.reset();
            if (world_.options.has_sqlite) {
                auto opened = state::State::open(folder_);
                if (!opened) return fail("the state does not open: " + to_string(opened.error()));
                state_ = *std::move(opened);
            } else {
                state_ = std::make_unique<testkit::SimulationState>();
            }
        }
        for (;;) {
            const auto faults = world_.disk.faults();
            server_ = std::make_unique<Server>(world_, *state_);
            const auto started = server_->start();
            if (started) return;
            // A disk that fails makes it end at once; whoever watches it starts it again.
            if (world_.disk.faults() == faults) return fail("no start: " + to_string(started.error()));
            end_life();
        }
    }

    /// Everything in memory is lost.
    void end_life() {
        world_.timeline.forget();
        world_.checker.crashed();
        server_.reset();
        // A kill leaves what was written; a power loss only what was synced.
        if (world_.disk.is_off() || random().one_in(2)) world_.disk.lose_power();
    }

    void crash() {
        ++tale_.crashes;
        end_life();
        world_.timeline.advance(world_.timeline.now() + random().up_to(random().one_in(4) ? Millis(3h) : Millis(2s)));
        start();
    }

    void run_next() {
        if (const auto next = world_.timeline.next(); *next > world_.timeline.now())
            world_.checker.at_rest(server_->scheduler(), world_.timeline.now());
        world_.timeline.run_next();
        if (++tale_.happenings > kHappeningsMax) fail("it never comes to rest");
        if (server_->is_broken()) crash();
    }

    void rest_until(Moment moment) {
        if (moment > world_.timeline.now()) world_.checker.at_rest(server_->scheduler(), world_.timeline.now());
        world_.timeline.advance(moment);
    }

    void run_to_rest() {
        while (goes_on() && world_.timeline.next()) run_next();
        if (goes_on()) world_.checker.at_rest(server_->scheduler(), world_.timeline.now());
    }

    // --- What happens from outside.

    void settle_in() {
        for (std::uint64_t n = 1; n <= world_.options.installations; ++n) {
            Installation installation;
            installation.id = InstallationId{n};
            installation.receiver = receiver_name(random().below(world_.options.receivers));
            installation.tenant.value = random().between(1, world_.options.tenants);
            installation.ordering = random_ordering();
            installation.rate = random_rate();
            installation.concurrency = static_cast<std::uint32_t>(random().between(1, world_.options.concurrency_max));
            server_->change(installation);
        }
        run_to_rest();
    }

    std::uint64_t random_ordering() {
        return random().one_in(world_.options.ordered_one_in) ? random().between(1, 6) : 0;
    }
    std::uint32_t random_rate() {
        return random().one_in(world_.options.rate_one_in) ? static_cast<std::uint32_t>(random().between(6, 6'000)) : 0;
    }

    Millis pause() {
        if (random().one_in(25)) return random().up_to(Millis(10min));
        if (random().one_in(200)) return random().up_to(Millis(20h));
        return random().up_to(world_.options.pause_max);
    }

    void act() {
        const auto chance = random().below(100);
        if (chance < 60) return accept();
        if (chance < 65) return burst();
        if (chance < 66) return pause_receiver();
        if (chance < 70) return replay_or_cancel();
        if (chance < 76) return world_.receivers.set_at_random(receiver_name(random().below(world_.options.receivers)));
        if (chance < 96) return change();
        if (chance < 98) return world_.timeline.advance(world_.timeline.now() + random().up_to(Millis(2h)));
        if (random().one_in(world_.options.fault_one_in) || random().one_in(world_.options.fault_one_in)) break_disk();
    }

    InstallationId any() { return InstallationId{random().between(1, world_.options.installations)}; }

    void accept() {
        std::vector<InstallationId> to;
        for (auto left = random().between(0, world_.options.targets_max); left > 0; --left) to.push_back(any());
        server_->accept(std::move(to));
    }

    void burst() {
        const auto one = any();
        for (auto left = random().below(60); left > 0; --left) server_->accept({one});
    }

    void pause_receiver() {
        const auto name = receiver_name(random().below(world_.options.receivers));
        server_->pause_receiver(name, !server_->is_paused(name));
    }

    void replay_or_cancel() {
        for (auto left = random().between(1, 8); left > 0; --left) {
            const auto delivery = world_.checker.pick(random().next());
            if (!delivery) return;
            if (random().one_in(2)) server_->replay(*delivery);
            else server_->cancel(*delivery);
        }
    }

    void change() {
        if (!again_.empty() && !random().one_in(3)) return install_again();
        const auto found = server_->installations().find(any());
        if (found == server_->installations().end() || server_->is_busy(found->first)) return;
        auto changed = found->second;
        if (changed.is_uninstalled) return again_.push_back(changed.id);
        switch (random().below(8)) {
            case 0:
            case 1:
            case 2: changed.set_paused(!changed.is_paused, world_.timeline.now()); break;
            case 3: changed.receiver = receiver_name(random().below(world_.options.receivers)); break;
            case 4:
            case 5:
                changed.concurrency = static_cast<std::uint32_t>(random().between(1, world_.options.concurrency_max));
                break;
            case 6:
                if (random().one_in(3)) ++changed.webhook;
                else if (random().one_in(2)) changed.ordering = random_ordering();
                else changed.rate = random_rate();
                break;
            case 7: return uninstall(changed.id);
        }
        server_->change(std::move(changed));
    }

    void uninstall(InstallationId id) {
        const bool is_installed_again = random().one_in(2);
        if (is_installed_again) {
            // While there is something to do for it, and the next install comes at once.
            for (auto left = random().below(20); left > 0; --left) server_->accept({id});
            again_.push_back(id);
        }
        world_.timeline.after(random().up_to(20ms), [this, id, is_installed_again] {
            if (server_->is_busy(id) || server_->installations().at(id).is_uninstalled) return;
            server_->uninstall(id);
            if (is_installed_again) install_again_when_possible(id);
        });
    }

    void install_again_when_possible(InstallationId id) {
        world_.timeline.after(1ms, [this, id] {
            if (again_.empty() || again_.back() != id) return;
            install_again();
            if (!again_.empty()) install_again_when_possible(id);
        });
    }

    /// Under the same id, perhaps while attempts of before still run.
    void install_again() {
        const auto found = server_->installations().find(again_.back());
        if (found != server_->installations().end() && server_->is_busy(found->first)) return;
        again_.pop_back();
        if (found == server_->installations().end() || !found->second.is_uninstalled) return;
        auto changed = found->second;
        changed.is_uninstalled = false;
        if (random().one_in(2)) ++changed.webhook;
        server_->change(std::move(changed));
    }

    void break_disk() {
        using testkit::Fault;
        switch (random().below(6)) {
            case 0: return world_.disk.fail_write(Fault::power_failure);
            case 1: return world_.disk.fail_sync(Fault::power_failure);
            case 2: return world_.disk.fail_sync(Fault::io_error);
            case 3: return world_.disk.fail_write(Fault::short_write);
            case 4: return world_.disk.fail_write(Fault::io_error);
            // A disk that is full for a while: every outcome is held back meanwhile.
            case 5:
                for (auto left = random().below(60); left > 0; --left) world_.disk.fail_write(Fault::no_space);
        }
    }

    /// All becomes well, and everything must come to its end.
    void finish() {
        if (!goes_on()) return;
        world_.options.fault_one_in = world_.options.state_fault_one_in = 0;
        world_.receivers.become_good();
        for (int round = 0; round < 100 && goes_on(); ++round) {
            run_to_rest();
            if (!goes_on()) return;
            std::vector<Installation> held;
            for (const auto& [id, installation] : server_->installations())
                if (installation.is_paused) held.push_back(installation);
            const auto paused = server_->paused_receivers();
            for (const auto& name : paused) server_->pause_receiver(name, false);
            if (held.empty() && paused.empty()) break;
            for (auto& installation : held) {
                installation.set_paused(false, world_.timeline.now());
                server_->change(installation);
            }
        }
        // What was read last may wait for the applier.
        world_.checker.at_end(server_->reader(), server_->scheduler());
    }

    World world_;
    std::string folder_;
    std::unique_ptr<state::State> state_;
    std::unique_ptr<Server> server_;
    Tale tale_;
    std::uint64_t actions_ = 0;
    std::vector<InstallationId> again_;  // Uninstalled, and to be installed again soon.
};

}  // namespace

Tale tell(std::uint64_t seed, const std::string& folder) { return Story(seed, folder).tell(); }

}  // namespace posthorn::simulation
