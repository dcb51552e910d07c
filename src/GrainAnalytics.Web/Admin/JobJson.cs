using System.Text.Json;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Web.Admin;

/// <summary>A job as JSON.</summary>
internal static class JobJson
{
    public static void Write(Utf8JsonWriter json, StoredJob job)
    {
        json.WriteNumber("id"u8, job.Id);
        json.WriteString("kind"u8, job.Kind);
        if (job.SiteId is { } site) json.WriteNumber("siteId"u8, site);
        else json.WriteNull("siteId"u8);
        json.WriteString("state"u8, job.State.ToString().ToLowerInvariant());
        WriteObject(json, "arguments", job.Arguments);
        WriteObject(json, "progress", job.Progress);
        WriteObject(json, "result", job.Result);
        json.WriteString("error"u8, job.Error);
        json.WriteNumber("attempts"u8, job.Attempts);
        json.WriteString("createdAt"u8, Instant.ToText(job.CreatedAt));
        json.WriteString("runAt"u8, Instant.ToText(job.RunAt));
        json.WriteString("startedAt"u8, Text(job.StartedAt));
        json.WriteString("finishedAt"u8, Text(job.FinishedAt));
        json.WriteString("worker"u8, job.Worker);
    }

    private static string? Text(long? at) => at is { } time ? Instant.ToText(time) : null;

    private static void WriteObject(Utf8JsonWriter json, string name, string? value)
    {
        json.WritePropertyName(name);
        if (value is null) json.WriteNullValue();
        else json.WriteRawValue(value);
    }
}
