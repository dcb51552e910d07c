using System.Globalization;
using System.Text.Json.Nodes;

namespace GrainAnalytics.Clients.Tests.Support;

/// <summary>Whether the server has what a client sent: each once, and nothing else.</summary>
internal static class Comparison
{
    /// <summary>Asserts it.</summary>
    /// <param name="told">What the client says: what it expects, and calls that failed, of which each may have arrived or not.</param>
    /// <param name="found">What the server has.</param>
    /// <param name="clockError">How far a time may be from the client's; what was sent again is later by the wait.</param>
    /// <returns>Events that were expected.</returns>
    public static int AssertSame(JsonNode told, List<JsonNode> found, TimeSpan clockError)
    {
        var left = found.ToList();
        var expected = told["expected"]!.AsArray();
        var missing = expected.Where(e => !TryTake(left, e!, clockError)).ToList();
        foreach (var failed in told["failed"]!.AsArray()) TryTake(left, failed!, clockError);
        Assert.True(missing.Count == 0 && left.Count == 0,
            $"{missing.Count} of {expected.Count} missing:\n{Lines(missing)}\n{left.Count} of {found.Count} too many:\n{Lines(left)}");
        return expected.Count;
    }

    private static string Lines(IEnumerable<JsonNode?> nodes) => string.Join('\n', nodes.Take(10).Select(node => node!.ToJsonString()));

    private static bool TryTake(List<JsonNode> found, JsonNode expected, TimeSpan clockError)
    {
        var at = found.FindIndex(actual => IsSame(actual, expected, clockError));
        if (at >= 0) found.RemoveAt(at);
        return at >= 0;
    }

    private static bool IsSame(JsonNode actual, JsonNode expected, TimeSpan clockError) =>
        (string)actual["type"]! == (string)expected["type"]!
        && (expected["userId"] is not { } user || (string)user! == (string)actual["userId"]!)
        && (expected["occurredAt"] is not { } time || (Time(time) - Time(actual["occurredAt"]!)).Duration() <= clockError)
        && Contains(actual["payload"]!, expected["payload"]!);

    // Objects may have more than is asked for, anything else is the same.
    private static bool Contains(JsonNode? actual, JsonNode? expected) => expected is JsonObject members
        ? actual is JsonObject theirs && members.All(member => theirs.TryGetPropertyValue(member.Key, out var value) && Contains(value, member.Value))
        : JsonNode.DeepEquals(actual, expected);

    private static DateTimeOffset Time(JsonNode text) => DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}
