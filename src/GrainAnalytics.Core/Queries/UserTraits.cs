using System.Text.Json;

namespace GrainAnalytics.Core.Queries;

/// <summary>What senders said of a user: of several <c>identify</c> events the latest that says something of a trait counts.</summary>
public sealed class UserTraits
{
    // What an identify without "traits" says of the page, and not of the user.
    private static readonly HashSet<string> OfThePage = ["url", "href", "path", "referrer", "title", "screen", "language", "engagedMs"];

    private readonly SortedDictionary<string, JsonElement> _traits = new(StringComparer.Ordinal), _once = new(StringComparer.Ordinal);
    private readonly List<string> _groups = [];

    /// <summary>Traits by name, values as they were sent.</summary>
    public IEnumerable<KeyValuePair<string, JsonElement>> Traits => _traits.UnionBy(_once, trait => trait.Key).OrderBy(trait => trait.Key, StringComparer.Ordinal);

    /// <summary>Groups that the user is said to be in, the latest first.</summary>
    public IReadOnlyList<string> Groups => _groups;

    /// <summary>Takes an event in: the latest one first.</summary>
    /// <param name="type"><c>identify</c> or <c>group</c>.</param>
    /// <param name="payload">Its payload: of an identify the traits, or <c>{"traits":{…},"traitsOnce":{…}}</c>, of which the latter only count where
    /// nothing else does; of a group <c>{"groupId":"…"}</c>.</param>
    public void Add(string type, JsonElement payload)
    {
        if (type == "group")
        {
            if (payload.TryGetProperty("groupId", out var group) && group.ValueKind == JsonValueKind.String && group.GetString() is var id and not "" && !_groups.Contains(id!)) _groups.Add(id!);
            return;
        }
        var hasTraits = payload.TryGetProperty("traits", out var traits) && traits.ValueKind == JsonValueKind.Object;
        var hasOnce = payload.TryGetProperty("traitsOnce", out var once) && once.ValueKind == JsonValueKind.Object;
        foreach (var trait in hasTraits ? traits.EnumerateObject() : hasOnce ? default : payload.EnumerateObject())
            if (hasTraits || !OfThePage.Contains(trait.Name)) _traits.TryAdd(trait.Name, trait.Value.Clone());
        // The first to say it counts, and that one comes last.
        if (hasOnce) foreach (var trait in once.EnumerateObject()) _once[trait.Name] = trait.Value.Clone();
    }
}
