namespace GrainAnalytics.Core.Live;

/// <summary>Counts the users who were active within the last five minutes, to the second.</summary>
/// <remarks>A plain state machine: no locks, no I/O. A user costs one table entry; counting and forgetting cost nothing by the
/// user, because the users of each second are counted apart.</remarks>
public sealed class RecentUsers
{
    /// <summary>How long a user counts as active.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private const int Seconds = 300;
    private const long Second = 1_000_000;

    private readonly Dictionary<Hashed, long> _lastSeen = [];
    private readonly int[] _bySecond = new int[Seconds];    // users last seen in second s, at s modulo the window
    private long _now;

    /// <summary>Active users at the newest instant given to <see cref="Advance"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Moves time on, before the first user is noted too, and forgets who fell out of the window. Time that runs backwards is ignored.</summary>
    /// <param name="now">Unix microseconds.</param>
    public void Advance(long now)
    {
        var second = now / Second;
        if (second <= _now) return;
        for (var leaving = Math.Max(_now + 1, second - Seconds + 1); leaving <= second; leaving++)
        {
            ref var users = ref _bySecond[leaving % Seconds];
            Count -= users;
            users = 0;
        }
        _now = second;
        if (_lastSeen.Count > 2 * Count + 1024) Sweep();
    }

    /// <summary>Notes a user's activity; the latest one counts, in whatever order they are told.</summary>
    public void See(in SeenUser user)
    {
        // Another process's clock may be ahead of this one's.
        var second = Math.Min(user.At / Second, _now);
        if (second <= _now - Seconds) return;
        var isKnown = _lastSeen.TryGetValue(new Hashed(user.Hash), out var last);
        if (isKnown && last >= second) return;
        if (isKnown && last > _now - Seconds) _bySecond[last % Seconds]--;
        else Count++;
        _lastSeen[new Hashed(user.Hash)] = second;
        _bySecond[second % Seconds]++;
    }

    private void Sweep()
    {
        // Entries may be removed from a dictionary while it is enumerated.
        foreach (var (hash, last) in _lastSeen)
            if (last <= _now - Seconds) _lastSeen.Remove(hash);
        _lastSeen.TrimExcess();
    }
}
