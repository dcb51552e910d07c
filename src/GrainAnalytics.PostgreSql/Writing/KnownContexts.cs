using System.Collections.Concurrent;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>Contexts that are stored, as far as this process remembers: they need not be written again.</summary>
internal sealed class KnownContexts
{
    private const int MostRemembered = 200_000;

    private readonly ConcurrentDictionary<(int SiteId, long Id), byte> _known = new();

    public bool Contains(int siteId, long id) => _known.ContainsKey((siteId, id));

    /// <summary>Remembers what a committed write had.</summary>
    public void Add(EventContexts contexts)
    {
        if (contexts.New.Count == 0) return;
        if (_known.Count > MostRemembered) _known.Clear();
        foreach (var (key, _) in contexts.New) _known[key] = 0;
    }
}
