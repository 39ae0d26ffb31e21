// MasterKey::load: where the key comes from, and the file that a fresh store gets.
#include <filesystem>

#include <fmt/format.h>

#include "io/random.h"
#include "registry/sealing.h"
#include "wire/base64.h"

namespace posthorn::registry {

namespace {

constexpr std::size_t kFileBytesMax = 4096;
constexpr std::string_view kWhitespace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kWhitespace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kWhitespace) - first + 1);
}

Result<MasterKey> key_from_base64(std::string_view text, const std::string& source) {
    auto decoded = wire::base64_decode(trimmed(text));
    const Secret bytes = decoded ? Secret(std::move(*decoded)) : Secret();
    auto key = MasterKey::from_bytes(bytes.reveal());
    if (!key)
        return fail(Errc::invalid,
                    "the master key must be 32 bytes in base64 (44 characters); "
                    "`head -c 32 /dev/urandom | base64` makes one for a new store",
                    source);
    return key;
}

// A file system without modes (or a race with the file's removal) gives no warning.
std::string warning_about(const std::string& path) {
    std::error_code error;
    const auto permissions = std::filesystem::status(path, error).permissions();
    using Perms = std::filesystem::perms;
    if (error || permissions == Perms::unknown) return {};
    if ((permissions & (Perms::group_all | Perms::others_all)) == Perms::none) return {};
    return fmt::format("{} holds the master key and is open to others than its owner (mode {:03o}); run: chmod 600 {}",
                       path, static_cast<unsigned>(permissions) & 0777U, path);
}

Result<MasterKey::Loaded> make_file(const std::string& path, io::Disk& disk) {
    const Secret bytes(io::random_bytes(32));
    POSTHORN_TRY(auto key, MasterKey::from_bytes(bytes.reveal()));
    const Secret line(wire::base64_encode(bytes.reveal()) + "\n");
    POSTHORN_CHECK(disk.make_folder(io::folder_of(path)));
    POSTHORN_CHECK(io::write_file_atomically(disk, path, line.reveal(), io::FileMode::owner_only));
    return MasterKey::Loaded{.key = std::move(key), .is_new = true, .warning = {}};
}

}  // namespace

Result<MasterKey::Loaded> MasterKey::load(const MasterKeyOptions& options, io::Disk& disk) {
    if (!options.value.empty()) {
        POSTHORN_TRY(auto key, key_from_base64(options.value, "POSTHORN_MASTER_KEY"));
        return Loaded{.key = std::move(key), .is_new = false, .warning = {}};
    }
    auto text = io::read_file(disk, options.file, kFileBytesMax);
    if (text) {
        const Secret content(std::move(*text));
        POSTHORN_TRY(auto key, key_from_base64(content.reveal(), options.file));
        return Loaded{.key = std::move(key), .is_new = false, .warning = warning_about(options.file)};
    }
    if (text.error().code == Errc::too_large) return key_from_base64("", options.file).error();
    if (text.error().code != Errc::not_found) return text.error();
    if (options.store == StoreAge::fresh) return make_file(options.file, disk);
    return fail(Errc::not_found,
                "the store exists, but the master key that its secrets are sealed with is not there; restore the file "
                "from a backup, name it with --master-key-file, or put the key itself in POSTHORN_MASTER_KEY",
                options.file);
}

}  // namespace posthorn::registry
