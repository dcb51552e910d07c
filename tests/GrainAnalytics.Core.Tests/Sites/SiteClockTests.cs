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

    [Theory]
    // The change's own day is the 10th: with a move to the west it gets the hours of the 9th that lie behind the change, with one to the east it begins late in the morning.
    [InlineData("America/New_York", "2026-04-10T00:00:00Z", "2026-04-10", 28), InlineData("Pacific/Auckland", "2026-04-10T00:00:00Z", "2026-04-10", 12),
     InlineData("Asia/Kolkata", "2026-04-10T00:00:00Z", "2026-04-10", 18.5), InlineData("Pacific/Pago_Pago", "2026-04-10T00:00:00Z", "2026-04-10", 35)]
    public void Days_before_a_change_of_the_zone_are_of_the_old_one_and_the_changes_own_day_begins_with_it(string zone, string at, string day, double hours)
    {
        var (from, first) = (Parse(at), DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture));
        var clock = SiteClock.Utc.With(zone, from);
        Assert.Equal((zone, $"UTC until {Instant.ToText(from)}, {zone}"), (clock.TimeZoneId, clock.Zones));
        Assert.Equal((first.AddDays(-1), first, from), (clock.DayOf(from - 1), clock.DayOf(from), clock.DayStart(first)));
        Assert.Equal(from + (long)(hours * Instant.Hour), clock.DayStart(first.AddDays(1)));
        Assert.Equal(from - Instant.Day, clock.DayStart(first.AddDays(-1)));
        AssertSteady(new SiteClock(clock.Zones), from);
        // Back to the first zone everything is as before; from a later day on only what lies behind it.
        Assert.Equal("UTC", clock.With("UTC", from).Zones);
        var later = clock.DayStart(first.AddDays(5));
        var third = clock.With("Asia/Kathmandu", later);
        Assert.Equal($"{clock.Zones.Replace(zone, $"{zone} until {Instant.ToText(later)}")}, Asia/Kathmandu", third.Zones);
        AssertSteady(third, from);
        AssertSteady(third, later);
        Assert.Equal(clock.Zones, third.With(zone, later).Zones);
        Assert.Equal("Asia/Tokyo", third.With("Asia/Tokyo", null).Zones);
    }

    [Fact]
    public void A_change_over_the_date_line_leaves_out_a_day_or_makes_one_of_two()
    {
        var from = Parse("2026-04-10T12:00:00Z");       // midnight in Baker Island's zone
        var east = new SiteClock("Etc/GMT+12").With("Pacific/Kiritimati", from);
        Assert.Equal((new DateOnly(2026, 4, 9), new DateOnly(2026, 4, 11)), (east.DayOf(from - 1), east.DayOf(from)));
        Assert.Equal((from, from), (east.DayStart(new DateOnly(2026, 4, 10)), east.DayStart(new DateOnly(2026, 4, 11))));
        AssertSteady(east, from);
        from = Parse("2026-04-09T10:00:00Z");           // midnight of the 10th in Kiritimati, 22:00 of the 8th in Baker Island's zone
        var west = new SiteClock("Pacific/Kiritimati").With("Etc/GMT+12", from);
        Assert.Equal((new DateOnly(2026, 4, 9), new DateOnly(2026, 4, 10)), (west.DayOf(from - 1), west.DayOf(from)));
        Assert.Equal(from + 50 * Instant.Hour, west.DayStart(new DateOnly(2026, 4, 11)));
        AssertSteady(west, from);
    }

    [Theory, InlineData("UTC, Asia/Tokyo"), InlineData("UTC until then, Asia/Tokyo"), InlineData("until 2026-04-10T00:00:00.000Z, UTC")]
    public void What_is_no_list_of_zones_is_no_clock(string zones) => Assert.Throws<FormatException>(() => new SiteClock(zones));

    private static long Parse(string text) => Instant.TryParse(text, out var at, out _) ? at : throw new FormatException(text);

    // Around an instant days follow each other, hours lie in their days, and days begin where they say.
    private static void AssertSteady(SiteClock clock, long around)
    {
        var last = DateOnly.MinValue;
        for (var at = around - 4 * Instant.Day; at < around + 4 * Instant.Day; at += Instant.Hour / 4)
        {
            var (day, hour) = (clock.DayOf(at), clock.HourStart(at));
            Assert.True(day >= last && hour <= at && hour > at - Instant.Hour && clock.DayOf(hour) == day, Instant.ToText(at));
            if (day != last) Assert.InRange(clock.DayStart(day), at - Instant.Hour / 4 + 1, at);
            last = day;
        }
    }

    [Fact]
    public void An_unknown_zone_throws() => Assert.Throws<TimeZoneNotFoundException>(() => new SiteClock("Mars/Olympus"));
}
