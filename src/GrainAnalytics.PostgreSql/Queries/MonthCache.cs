using GrainAnalytics.Core.Rollups;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>A dimension's values in a month, as they were read.</summary>
/// <param name="Version">Of the month, of the same moment.</param>
/// <param name="Rows">The values, with their counts by day packed and the sums of the whole month.</param>
internal sealed record CachedMonth(Guid Version, IReadOnlyList<(string Value, byte[] Counts, long[] Sums)> Rows)
{
    // About what the objects of a row take beside their contents.
    private const int RowBytes = 150;

    /// <summary>About how much memory it takes.</summary>
    public long Bytes { get; } = Rows.Sum(row => RowBytes + row.Counts.Length + 2L * row.Value.Length + 8L * row.Sums.Length);
}

/// <summary>Keeps months that were read, the ones that were used last, because most of what is asked for has not changed since.</summary>
internal sealed class MonthCache
{
    /// <summary>Most bytes that are kept.</summary>
    public const long MostBytes = 64 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<(int SiteId, Dimension By, DateOnly Month), (CachedMonth Month, long Used)> _months = [];
    private long _bytes, _uses;

    /// <summary>What is kept of a month, whether it is still so or not; null: nothing.</summary>
    public CachedMonth? Find(int siteId, Dimension by, DateOnly month)
    {
        lock (_lock)
        {
            if (!_months.TryGetValue((siteId, by, month), out var known)) return null;
            _months[(siteId, by, month)] = (known.Month, ++_uses);
            return known.Month;
        }
    }

    /// <summary>Keeps a month, and drops those that were not used for the longest time.</summary>
    public void Keep(int siteId, Dimension by, DateOnly month, CachedMonth value)
    {
        lock (_lock)
        {
            if (_months.Remove((siteId, by, month), out var old)) _bytes -= old.Month.Bytes;
            if (value.Bytes > MostBytes / 4) return;
            _months.Add((siteId, by, month), (value, ++_uses));
            _bytes += value.Bytes;
            while (_bytes > MostBytes)
            {
                var oldest = _months.MinBy(entry => entry.Value.Used);
                _months.Remove(oldest.Key);
                _bytes -= oldest.Value.Month.Bytes;
            }
        }
    }
}
