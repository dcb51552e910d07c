using System.Collections.Concurrent;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Remembers agents, so that each is read once while it is in use.</summary>
/// <remarks>Two generations: when the young one is full it becomes the old one, and what was old and not asked for since is let go.
/// Nobody's agents can make it larger, and an agent that is in use is never lost for long.</remarks>
/// <param name="capacity">Agents in a generation.</param>
internal sealed class AgentCache(int capacity = 2048)
{
    private ConcurrentDictionary<AgentKey, Agent> _young = new(), _old = new();
    private int _added;

    /// <summary>Agents that are remembered.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The agent of a key.</summary>
    public Agent Of(in AgentKey key)
    {
        if (key is { UserAgent: "", Brands: "", Platform: "", Mobile: "" }) return Agent.Unknown;
        var young = Volatile.Read(ref _young);
        if (young.TryGetValue(key, out var known)) return known;
        if (!Volatile.Read(ref _old).TryGetValue(key, out known)) known = AgentReader.Read(key);
        if (!young.TryAdd(key, known) || Interlocked.Increment(ref _added) < capacity) return known;
        // Whoever fills it turns the generations; who is late adds to the old one, a few more than its capacity at most.
        if (Interlocked.CompareExchange(ref _young, new(), young) != young) return known;
        Volatile.Write(ref _old, young);
        Volatile.Write(ref _added, 0);
        return known;
    }
}
