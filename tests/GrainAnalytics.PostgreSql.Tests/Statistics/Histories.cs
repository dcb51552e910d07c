using GrainAnalytics.Testing;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>Makes random histories: few users over many weeks, around the days on which clocks change, late, back-dated and repeated.</summary>
internal static class Histories
{
    // Clocks change by an hour and by half of one, at night and at midnight; offsets of half hours; both halves of the globe.
    public static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago",
        "Pacific/Auckland", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Kiritimati"];

    public static readonly string[] Types = ["page_view", "page_view", "page_view", "purchase", "sign_up", "identify", "engagement"];
    private static readonly string[] Countries = ["", "DE", "FR", "US"], Browsers = ["Firefox", "Chrome", ""];
    private static readonly string[] Paths = ["/", "/pricing", "/docs", "/docs/a%20b", "/blog"];

    public static List<Happening> Make(Random random, int most)
    {
        var withLinks = random.Next(2) == 0;
        var users = random.Next(1, 12);
        var middle = TestEvents.At(random.Next(3) switch { 0 => "2026-03-29T00:00:00Z", 1 => "2025-10-26T00:00:00Z", _ => "2026-01-01T00:00:00Z" });
        var spread = random.Next(3) switch { 0 => 3, 1 => 30, _ => 200 };
        var history = new List<Happening>();
        for (var n = random.Next(1, most); n > 0; n--)
        {
            // Some are seen under an id of before, a3 being u3's; an identify links the two, sooner or later or never.
            var number = random.Next(users);
            var user = withLinks && random.Next(3) == 0 ? $"a{number}" : $"u{number}";
            // Half the events stand close together, so that sessions have some length and ties occur.
            var at = random.Next(2) == 0 && history.Count > 0
                ? history[random.Next(history.Count)].At + random.Next(0, 900) * 1_000_000L
                : middle + (long)((random.NextDouble() - 0.5) * spread * 86_400_000_000);
            var session = random.Next(4) == 0 ? null : $"{user}-{at / 3_600_000_000 / random.Next(1, 3)}";
            history.Add(new Happening($"e{n}-{random.Next(100_000_000)}", user, Types[random.Next(Types.Length)], at, session, random.Next(5) == 0 ? null : Paths[random.Next(Paths.Length)])
            {
                Country = Countries[random.Next(Countries.Length)],
                Browser = Browsers[user[^1] % Browsers.Length],
                Source = random.Next(3) == 0 ? "newsletter" : "",
                EngagedMs = random.Next(3) == 0 ? random.Next(1, 100_000) : 0,
                IsBot = random.Next(10) == 0,
            });
            if (history[^1] is { Type: "identify" } identify && user[0] == 'u') history[^1] = identify with { Anonymous = withLinks ? $"a{number}" : null };
        }
        return history;
    }
}
