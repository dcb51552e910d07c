using System.Globalization;
using System.Text.Json;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Admin;

/// <summary>Sites, quotas and keys as JSON.</summary>
internal static class SitesJson
{
    /// <summary>Largest daily quota.</summary>
    public const long MostPerDay = 1_000_000_000_000;

    /// <summary>Largest quota of a second.</summary>
    public const int MostPerSecond = 10_000_000;

    private const int HashBytes = 32;

    public static void Write(HttpContext http, int status, Action<Utf8JsonWriter> members)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        JsonReply.Write(http.Response, members, static (json, write) => write(json));
    }

    public static void WriteList(Utf8JsonWriter json, IReadOnlyList<Site> sites)
    {
        json.WriteStartArray("data"u8);
        foreach (var site in sites)
        {
            json.WriteStartObject();
            WriteSite(json, site);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void WriteDetails(Utf8JsonWriter json, SiteDetails details)
    {
        WriteSite(json, details.Site);
        json.WriteString("date"u8, details.Today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        WriteNumber(json, "usedToday", details.UsedToday);
        json.WriteStartArray("keys"u8);
        foreach (var key in details.Keys)
        {
            json.WriteStartObject();
            WriteKey(json, key);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void WriteKey(Utf8JsonWriter json, SiteKey key)
    {
        json.WriteString("kind"u8, key.Kind == KeyKind.Api ? "api"u8 : "write"u8);
        json.WriteString("sha256"u8, Convert.ToHexStringLower(key.Hash));
    }

    public static SiteQuota ReadQuota(JsonFields body) => new(body.Number("eventsPerDay", 1, MostPerDay), (int?)body.Number("eventsPerSecond", 1, MostPerSecond));

    /// <summary>A key to add; null when something is wrong with it.</summary>
    public static SiteKey? ReadKey(JsonFields body)
    {
        var (key, kind) = (body.Text("key"), body.Text("kind"));
        if (key is not null && (key.Length is 0 or > 200 || key.Any(c => c is < '!' or > '~'))) body.Error("key", "must be 1 to 200 visible ASCII characters.");
        if (kind is not (null or "write" or "api")) body.Error("kind", "must be \"write\" or \"api\".");
        return body.HasErrors ? null : new SiteKey(SiteKeys.Hash(key!), kind == "api" ? KeyKind.Api : KeyKind.Write);
    }

    /// <summary>The hash that a text names; null when it names none.</summary>
    public static byte[]? HashOf(string text) =>
        text.Length == 2 * HashBytes && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;

    private static void WriteSite(Utf8JsonWriter json, Site site)
    {
        json.WriteNumber("siteId"u8, site.Id);
        json.WriteString("name"u8, site.Name);
        json.WriteString("domain"u8, site.Domain);
        json.WriteString("timeZone"u8, site.Clock.TimeZoneId);
        WriteNumber(json, "eventsPerDay", site.Quota.EventsPerDay);
        WriteNumber(json, "eventsPerSecond", site.Quota.EventsPerSecond);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
