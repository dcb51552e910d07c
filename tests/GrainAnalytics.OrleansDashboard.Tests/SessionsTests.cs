using System.Net;
using GrainAnalytics.OrleansDashboard.Access;
using GrainAnalytics.OrleansDashboard.Hosting;
using GrainAnalytics.Testing;

namespace GrainAnalytics.OrleansDashboard.Tests;

/// <summary>Sessions and guesses over time.</summary>
public sealed class SessionsTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void A_session_ends_after_its_lifetime_and_with_it_what_is_still_being_sent()
    {
        var sessions = new Sessions(new DashboardSettings { SessionLifetime = TimeSpan.FromHours(1) }, _clock);
        var id = sessions.Open();
        _clock.Advance(TimeSpan.FromMinutes(59));
        var session = sessions.Find(id);
        Assert.False(session!.Ended.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(sessions.Find(id));
        Assert.True(session.Ended.IsCancellationRequested);
    }

    [Fact]
    public void One_session_too_many_ends_the_oldest()
    {
        var sessions = new Sessions(new DashboardSettings(), _clock);
        var first = sessions.Open();
        _clock.Advance(TimeSpan.FromSeconds(1));
        var rest = Enumerable.Range(0, Sessions.Max).Select(_ => sessions.Open()).ToList();
        Assert.Null(sessions.Find(first));
        Assert.All(rest, id => Assert.NotNull(sessions.Find(id)));
    }

    [Fact]
    public void Wrong_guesses_are_few_at_once_and_then_one_at_a_time()
    {
        var guesses = new Guesses(_clock);
        var address = IPAddress.Parse("192.0.2.1");
        for (var i = 0; i < Guesses.AtOnce; i++) Assert.Equal(TimeSpan.Zero, guesses.Take(address));
        Assert.Equal(Guesses.Every, guesses.Take(address));
        _clock.Advance(Guesses.Every);
        Assert.Equal(TimeSpan.Zero, guesses.Take(address));
        Assert.Equal(Guesses.Every, guesses.Take(address));
        Assert.Equal(TimeSpan.Zero, guesses.Take(IPAddress.Parse("192.0.2.2")));
    }

    [Fact]
    public void Right_guesses_are_without_limit()
    {
        var guesses = new Guesses(_clock);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.Zero, guesses.Take(IPAddress.Loopback));
            guesses.GiveBack(IPAddress.Loopback);
        }
    }

    [Fact]
    public void Addresses_of_one_network_share_their_guesses()
    {
        var guesses = new Guesses(_clock);
        for (var i = 1; i <= Guesses.AtOnce; i++) Assert.Equal(TimeSpan.Zero, guesses.Take(IPAddress.Parse($"2001:db8::{i}")));
        Assert.NotEqual(TimeSpan.Zero, guesses.Take(IPAddress.Parse("2001:db8::ffff")));
        Assert.Equal(TimeSpan.Zero, guesses.Take(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.Equal(TimeSpan.Zero, guesses.Take(IPAddress.Parse("::ffff:192.0.2.1")));
    }

    [Fact]
    public void Memory_of_addresses_is_bounded()
    {
        var guesses = new Guesses(_clock);
        var refused = 0;
        for (var i = 0; i < 20_000; i++) if (guesses.Take(new IPAddress([10, 0, (byte)(i >> 8), (byte)i])) > TimeSpan.Zero) refused++;
        Assert.InRange(refused, 9_000, 10_000);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, guesses.Take(IPAddress.Parse("192.0.2.1")));
    }
}
