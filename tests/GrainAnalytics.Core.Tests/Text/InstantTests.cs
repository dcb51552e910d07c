using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using GrainAnalytics.Core.Text;
using Xunit;

namespace GrainAnalytics.Core.Tests.Text;

public sealed class InstantTests
{
    [Fact]
    public void What_is_formatted_parses_to_the_same_instant() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).Zip(Gen.Choose(0, 999_999)).ToArbitrary(), pair =>
        {
            var at = pair.Item1 * 3 * Instant.Second + (pair.Item2 % 3 == 0 ? pair.Item2 / 1000 * 1000 : pair.Item2);
            var text = Instant.ToText(at);
            var expected = Instant.ToDateTime(at).ToString(at % 1000 == 0 ? "yyyy-MM-ddTHH:mm:ss.fff'Z'" : "yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
            return text == expected && Instant.TryParse(text, out var parsed, out var dateOnly) && parsed == at && !dateOnly;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_offset_gives_what_DateTimeOffset_gives() => Prop.ForAll(
        Gen.Choose(0, 1 << 30).Four().ToArbitrary(), n =>
        {
            var time = DateTimeOffset.UnixEpoch.AddSeconds(n.Item1 * 4.0).ToOffset(TimeSpan.FromMinutes(n.Item2 % (27 * 60) - 13 * 60));
            var colon = n.Item3 % 2 == 0;
            var text = time.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)
                + (time.Offset < TimeSpan.Zero ? "-" : "+") + time.Offset.ToString(colon ? @"hh\:mm" : "hhmm", CultureInfo.InvariantCulture);
            return Instant.TryParse(text, out var parsed, out _) && parsed == time.ToUnixTimeMilliseconds() * 1000;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("2026-03-15", "2026-03-15T00:00:00.000Z", true)]
    [InlineData("2026-03-15T12:34", "2026-03-15T12:34:00.000Z", false)]
    [InlineData("2026-03-15 12:34:56", "2026-03-15T12:34:56.000Z", false)]
    [InlineData("2026-03-15t12:34:56z", "2026-03-15T12:34:56.000Z", false)]
    [InlineData("2026-03-15T12:34:56.7Z", "2026-03-15T12:34:56.700Z", false)]
    [InlineData("2026-03-15T12:34:56,123456789Z", "2026-03-15T12:34:56.123456Z", false)]
    [InlineData("2026-03-15T12:34:56+05", "2026-03-15T07:34:56.000Z", false)]
    [InlineData("2026-03-15T12:34:56-0930", "2026-03-15T22:04:56.000Z", false)]
    [InlineData("2026-03-15T00:00+14:00", "2026-03-14T10:00:00.000Z", false)]
    [InlineData("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z", false)]
    [InlineData("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", false)]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", false)]
    [InlineData("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z", false)]
    public void Forms_of_ISO_8601_are_read(string text, string expected, bool isDateOnly)
    {
        Assert.True(Instant.TryParse(text, out var at, out var dateOnly));
        Assert.Equal((expected, isDateOnly), (Instant.ToText(at), dateOnly));
    }

    [Theory]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("1773576000")]
    [InlineData("2026")]
    [InlineData("2026-03")]
    [InlineData("2026-3-15")]
    [InlineData("2026-03-15T")]
    [InlineData("2026-03-15T12")]
    [InlineData("2026-03-15T12:3")]
    [InlineData("2026-03-15T12:34:")]
    [InlineData("2026-03-15T12:34:5")]
    [InlineData("2026-03-15T12:34:56.")]
    [InlineData("2026-03-15T12:34:56.Z")]
    [InlineData("2026-03-15T12:34:56.1x")]
    [InlineData("2026-03-15T12:34:56ZZ")]
    [InlineData("2026-03-15T12:34:56 Z")]
    [InlineData(" 2026-03-15T12:34:56Z")]
    [InlineData("2026-03-15T12:34:56Z ")]
    [InlineData("2026-03-15T12:34:56+")]
    [InlineData("2026-03-15T12:34:56+1")]
    [InlineData("2026-03-15T12:34:56+24:00")]
    [InlineData("2026-03-15T12:34:56+01:60")]
    [InlineData("2026-03-15T12:34:56+01-00")]
    [InlineData("2026-03-15T12:34:56+01:0")]
    [InlineData("2026-03-15T24:00:00Z")]
    [InlineData("2026-03-15T12:60:00Z")]
    [InlineData("2026-03-15T12:34:60Z")]
    [InlineData("2026-00-15T12:34:56Z")]
    [InlineData("2026-13-15T12:34:56Z")]
    [InlineData("2026-02-29T12:34:56Z")]
    [InlineData("2026-04-31T12:34:56Z")]
    [InlineData("2026-03-00")]
    [InlineData("0000-01-01")]
    [InlineData("-026-03-15")]
    [InlineData("２０２６-03-15")]
    [InlineData("2026/03/15")]
    [InlineData("2026-03-15X12:34:56Z")]
    [InlineData("2026-03-15T12.34.56Z")]
    [InlineData("+002026-03-15T12:34:56Z")]
    public void Malformed_texts_are_refused(string text) => Assert.False(Instant.TryParse(text, out _, out _), text);

    [Fact]
    public void No_text_of_any_bytes_throws() => Prop.ForAll(
        Gen.Elements("0123456789-:TZ+. ,z\u00e9".ToCharArray()).ArrayOf().Select(c => new string(c)).ToArbitrary(), text =>
        {
            // Mutations of a good text, too: random ones seldom get past the first digits.
            const string good = "2026-03-15T12:34:56.789+01:00";
            var at = text.Length % good.Length;
            foreach (var candidate in new[] { text, good[..at] + text + good[at..], good[..at] + text })
                if (Instant.TryParse(candidate, out var parsed, out _)) _ = parsed / 2;
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_and_strings_are_read_alike()
    {
        Assert.True(Instant.TryParse("2026-03-15T12:34:56Z"u8, out var fromBytes, out _));
        Assert.True(Instant.TryParse("2026-03-15T12:34:56Z", out var fromText, out _));
        Assert.Equal(fromText, fromBytes);
        Assert.False(Instant.TryParse(new string('1', 100), out _, out _));
        Assert.False(Instant.TryParse(Encoding.UTF8.GetBytes(new string('9', 100)), out _, out _));
    }
}
