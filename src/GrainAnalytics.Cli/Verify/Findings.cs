namespace GrainAnalytics.Cli.Verify;

/// <summary>Faults: how many of each kind, and the first of them by name.</summary>
internal sealed class Findings(int examples)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (long Count, List<string> Examples)> _faults = new(StringComparer.Ordinal);

    /// <summary>Adds faults of a kind.</summary>
    /// <param name="kind">Stable, in kebab-case.</param>
    /// <param name="example">Names one.</param>
    /// <param name="count">How many this one stands for.</param>
    public void Add(string kind, string example, long count = 1)
    {
        lock (_gate)
        {
            var (known, named) = _faults.TryGetValue(kind, out var fault) ? fault : (0, []);
            if (named.Count < examples) named.Add(example);
            _faults[kind] = (known + count, named);
        }
    }

    /// <summary>Faults of a kind.</summary>
    public long Count(string kind)
    {
        lock (_gate) return _faults.TryGetValue(kind, out var fault) ? fault.Count : 0;
    }

    /// <summary>All kinds that were found.</summary>
    public IReadOnlyList<Finding> ToList()
    {
        lock (_gate) return [.. _faults.Select(fault => new Finding(fault.Key, fault.Value.Count, [.. fault.Value.Examples]))];
    }
}

/// <summary>Faults of one kind.</summary>
internal sealed record Finding(string Kind, long Count, IReadOnlyList<string> Examples);
