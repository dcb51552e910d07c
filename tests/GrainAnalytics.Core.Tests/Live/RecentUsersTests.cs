using System.Text;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Live;

public sealed class RecentUsersTests
{
    [Fact]
    public void Count_is_that_of_users_seen_within_the_window_whatever_order_they_are_told_in()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var users = new RecentUsers();
            var seen = new Dictionary<ulong, long>();
            var now = TestEvents.Noon;
            users.Advance(now);
            for (var step = 0; step < 2000; step++)
            {
                var user = new SeenUser((ulong)random.Next(80), now - random.NextInt64(400 * Instant.Second) + random.Next(3) * Instant.Second);
                users.See(user);
                // Nobody was seen later than now.
                seen[user.Hash] = Math.Max(seen.GetValueOrDefault(user.Hash), Math.Min(user.At, now));
                if (random.Next(4) == 0) now += random.NextInt64(random.Next(20) == 0 ? 700 * Instant.Second : 5 * Instant.Second);
                users.Advance(now);
                Assert.Equal(seen.Count(s => s.Value / Instant.Second > now / Instant.Second - 300), users.Count);
            }
        }
    }

    [Fact]
    public void Users_who_left_are_forgotten()
    {
        var users = new RecentUsers();
        var now = TestEvents.Noon;
        for (var i = 0; i < 100_000; i++)
        {
            users.Advance(now += Instant.Second / 10);
            users.See(new SeenUser((ulong)i, now));
        }
        Assert.Equal(3000, users.Count, tolerance: 10);
        users.Advance(now + 300 * Instant.Second);
        Assert.Equal(0, users.Count);
    }

    [Fact]
    public void Time_that_runs_backwards_changes_nothing()
    {
        var users = new RecentUsers();
        users.Advance(TestEvents.Noon);
        users.See(new SeenUser(1, TestEvents.Noon));
        users.Advance(TestEvents.Noon - Instant.Hour);
        users.See(new SeenUser(2, TestEvents.Noon));
        Assert.Equal(2, users.Count);
    }

    [Fact]
    public void A_hash_is_the_same_everywhere() => Assert.Equal(0xaf63dc4c8601ec8cUL, UserHash.Of(Encoding.UTF8.GetBytes("a")));
}
