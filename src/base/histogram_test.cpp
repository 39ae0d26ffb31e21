#include "base/histogram.h"

#include <gtest/gtest.h>

namespace posthorn {
namespace {

TEST(HistogramTest, EachValueLiesWithinItsBucket) {
    for (std::uint64_t value = 0; value < 1'000'000; value = value * 9 / 8 + 1) {
        Histogram histogram;
        histogram.count(value);
        std::size_t bucket = 0;
        while (histogram.in_bucket(bucket) == 0) ++bucket;
        EXPECT_LT(value, Histogram::end_of(bucket));
        if (bucket > 0) {
            EXPECT_GE(value, Histogram::end_of(bucket - 1));
        }
    }
}

TEST(HistogramTest, WhatIsTooLargeIsCountedInTheLastBucket) {
    Histogram histogram;
    histogram.count(std::uint64_t{1} << 40);
    EXPECT_EQ(histogram.in_bucket(Histogram::kBuckets - 1), 1U);
    EXPECT_FALSE(Histogram::end_of(Histogram::kBuckets - 1));
    EXPECT_EQ(histogram.sum(), std::uint64_t{1} << 40);
}

TEST(HistogramTest, QuantilesAreWithinAFifth) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100'000; ++value) histogram.count(value);
    for (const double q : {0.05, 0.5, 0.95, 0.99}) {
        const auto found = static_cast<double>(*histogram.quantile(q));
        EXPECT_NEAR(found, q * 100'000, q * 20'000);
    }
}

TEST(HistogramTest, WithoutValuesThereIsNoQuantile) { EXPECT_FALSE(Histogram().quantile(0.5)); }

}  // namespace
}  // namespace posthorn
