using System.Globalization;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Web.Statistics;

/// <summary>What users did one after the other.</summary>
internal sealed class FunnelHandler(IQueries queries)
{
    private const int MostSteps = 20;

    public async Task FunnelAsync(StatsRequest request, CancellationToken cancel)
    {
        var steps = Steps(request);
        var within = Within(request);
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var counts = await queries.FunnelAsync(request.Range, steps, within, cancel);
        var first = counts[0].Users;
        var rows = counts.Select(step => new object?[] { step.Type, step.Users, first == 0 ? 0.0 : Math.Round((double)step.Users / first, 4) }).ToArray();
        new Table(["type", "users", "conversion"], rows).Write(request.Http, null, "steps");
    }

    public async Task PathsAsync(StatsRequest request, CancellationToken cancel)
    {
        var from = request.Parameters.Identifier("from_type");
        if (from is null) request.Parameters.Error("from_type", "is required.");
        var limit = request.Limit();
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var next = await queries.PathsAsync(request.Range, from!, limit, cancel);
        new Table(["type", "count", "users"], next.Select(step => new object?[] { step.Type, step.Count, step.Users }))
            .Write(request.Http, json => json.WriteString("fromType"u8, from));
    }

    private static List<FunnelStep> Steps(StatsRequest request)
    {
        var steps = new List<FunnelStep>();
        if (request.Parameters.Text("steps") is not { } text) request.Parameters.Error("steps", "is required: types in order, with commas between them.");
        else foreach (var step in Split(text))
            if (Step(step.Trim(), request) is { } one) steps.Add(one);
        if (steps.Count > MostSteps) request.Parameters.Error("steps", $"must be at most {MostSteps}.");
        return steps;
    }

    // A type, or type[filter].
    private static FunnelStep? Step(string text, StatsRequest request)
    {
        var open = text.EndsWith(']') ? text.IndexOf('[') : -1;
        if (!request.Parameters.CheckIdentifier("steps", open < 0 ? text : text[..open])) return null;
        if (open < 0) return new FunnelStep(text);
        if (FilterParser.TryParse(text[(open + 1)..^1], out var filter, out var error)) return new FunnelStep(text[..open], filter);
        request.Parameters.Error("steps", $"{text[..open]}: {error}");
        return null;
    }

    // At commas outside of brackets: a filter has some of its own.
    private static IEnumerable<string> Split(string text)
    {
        int start = 0, depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && depth > 0) i++;
            else if (text[i] == '[') depth++;
            else if (text[i] == ']') depth--;
            else if (text[i] == ',' && depth <= 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }

    // 30s, 15m, 24h, 7d, or seconds.
    private static long? Within(StatsRequest request)
    {
        if (request.Parameters.Text("within") is not { } text) return null;
        var unit = text[^1] switch { 's' => Instant.Second, 'm' => 60 * Instant.Second, 'h' => Instant.Hour, 'd' => Instant.Day, _ => 0 };
        if (int.TryParse(unit == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            return number * (unit == 0 ? Instant.Second : unit);
        request.Parameters.Error("within", "must be a time such as 30m, 24h or 7d, or a number of seconds.");
        return null;
    }
}
