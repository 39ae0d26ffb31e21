#include "registry/sealing.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/install_key.h"
#include "wire/base64.h"

namespace posthorn::registry {
namespace {

using testing::HasSubstr;

MasterKey key_of(char c) { return *MasterKey::from_bytes(std::string(32, c)); }

struct KeyFileTest : testing::Test {
    KeyFileTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "posthorn-key-XXXXXX").string();
        folder = mkdtemp(pattern.data());
    }
    ~KeyFileTest() override { std::filesystem::remove_all(folder); }
    std::string path() const { return folder + "/master.key"; }
    void write(std::string_view text) const { std::ofstream(path()) << text; }
    Result<MasterKey::Loaded> load(StoreAge store, std::string value = {}) const {
        return MasterKey::load({.file = path(), .value = std::move(value), .store = store}, io::posix_disk());
    }
    std::string folder;
};

TEST(Sealing, OpensWhatItSealedInItsPlace) {
    const auto key = key_of('a');
    const auto sealed = key.seal("the secret", "installation/1/secret");
    EXPECT_EQ(key.unseal(sealed, "installation/1/secret")->reveal(), "the secret");
    EXPECT_EQ(key.unseal(key.seal("", "x"), "x")->reveal(), "");
    EXPECT_THAT(sealed, testing::Not(HasSubstr("secret")));
    EXPECT_NE(sealed, key.seal("the secret", "installation/1/secret"));
}

TEST(Sealing, RefusesAnotherPlaceAnotherKeyAndAnyChangedByte) {
    const auto key = key_of('a');
    const auto sealed = key.seal("the secret", "installation/1/secret");
    EXPECT_EQ(key.unseal(sealed, "installation/2/secret").error().code, Errc::corrupt);
    EXPECT_EQ(key_of('b').unseal(sealed, "installation/1/secret").error().code, Errc::corrupt);
    const auto bytes = *wire::base64_decode(sealed);
    for (std::size_t i = 1; i < bytes.size(); ++i) {
        auto tampered = bytes;
        tampered[i] = static_cast<char>(tampered[i] ^ 1);
        EXPECT_EQ(key.unseal(wire::base64_encode(tampered), "installation/1/secret").error().code, Errc::corrupt) << i;
    }
    for (std::size_t size = 1; size < bytes.size(); ++size)
        EXPECT_FALSE(key.unseal(wire::base64_encode(bytes.substr(0, size)), "installation/1/secret"));
    EXPECT_EQ(key.unseal("", "x").error().code, Errc::corrupt);
    EXPECT_EQ(key.unseal("no base64!", "x").error().code, Errc::corrupt);
}

TEST(Sealing, SaysWhenASealIsNewer) {
    auto bytes = *wire::base64_decode(key_of('a').seal("s", "x"));
    bytes[0] = 2;
    EXPECT_EQ(key_of('a').unseal(wire::base64_encode(bytes), "x").error().code, Errc::unsupported);
}

TEST(Sealing, RecognisesAWrongKeyForAStore) {
    const auto check = key_of('a').key_check();
    EXPECT_TRUE(key_of('a').matches(check));
    const auto wrong = key_of('b').matches(check);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Errc::forbidden);
    EXPECT_THAT(wrong.error().detail, HasSubstr("--master-key-file"));
}

TEST(Sealing, AKeyHas32Bytes) {
    EXPECT_EQ(MasterKey::from_bytes(std::string(31, 'k')).error().code, Errc::invalid);
    EXPECT_EQ(MasterKey::from_bytes(std::string(33, 'k')).error().code, Errc::invalid);
}

TEST_F(KeyFileTest, IsMadeForAFreshStoreAndReadableByItsOwnerAlone) {
    auto made = load(StoreAge::fresh);
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_TRUE(made->is_new);
    EXPECT_EQ(std::filesystem::status(path()).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto again = load(StoreAge::existing);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->is_new);
    EXPECT_EQ(again->warning, "");
    EXPECT_TRUE(again->key.matches(made->key.key_check()));
}

TEST_F(KeyFileTest, IsNeverMadeForAStoreThatExists) {
    const auto loaded = load(StoreAge::existing);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::not_found);
    EXPECT_THAT(loaded.error().detail, HasSubstr("POSTHORN_MASTER_KEY"));
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(KeyFileTest, IsNeverReplaced) {
    write("not a key");
    EXPECT_EQ(load(StoreAge::fresh).error().code, Errc::invalid);
    std::ifstream file(path());
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    EXPECT_EQ(text, "not a key");
    EXPECT_THAT(load(StoreAge::fresh).error().detail, testing::Not(HasSubstr("not a key")));
}

TEST_F(KeyFileTest, OpenToOthersIsAWarning) {
    write(wire::base64_encode(std::string(32, 'k')) + "\n");
    std::filesystem::permissions(path(), std::filesystem::perms(0640));
    const auto loaded = load(StoreAge::existing);
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded->warning, HasSubstr("chmod 600"));
}

TEST_F(KeyFileTest, IsNotLookedAtWhenTheEnvironmentHasTheKey) {
    write("not a key");
    const auto value = wire::base64_encode(std::string(32, 'k'));
    EXPECT_TRUE(load(StoreAge::existing, value)->key.matches(key_of('k').key_check()));
    EXPECT_EQ(load(StoreAge::existing, "short").error().code, Errc::invalid);
    EXPECT_EQ(load(StoreAge::existing, "short").error().where, "POSTHORN_MASTER_KEY");
}

TEST(SecretTest, IsEmptyAfterItWasMovedFromAndComparesByContent) {
    std::string text = "a rather long secret that is not inside the object";
    Secret one(std::move(text));
    EXPECT_TRUE(text.empty());  // NOLINT: that it is wiped is what is tested.
    const Secret copy = one;
    const Secret moved = std::move(one);
    EXPECT_TRUE(one.empty());  // NOLINT
    EXPECT_EQ(copy, moved);
    EXPECT_FALSE(copy == Secret::copy_of("b"));
}

TEST(SecretTest, ASharedSecretHas256BitsInBase64Url) {
    const auto secret = random_shared_secret();
    EXPECT_EQ(wire::base64url_decode(secret.reveal())->size(), 32u);
    EXPECT_FALSE(secret == random_shared_secret());
}

TEST(InstallKeyTest, SignsAfterItWasStoredAndOpenedAgain) {
    const auto key = key_of('a');
    const auto made = make_install_key(key, from_epoch_ms(1'000));
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->is_current);
    const auto stored = install_key_from_row(to_row(*made));
    ASSERT_TRUE(stored);
    EXPECT_EQ(*stored, *made);
    const auto pair = open_install_key(*stored, key);
    ASSERT_TRUE(pair);
    EXPECT_TRUE(wire::RsaKey::from_public_pem(stored->public_pem)->verifies("bytes", pair->sign("bytes")));
    EXPECT_EQ(pair->public_der_base64(), stored->public_der_base64);
    EXPECT_EQ(open_install_key(*stored, key_of('b')).error().code, Errc::corrupt);
    EXPECT_EQ(to_row(*made).value->find("PRIVATE"), std::string::npos);
}

}  // namespace
}  // namespace posthorn::registry
