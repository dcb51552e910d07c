using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrainAnalytics.PostgreSql.Retention;

/// <summary>How far a retention job is, as it stands in the job.</summary>
internal sealed record RetentionProgress
{
    /// <summary>Events before this instant go, Unix microseconds.</summary>
    public long From { get; init; }

    /// <summary>When the first attempt began, Unix microseconds.</summary>
    public long BeganAt { get; init; }

    /// <summary>The partition it is at; null before the first and behind the last.</summary>
    public string? Partition { get; init; }

    /// <summary>The next block of it, and how many there are.</summary>
    public long Block { get; init; }

    /// <inheritdoc cref="Block"/>
    public long Blocks { get; init; }

    /// <summary>Events removed.</summary>
    public long Removed { get; init; }

    /// <summary>Partitions emptied.</summary>
    public IReadOnlyList<string> Emptied { get; init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, RetentionJson.Default.RetentionProgress);

    /// <summary>Null when there is none yet.</summary>
    public static RetentionProgress? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, RetentionJson.Default.RetentionProgress);

    /// <summary>The result, once it is over.</summary>
    public string ToResult(string from) =>
        $$"""{"keptFrom":"{{from}}","removed":{{Removed.ToString(CultureInfo.InvariantCulture)}},"emptied":[{{string.Join(',', Emptied.Select(name => JsonSerializer.Serialize(name)))}}]}""";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RetentionProgress))]
internal sealed partial class RetentionJson : JsonSerializerContext;
