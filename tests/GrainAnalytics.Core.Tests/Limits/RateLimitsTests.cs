using GrainAnalytics.Core.Limits;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Limits;

public sealed class RateLimitsTests
{
    [Fact]
    public void Without_options_nothing_is_limited()
    {
        var limits = new RateLimits(new RateLimitOptions(), new FakeClock());
        Assert.False(limits.LimitsAddresses);
        for (var i = 0; i < 1000; i++) Assert.Null(limits.TakeRequest(7) ?? limits.TakeEvents("key", 1_000_000));
    }

    [Fact]
    public void A_refusal_says_what_the_limit_is_and_when_to_come_back()
    {
        var limits = new RateLimits(new RateLimitOptions { AddressRequestsPerSecond = 20, AddressBurst = 100, KeyEventsPerSecond = 0.5 }, new FakeClock());
        for (var i = 0; i < 100; i++) Assert.Null(limits.TakeRequest(7));
        Assert.Equal(new LimitReport("address", "requests", 100, TimeSpan.FromSeconds(5), 0, TimeSpan.FromMilliseconds(50)), limits.TakeRequest(7));
        Assert.Null(limits.TakeRequest(8));
        // A burst that is not given is ten seconds' worth.
        Assert.Null(limits.TakeEvents("key", 5));
        Assert.Equal(new LimitReport("key", "events", 5, TimeSpan.FromSeconds(10), 0, TimeSpan.FromSeconds(2)), limits.TakeEvents("key", 0));
    }
}
