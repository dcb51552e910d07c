using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using Xunit;

namespace GrainAnalytics.Core.Tests.Sites;

public sealed class SiteClockTests
{
    public static TheoryData<string, int, int> Zones => new()
    {
        { "UTC", 2024, 2026 }, { "Europe/Berlin", 2019, 2026 }, { "America/New_York", 2019, 2026 }, { "Australia/Lord_Howe", 2019, 2026 },
        { "Asia/Kathmandu", 1985, 1987 }, { "America/Havana", 2019, 2026 }, { "Asia/Beirut", 2019, 2026 }, { "Pacific/Apia", 2009, 2013 },
        { "Asia/Kolkata", 2024, 2026 }, { "Africa/Casablanca", 2019, 2026 }, { "Asia/Pyongyang", 2014, 2019 }, { "America/Caracas", 2006, 2017 },
        { "America/Asuncion", 2019, 2026 }, { "Africa/Sao_Tome", 2017, 2020 }, { "Africa/Monrovia", 1971, 1973 }, { "America/Danmarkshavn", 1993, 1998 },
        { "Antarctica/Troll", 2019, 2026 }, { "Pacific/Kiritimati", 1994, 1996 }, { "Asia/Gaza", 2019, 2026 }, { "America/Sao_Paulo", 2015, 2020 },
        { "Europe/London", 1968, 1973 }, { "Africa/El_Aaiun", 2019, 2026 },
    };

    [Theory]
    [MemberData(nameof(Zones))]
    public void Days_hours_and_day_starts_agree_with_TimeZoneInfo(string zone, int firstYear, int lastYear)
    {
        var clock = new SiteClock(zone);
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        DateOnly LocalDay(long at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(Instant.ToDateTime(at), info));
        var end = Instant.FromDateTime(new DateTime(lastYear, 12, 31, 0, 0, 0, DateTimeKind.Utc));
        var previous = default(DateOnly);
        for (var at = Math.Max(0, Instant.FromDateTime(new DateTime(firstYear, 1, 1, 0, 0, 0, DateTimeKind.Utc))); at < end; at += Instant.Hour / 2)
        {
            var day = LocalDay(at);
            if (clock.DayOf(at) != day) Assert.Fail($"{Instant.ToText(at)} is in {day}, not {clock.DayOf(at)}");
            var hour = clock.HourStart(at);
            if (hour > at || hour <= at - Instant.Hour || LocalDay(hour) != day) Assert.Fail($"{Instant.ToText(at)} has hour {Instant.ToText(hour)} of {LocalDay(hour)}");
            // Where a clock changes by half an hour, the hour after it may begin in the middle of the one before.
            var isSteady = info.GetUtcOffset(Instant.ToDateTime(hour)) == info.GetUtcOffset(Instant.ToDateTime(at));
            if (isSteady && clock.HourStart(hour) != hour) Assert.Fail($"hour {Instant.ToText(hour)} begins at {Instant.ToText(clock.HourStart(hour))}");
            if (day == previous) continue;
            // A new day, or the first half hour of it: its start is the first instant that lies in it.
            previous = day;
            var start = clock.DayStart(day);
            if (LocalDay(start) != day || LocalDay(start - 1) >= day || start > at)
                Assert.Fail($"{day} starts at {Instant.ToText(start)} = {LocalDay(start)}, before it {LocalDay(start - 1)}");
            var next = clock.DayStart(day.AddDays(1));
            if (next <= at || next < start) Assert.Fail($"{day} ends at {Instant.ToText(next)}");
        }
    }

    [Fact]
    public void A_day_that_the_date_line_skipped_is_empty()
    {
        var clock = new SiteClock("Pacific/Apia");
        Assert.Equal(clock.DayStart(new DateOnly(2011, 12, 31)), clock.DayStart(new DateOnly(2011, 12, 30)));
    }

    [Fact]
    public void Days_before_1970_and_far_ahead_are_right_too()
    {
        Assert.Equal(new DateOnly(1969, 12, 31), SiteClock.Utc.DayOf(-1));
        Assert.Equal(-Instant.Hour, SiteClock.Utc.HourStart(-1));
        Assert.Equal(new DateOnly(1969, 12, 31), new SiteClock("America/New_York").DayOf(0));
        Assert.Equal(Instant.FromDateTime(new DateTime(9998, 1, 1, 5, 0, 0, DateTimeKind.Utc)), new SiteClock("America/New_York").DayStart(new DateOnly(9998, 1, 1)));
    }

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("Africa/Casablanca")]
    public void What_it_was_asked_before_changes_no_answer(string zone)
    {
        var (clock, found, random) = (new SiteClock(zone), TimeZoneInfo.FindSystemTimeZoneById(zone), new Random(5));
        for (var i = 0; i < 200_000; i++)
        {
            // Near each other for a while, and again and again the same hours: answers that are remembered, and places where one pushes out another.
            var at = Instant.FromDateTime(new DateTime(2024 + i / 100_000, 1, 1, 0, 0, 0, DateTimeKind.Utc)) + random.NextInt64(366 * 24 * 12) * 5 * 60 * Instant.Second + random.Next(2) * 999_999;
            if (clock.DayOf(at) != DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(Instant.ToDateTime(at), found))) Assert.Fail(Instant.ToText(at));
        }
    }

    [Fact]
    public void An_unknown_zone_throws() => Assert.Throws<TimeZoneNotFoundException>(() => new SiteClock("Mars/Olympus"));
}
