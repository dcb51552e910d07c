using System.Text.Json;

namespace GrainAnalytics.Core.Jobs;

/// <summary>The job that changes a site's time zone.</summary>
public static class TimeZoneChange
{
    private const int MaxLength = 64;

    /// <summary>True for a name that this machine and PostgreSQL can both be asked for: an IANA name such as "Europe/Berlin".</summary>
    public static bool IsZone(string name) => name.Length is > 0 and <= MaxLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '+' or '-')
        && !name.StartsWith("posix", StringComparison.Ordinal) && !name.StartsWith("right", StringComparison.Ordinal)      // the same once more, and with leap seconds
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId && zone.Id == name;

    /// <summary>The job.</summary>
    public static NewJob Job(int siteId, string timeZone) => new(JobKinds.TimeZone, siteId, $$"""{"timeZone":{{JsonSerializer.Serialize(timeZone)}}}""");

    /// <summary>The time zone in a job's arguments; null when there is none.</summary>
    public static string? Of(string arguments)
    {
        using var json = JsonDocument.Parse(arguments);
        return json.RootElement.TryGetProperty("timeZone", out var zone) && zone.ValueKind == JsonValueKind.String ? zone.GetString() : null;
    }
}
